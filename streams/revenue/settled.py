"""What one closed deal adds to attribution: a pure function of its journey, so that it can be taken back to the cent.

A deal is settled while it is won or lost. Reopened, deleted or merged it adds nothing; restored, or with another
amount, it adds what it adds then. Touches count up to its end; what comes after it is no cause of it.
"""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal

from msgspec import Struct

from streams.revenue.company import Company
from streams.revenue.credit import HALF_LIFE_DAYS, RULES, By, Path, Rule, allot, credited, group_of, shares
from streams.revenue.markov import collapsed
from streams.revenue.touches import Journey, Touch
from streams.state.opportunity import DAY

#: Whom a deal is credited to that nothing touched.
UNTOUCHED = "(no touch)"
#: What channels are told under together that are too many to be told one by one.
OTHERS = "(others)"
#: A deal is worth so many parts where deals are counted and not money.
WHOLE = 1_000_000
#: A touch that comes so shortly before the end may follow the decision.
LAST_DAYS = 14
_EXACT = Context(prec=60)


class Terms(Struct, frozen=True, gc=False):
    """By what attribution counts."""

    by: By = "channel"
    half_life_days: float = HALF_LIFE_DAYS


class Timing(Struct, frozen=True, order=True, gc=False):
    """When a channel touched a deal: before it was opened, and only in its last `LAST_DAYS`."""

    before: bool
    late: bool


class Settled(Struct, frozen=True, kw_only=True, gc=False):
    """A deal that is won or lost. `cents`: its value in the company's currency, none where that cannot be said."""

    deal: str
    #: The first day of the calendar month in which it closed.
    month: date
    won: bool
    cents: int | None
    #: Of each rule, what each channel has of the value (only of a deal that was won and has one), and of the deal.
    money: dict[Rule, dict[str, int]]
    parts: dict[Rule, dict[str, int]]
    #: Channels in the order of their touches, each that follows itself once.
    walk: tuple[str, ...]
    #: Channels that had touched it when it was opened, in alphabetical order.
    early: tuple[str, ...]
    timing: dict[str, Timing]
    #: Touches (activities) without credit, since too many came between the first and the last to be kept.
    beyond: int
    activities_beyond: int
    mailings: int


def settle(journey: Journey, company: Company, terms: Terms) -> Settled | None:
    """What a deal adds, none where it is neither won nor lost."""
    position = journey.position
    if position is None or position.status not in ("won", "lost") or position.closed_at is None:
        return None
    end, opened = position.closed_at, position.created_at
    path = Path(_until(journey.marketing.kept, end), _until(journey.activities.kept, end), opened, terms.half_life_days)
    closed = position.closes or company.day(end)
    value = company.value(position, closed)
    cents = None if value is None else cents_of(value)
    money: dict[Rule, dict[str, int]] = {}
    parts: dict[Rule, dict[str, int]] = {}
    won = position.status == "won"
    for rule in RULES:
        found = shares(rule, path, terms.by)
        parts[rule] = {UNTOUCHED: WHOLE} if found is None else credited(WHOLE, found, terms.by)
        if won and cents:
            money[rule] = {UNTOUCHED: cents} if found is None else credited(cents, found, terms.by)
    groups = [group_of(each, terms.by) for each in path.touches]
    return Settled(
        deal=journey.id,
        month=closed.replace(day=1),
        won=won,
        cents=cents,
        money=money,
        parts=parts,
        walk=collapsed(groups),
        early=tuple(sorted({group_of(each, terms.by) for each in path.touches if each.at <= opened})),
        timing=_timing(path, end, terms.by),
        beyond=journey.marketing.beyond,
        activities_beyond=journey.activities.beyond,
        mailings=journey.mailings,
    )


def cents_of(value: Decimal) -> int:
    """An amount that has no more than cents, in cents."""
    return int(value.scaleb(2, _EXACT))


def amount_of(cents: int) -> Decimal:
    """The amount, in the main unit of its currency."""
    return Decimal(cents).scaleb(-2, _EXACT)


def shared(total: int, parts: dict[str, float]) -> dict[str, int]:
    """An amount (cents) in proportion to shares that are at least 0; adds up to it, or is nothing where all are 0."""
    names = sorted(parts)
    weights = [round(max(parts[each], 0.0) * (1 << 50)) for each in names]
    if not any(weights):
        return {}
    return dict(zip(names, allot(total, weights), strict=True))


def _until(touches: tuple[Touch, ...], end: int) -> tuple[Touch, ...]:
    return tuple(each for each in touches if each.at <= end)


def _timing(path: Path, end: int, by: By) -> dict[str, Timing]:
    found: dict[str, Timing] = {}
    for touch in path.touches:
        group = group_of(touch, by)
        before, late = touch.at <= path.opened_at, touch.at > end - LAST_DAYS * DAY
        known = found.get(group)
        found[group] = Timing(before, late) if known is None else Timing(known.before or before, known.late and late)
    return found
