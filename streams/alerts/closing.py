"""When a deal will close, in numbers and words: the chance by the planned date, and a date to propose instead."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from msgspec import Struct

from models.closing import HORIZON, Closing, Closings
from streams.alerts.words import days, percent
from streams.events.envelope import moment_of
from streams.state.dates import zone_of
from streams.state.opportunity import DAY, Opportunity

#: How many of those that are won are won by the proposed date, and by the safe one.
PROPOSED, SAFE = 0.5, 0.8
#: Bars of the distribution, and how far it is drawn beyond the last date that is of interest.
BARS = 24
_BEYOND = 1.2
_LEAST_SPAN = 14.0
_MARKS = (7, 14, 30, 60, 90, 180)


class CloseStatement(Struct, frozen=True, kw_only=True):
    """When a deal closes, said at `at` from its stage and the `stage_days` in it alone. Instants in milliseconds.

    `won_by`, `lost_by` and `closed_by` are probabilities by the planned close `planned`, none where there is no date or
    it is over (`planned_date` is its day, as the seller says it); `ways` are the parts of `won_by`: from this stage,
    after a move forward, after a move back. `won` is the chance in the end. Of such deals that are won, half are won by
    `proposed` and 80 % by `safe`. `marks` has the chance of a win within so many days, `bars` the chance within each of
    equal parts of `span_days`. `stays` and `stays_so_far` are the cases, and `own`, `others`, `prior` the shares of
    their weight.
    """

    at: int
    stage: str
    stage_days: float
    planned: int | None
    planned_date: str
    won_by: float | None
    lost_by: float | None
    closed_by: float | None
    ways: tuple[float, float, float] | None
    won: float
    proposed: int | None
    safe: int | None
    marks: dict[int, float]
    bars: tuple[float, ...]
    span_days: float
    stays: int
    stays_so_far: int
    own: float
    others: float
    prior: float
    reason: str


def foresee(facts: Opportunity, now: int, closings: Closings) -> CloseStatement | None:
    """State when a deal will close, as known at `now` (milliseconds); none for one that is not open."""
    if not facts.is_open:
        return None
    entered = facts.born_at if facts.stage_entered_at is None else facts.stage_entered_at
    age = max(now - entered, 0) / DAY
    closing = closings.outlook(facts.stage, age)
    planned = facts.close_due if facts.close_due is not None and facts.close_due > now else None
    left = None if planned is None else (planned - now) / DAY
    half, most = closing.days_to_win(PROPOSED), closing.days_to_win(SAFE)
    span = min(max(_LEAST_SPAN, *(_BEYOND * each for each in (left, most) if each is not None)), float(HORIZON))
    edges = [closing.won_by(span * each / BARS) for each in range(BARS + 1)]
    return CloseStatement(
        at=now,
        stage=facts.stage,
        stage_days=age,
        planned=planned,
        planned_date="" if planned is None else facts.close_date[:10],
        won_by=None if left is None else closing.won_by(left),
        lost_by=None if left is None else closing.lost_by(left),
        closed_by=None if left is None else closing.closed_by(left),
        ways=None if left is None else closing.ways_to_win(left),
        won=closing.won,
        proposed=None if half is None else now + round(half * DAY),
        safe=None if most is None else now + round(most * DAY),
        marks={each: closing.won_by(each) for each in _MARKS},
        bars=tuple(after - before for before, after in pairwise(edges)),
        span_days=span,
        stays=closing.stays,
        stays_so_far=closing.stays_so_far,
        own=closing.own,
        others=closing.others,
        prior=closing.prior,
        reason=_reason(facts.stage, age, closing),
    )


def day_of(at: int, facts: Opportunity, timezone: str) -> date:
    """The calendar day of an instant where the deal is; `timezone` is that of deals that name none."""
    return moment_of(at).astimezone(zone_of(facts.timezone or timezone)).date()


def _reason(stage: str, age: float, closing: Closing) -> str:
    half, most = closing.days_to_win(PROPOSED), closing.days_to_win(SAFE)
    reached = f"Deals that reach {stage or 'no stage at all'} and are {days(age)} in it: {percent(closing.won)} are won"
    when = "" if half is None or most is None else f"; of those, half within {days(half)} and 80 % within {days(most)}"
    cases = f"{closing.stays:,} stays here, {closing.stays_so_far:,} of which lasted as long"
    weights = [(closing.own, "this stage"), (closing.others, "other stages"), (closing.prior, "the prior")]
    blend = ", ".join(f"{percent(share)} {source}" for share, source in weights if round(share * 100) > 0)
    return f"{reached}{when}. Based on {cases}; for the days ahead here that is {blend}."
