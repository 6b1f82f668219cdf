"""The slip ledger: each time somebody moved the planned close of an open deal, how far, over which border, and who.

A slip is a change of what is on record, like everything in the pipeline: an event that is late and already overtaken by
a later one moved nothing. A date that a CRM filled in by itself is nobody's promise; moving it away is no slip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from streams.events.deal import CloseDateChanged
from streams.revenue.company import Company
from streams.revenue.periods import FINER, FiscalCalendar, Grain
from streams.revenue.seen import Seen


class Slip(Struct, frozen=True, kw_only=True, gc=False):
    """One move of a planned close, seen at `at` (milliseconds), by whom the feed says (`owner` had the deal)."""

    deal: str
    at: int
    by: str
    owner: str
    planned: date
    to: date
    #: The longest fiscal period that the date left: a year, a quarter, a month; none where it stayed in its month.
    crossed: Grain | None

    @property
    def days(self) -> int:
        """Days to later; below 0 where the date was pulled in."""
        return (self.to - self.planned).days

    @property
    def is_push(self) -> bool:
        """Whether it went to later."""
        return self.to > self.planned


class SlipRecord(Struct, frozen=True, kw_only=True, gc=False):
    """What slips make of one deal, or of one person's deals. Days are calendar days."""

    pushes: int = 0
    pulls: int = 0
    days_pushed: int = 0
    days_pulled: int = 0
    #: Of the pushes: those that stayed in their month, and those that left their quarter.
    in_month: int = 0
    over_quarter: int = 0
    #: How often who pushed; the empty name where the feed does not say.
    pushed_by: Mapping[str, int] = {}
    #: The deals that were pushed.
    deals: tuple[str, ...] = ()
    #: The first date that was moved, and the last that it was moved to.
    planned: date | None = None
    to: date | None = None

    @property
    def days(self) -> int:
        """By how much the date moved altogether."""
        return self.days_pushed - self.days_pulled


def slips(seen: Iterable[Seen], company: Company) -> Iterator[Slip]:
    """Every slip among events, in their order."""
    for each in seen:
        if (slip := _slip(each, company)) is not None:
            yield slip


def ledger(found: Iterable[Slip]) -> dict[str, SlipRecord]:
    """What slips make of each deal, by its id."""
    return _grouped((slip.deal, slip) for slip in found)


def ledger_by_owner(found: Iterable[Slip]) -> dict[str, SlipRecord]:
    """What slips make of the deals of each owner; a slip is that of who owned the deal then."""
    return _grouped((slip.owner, slip) for slip in found)


def crossed(calendar: FiscalCalendar, before: date, after: date) -> Grain | None:
    """The longest fiscal period that lies between two days' periods."""
    grains: tuple[Grain, ...] = ("year", *FINER["year"])
    return next((grain for grain in grains if after not in calendar.period(before, grain)), None)


def _slip(seen: Seen, company: Company) -> Slip | None:
    event, before = seen.event, seen.before
    if not isinstance(event, CloseDateChanged) or event.origin == "default" or before is None:
        return None
    move = seen.move(company.timezone)
    if move is None or move.before is None or not before.close_promised:
        return None
    planned, to = move.before.closes, move.after.closes
    if not (move.before.is_open and move.after.is_open) or planned is None or to is None or planned == to:
        return None
    return Slip(
        deal=move.after.id,
        at=seen.at,
        by=event.actor,
        owner=move.before.owner,
        planned=planned,
        to=to,
        crossed=crossed(company.calendar, planned, to),
    )


def _grouped(found: Iterable[tuple[str, Slip]]) -> dict[str, SlipRecord]:
    groups: dict[str, list[Slip]] = {}
    for name, slip in found:
        groups.setdefault(name, []).append(slip)
    return {name: _record(of) for name, of in sorted(groups.items())}


def _record(of: list[Slip]) -> SlipRecord:
    pushed = [slip for slip in of if slip.is_push]
    pulled = [slip for slip in of if not slip.is_push]
    return SlipRecord(
        pushes=len(pushed),
        pulls=len(pulled),
        days_pushed=sum(slip.days for slip in pushed),
        days_pulled=-sum(slip.days for slip in pulled),
        in_month=sum(slip.crossed is None for slip in pushed),
        over_quarter=sum(slip.crossed in ("quarter", "year") for slip in pushed),
        pushed_by=dict(sorted(Counter(slip.by for slip in pushed).items())),
        deals=tuple(sorted({slip.deal for slip in pushed})),
        planned=of[0].planned,
        to=of[-1].to,
    )
