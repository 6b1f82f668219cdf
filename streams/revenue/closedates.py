"""Planned closes that cannot be right, each with the day to propose instead.

When a deal will close is stated in one place (`streams/alerts/closing.py`), for its page, for the update that is
proposed with an alert, and here, for all deals at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from models.closing import Closings
from streams.alerts.closing import day_of, foresee
from streams.revenue.position import closes_on
from streams.state.opportunity import Opportunity

#: `missing`: there is none. `over`: it has passed, and the deal is open. `default`: the CRM filled it in, and nobody
#: promised it. `early`: hardly any such deal that is won is won by then.
Fault = Literal["missing", "over", "default", "early"]
#: A date is early where less than this share of such deals that are won are won by it.
EARLY = 0.25


class WrongDate(Struct, frozen=True, kw_only=True, gc=False):
    """A deal's planned close, what is wrong with it, and what to plan instead: half of such wins come by `proposed`.

    80 % come by `safe`. `won_by` is the share of such wins that come by the planned day, none where it has passed. On
    hold, a date is asked about only where there is none or it is over.
    """

    deal: str
    owner: str
    fault: Fault
    planned: date | None
    proposed: date | None
    safe: date | None
    won_by: float | None
    reason: str


def wrong_dates(deals: Iterable[Opportunity], now: int, closings: Closings, timezone: str) -> list[WrongDate]:
    """What is wrong with the dates of open deals at `now` (milliseconds); `timezone` is that of deals that name none.

    In the order of the faults, and of the planned day.
    """
    found = [wrong for facts in deals if (wrong := _wrong_date(facts, now, closings, timezone)) is not None]
    order: tuple[Fault, ...] = ("over", "missing", "early", "default")
    return sorted(found, key=lambda each: (order.index(each.fault), each.planned or date.min, each.deal))


def _wrong_date(facts: Opportunity, now: int, closings: Closings, timezone: str) -> WrongDate | None:
    said = foresee(facts, now, closings)
    if said is None:
        return None
    won_by = None if said.won_by is None or not said.won else said.won_by / said.won
    fault = _fault(facts, now, won_by)
    if fault is None:
        return None
    return WrongDate(
        deal=facts.id,
        owner=facts.owner,
        fault=fault,
        planned=closes_on(facts, timezone),
        proposed=None if said.proposed is None else day_of(said.proposed, facts, timezone),
        safe=None if said.safe is None else day_of(said.safe, facts, timezone),
        won_by=won_by,
        reason=said.reason,
    )


def _fault(facts: Opportunity, now: int, won_by: float | None) -> Fault | None:
    if facts.close_due is None:
        return "missing"
    if facts.close_due <= now:
        return "over"
    if facts.on_hold(now):
        return None
    if won_by is not None and won_by < EARLY:
        return "early"
    return None if facts.close_promised else "default"
