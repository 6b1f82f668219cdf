"""Lead sources and campaigns side by side: what was won, what is open and at risk, how often and how fast it is won.

A source has the deals that name it; a campaign (or channel) each deal that it touched, so one deal counts for all of
its campaigns, with its whole value: these rows do not add up, attribution does. Shares have Wilson's interval; the
median cycle has the interval of its order statistics, which holds for any distribution (Conover 1999, Practical
Nonparametric Statistics, section 3.2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from math import floor, sqrt
from typing import Literal

from msgspec import Struct, field

from models.interval import Interval, Z, share_of
from streams.revenue.company import Company
from streams.revenue.position import Position
from streams.revenue.settled import amount_of, cents_of
from streams.revenue.touches import Journey
from streams.state.opportunity import DAY

What = Literal["lead_source", "channel", "campaign"]
#: A deal whose buyer has not been heard of for so long, and which rests for no known reason, is silent.
SILENT_DAYS = 14
#: Deals below which a share or a median says nothing.
FEW = 10
#: What deals are listed under that name no source.
NO_SOURCE = "(no source)"


class Source(Struct, frozen=True, kw_only=True):
    """One lead source, channel or campaign. `share` intervals are none where there are fewer than `FEW` deals."""

    name: str
    deals: int
    open: int
    won: int
    lost: int
    #: Of the won deals, and of the open ones, in the company's currency.
    won_value: Decimal
    open_value: Decimal
    #: Deals whose value cannot be said: no amount, or no rate of its currency.
    unvalued: int
    #: Of those that are won or lost, the share won.
    conversion: Interval | None
    #: Of the open ones, the share that has an alert, and the share that is silent, and the value of the former; share
    #: and value at risk are none where nobody looked at the alerts.
    at_risk: Interval | None
    silent: Interval | None
    value_at_risk: Decimal | None
    #: Days from opening to the win.
    cycle_days: Interval | None


class _Row(Struct):
    deals: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    at_risk: int = 0
    silent: int = 0
    unvalued: int = 0
    won_cents: int = 0
    open_cents: int = 0
    cents_at_risk: int = 0
    cycles: list[float] = field(default_factory=list)


def rank_sources(
    journeys: Iterable[Journey],
    company: Company,
    now: int,
    at_risk: Collection[str] | None,
    what: What = "lead_source",
) -> list[Source]:
    """The sources of deals, what was won the most first; where that is equal the more of it is at risk the later.

    `journeys` are whole ones (`Ledger.wholes`), `now` is an instant in milliseconds, `at_risk` names the deals that
    have an open alert, none where that is not known. Deals that were deleted, or are only leads, count for none.
    """
    rows: defaultdict[str, _Row] = defaultdict(_Row)
    for journey in journeys:
        position = journey.position
        if position is None or position.status not in ("open", "won", "lost"):
            continue
        for name in _names(journey, position, what):
            _count(rows[name], journey, position, company, now, journey.id in (at_risk or ()))
    found = [_source(name, row, at_risk is not None) for name, row in rows.items()]
    return sorted(found, key=lambda each: (-each.won_value, each.value_at_risk or Decimal(0), -each.won, each.name))


def by_risk(sources: Iterable[Source]) -> list[Source]:
    """The same, the largest share of open deals at risk first, those of which too few are open last."""
    return sorted(
        sources, key=lambda each: (each.at_risk is None, -(each.at_risk.value if each.at_risk else 0.0), each.name)
    )


def median_of(figures: Iterable[float]) -> Interval | None:
    """The median with an interval of about 95 % from order statistics; none of fewer than `FEW`."""
    order = sorted(figures)
    count = len(order)
    if count < FEW:
        return None
    middle = (order[(count - 1) // 2] + order[count // 2]) / 2
    below = max(floor((count - Z * sqrt(count)) / 2), 1)
    return Interval(middle, order[below - 1], order[count - below])


def _names(journey: Journey, position: Position, what: What) -> list[str]:
    if what == "lead_source":
        return [position.lead_source or NO_SOURCE]
    touches = journey.marketing.kept
    return sorted({each.channel if what == "channel" else each.campaign for each in touches})


def _count(row: _Row, journey: Journey, position: Position, company: Company, now: int, at_risk: bool) -> None:
    row.deals += 1
    over = position.closes if position.status == "won" else None
    value = company.value(position, over or company.day(now))
    cents = 0 if value is None else cents_of(value)
    if position.is_open:
        row.open += 1
        row.open_cents += cents
        row.at_risk += at_risk
        row.cents_at_risk += cents * at_risk
        row.silent += not position.held and now - journey.quiet_since > SILENT_DAYS * DAY
    elif position.status == "won":
        row.won += 1
        row.won_cents += cents
        row.cycles.append(max((position.closed_at or 0) - position.created_at, 0) / DAY)
    else:
        row.lost += 1
    row.unvalued += value is None and position.status != "lost"


def _source(name: str, row: _Row, alerts_known: bool) -> Source:
    closed = row.won + row.lost
    return Source(
        name=name,
        deals=row.deals,
        open=row.open,
        won=row.won,
        lost=row.lost,
        won_value=amount_of(row.won_cents),
        open_value=amount_of(row.open_cents),
        unvalued=row.unvalued,
        conversion=share_of(row.won, closed) if closed >= FEW else None,
        at_risk=share_of(row.at_risk, row.open) if alerts_known and row.open >= FEW else None,
        silent=share_of(row.silent, row.open) if row.open >= FEW else None,
        value_at_risk=amount_of(row.cents_at_risk) if alerts_known else None,
        cycle_days=median_of(row.cycles),
    )
