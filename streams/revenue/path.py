"""A move taken apart: the steps from where a deal stood to where it stands, each of which changes one thing.

The order is fixed, so the same move is always told the same way:

    a deal that stays open   whose it is (owner; or account, product, source), close date, category, what it is worth
    one that is won          the same four, so that what is won is what was booked, on the day on which it was; then won
    any other end            at once, with what it was worth and when it was planned
    one that comes to be, is reopened or restored      at once, as it stands now
    an end that turns out to be another one            back to open, and to the end that it was

The last two lines are the records that a late event puts right, too: a loss that a win came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from streams.revenue.position import Position

Cause = Literal["status", "transfer", "close_date", "category", "worth"]
#: How a deal ends.
Outcome = Literal["won", "lost", "no_decision", "deleted", "merged"]
#: Ends that buyers decide; the others are no ends of a deal but of its record.
DECIDED: tuple[Outcome, ...] = ("won", "lost", "no_decision")


def outcome_of(position: Position) -> Outcome:
    """How a deal that is not open ended."""
    match position.status:
        case "won" | "deleted" | "merged":
            return position.status
        case _:
            return "no_decision" if position.no_decision else "lost"


def is_told_alike(before: Position, after: Position) -> bool:
    """Whether no step leads from one to the other: another stage, or a hold, is nothing to a waterfall."""
    return (
        before.status == after.status
        and before.closes == after.closes
        and before.amount == after.amount
        and before.currency == after.currency
        and before.category == after.category
        and before.owner == after.owner
        and before.no_decision == after.no_decision
        and (before.account, before.product, before.lead_source) == (after.account, after.product, after.lead_source)
    )


def path(before: Position | None, after: Position) -> Iterator[tuple[Cause, Position]]:
    """The positions on the way from `before` to `after`, the last of them, each with what changed to come there."""
    if before is None or not before.is_open:
        yield from _without_one_open(before, after)
    elif after.is_open:
        yield from _changes(before, after)
        yield "worth", after
    elif after.status == "won":
        yield from _changes(before, after)
        yield "worth", replace(after, status="open", no_decision=False)
        yield "status", after
    else:
        yield "status", after


def _without_one_open(before: Position | None, after: Position) -> Iterator[tuple[Cause, Position]]:
    if after.is_open:
        yield "status", after
        return
    ended = outcome_of(after)
    told_anew = before is not None and outcome_of(before) in DECIDED and outcome_of(before) != ended
    if before is None or (told_anew and ended in DECIDED):
        yield "status", replace(after, status="open", no_decision=False)
    yield "status", after


def _changes(before: Position, after: Position) -> Iterator[tuple[Cause, Position]]:
    here = before
    whose = (after.owner, after.account, after.product, after.lead_source)
    if whose != (here.owner, here.account, here.product, here.lead_source):
        owner, account, product, lead_source = whose
        here = replace(here, owner=owner, account=account, product=product, lead_source=lead_source)
        yield "transfer", here
    if after.closes != here.closes:
        here = replace(here, closes=after.closes)
        yield "close_date", here
    if after.category != here.category:
        yield "category", replace(here, category=after.category)
