"""How a deal's probabilities went, and what lay between: the points of its history as instants and shares.

What lies between two points is named, and no share of the move is given to it: on the same days the models learned and
time went by, and what each of them did cannot be told from what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from streams.labels.outcome import INACTIVITY, SLIPPAGE, WIN, asked_at
from streams.state.history import Point, kinds_of, points_of, what_happened
from streams.state.opportunity import MOMENTS, Moment, Opportunity
from streams.state.watch import Watch

#: Kinds of events in words, as `streams/state/history.py` names them.
KIND_WORDS: dict[str, str] = {
    "contact": "contact",
    "message": "we wrote",
    "meeting": "meeting planned or called off",
    "proposal": "proposal",
    "stage": "stage changed",
    "close_date": "close date moved",
    "amount": "amount changed",
    "next_step": "next step changed",
    "owner": "owner changed",
    "people": "people came or left",
    "judgement": "hold, readiness or forecast changed",
    "status": "closed or reopened",
    "marketing": "marketing",
    "other": "something else",
}


#: The targets whose course is kept.
KEPT: tuple[str, ...] = (INACTIVITY, SLIPPAGE, WIN)


class ScorePoint(Struct, frozen=True):
    """The probabilities said at `at` (milliseconds), and what lies between the point before and this one.

    `events` are those that the deal's timeline holds, in order of time; `complete` says that there were no others. The
    kinds of all of them are in `kinds`. Where nothing is named, time passed in silence. A target is left out where it
    was not asked.
    """

    at: int
    probabilities: dict[str, float]
    kinds: tuple[str, ...] = ()
    events: tuple[Moment, ...] = ()
    complete: bool = True

    @property
    def silent(self) -> bool:
        """Whether nothing happened since the point before."""
        return not self.kinds and not self.events


def score_history(facts: Opportunity, watch: Watch) -> tuple[ScorePoint, ...]:
    """Return how a deal's probabilities went; the last point of an open deal is its current estimates."""
    told: list[ScorePoint] = []
    since: int | None = None
    for each in points_of(watch.history):
        at = asked_at(watch, each.day)
        told.append(_told(facts, since, at, _shares(each), each.what))
        since = at
    if watch.estimates:
        at = max(each.at for each in watch.estimates.values())
        said = {each: watch.estimates[each].probability for each in KEPT if each in watch.estimates}
        if since is None or at > since:
            what = () if since is None else kinds_of(what_happened(facts, since))
            told.append(_told(facts, since, at, said, what, at + 1))
        else:
            last = told[-1]
            told[-1] = ScorePoint(last.at, said, last.kinds, last.events, last.complete)
    return tuple(told)


def probability_at(points: Sequence[ScorePoint], target: str, at: int) -> float | None:
    """Return where the straight lines between the points stand at an instant; none where there is no line."""
    for before, after in pairwise(points):
        if before.at <= at <= after.at:
            ends = before.probabilities.get(target), after.probabilities.get(target)
            if ends[1] is not None and at == after.at:
                return ends[1]
            if ends[0] is None or ends[1] is None or not connected(after):
                return ends[0] if at == before.at else None
            return ends[0] + (ends[1] - ends[0]) * (at - before.at) / (after.at - before.at)
    return points[0].probabilities.get(target) if points and points[0].at == at else None


def connected(point: ScorePoint) -> bool:
    """Whether a line leads from the point before to this one: nobody is asked about a deal while it is closed."""
    return "status" not in point.kinds


def words_of(point: ScorePoint) -> str:
    """Name what lies between the point before and this one by its kinds, each once."""
    if point.silent:
        return "silence"
    return ", ".join(KIND_WORDS[kind] for kind in point.kinds) or "something else"


def _told(
    facts: Opportunity,
    since: int | None,
    at: int,
    shares: dict[str, float],
    what: tuple[str, ...],
    until: int | None = None,
) -> ScorePoint:
    """Tell a point; an event of its own instant came after it, unless `until` is later: current estimates know it."""
    if since is None:
        return ScorePoint(at, shares)
    events = tuple(each for each in facts.timeline if since <= each.at < (until or at))
    complete = facts.own_events <= MOMENTS or facts.timeline[0].at < since
    return ScorePoint(at, shares, what, events, complete)


def _shares(point: Point) -> dict[str, float]:
    shares: dict[str, float] = {INACTIVITY: point.inactivity / 1000}
    if point.slippage is not None:
        shares[SLIPPAGE] = point.slippage / 1000
    return {**shares, WIN: point.win / 1000}
