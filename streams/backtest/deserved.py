"""Alerts beside the truth of a generated organisation: who was in trouble, who was told in time, and who for nothing.

A deal *fades* from when its buyer began to until the buyer was lost: the end of the deal, or of the silence where the
buyer came back. It is *found* where a reason about silence was told within that time, and found *early* where that came
before the silence had lasted for as long as the rule that everybody has (14 days). A reason about silence was *right*
where the silence came to the deal's horizon, or the buyer was fading then; what the log does not decide is not judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from streams.backtest.lives import Life
from streams.backtest.spells import silences
from streams.backtest.tellings import Telling
from streams.backtest.warned import Course
from streams.state.opportunity import DAY

#: The rules that speak of a buyer who does not answer.
SILENCE_RULES = ("going_quiet", "silent")
#: A fade of which less than this was lived through is not judged, in milliseconds: nobody could have told.
SEEN = 7 * DAY
_PLAIN_DAYS = 14

Spans = tuple[tuple[int, int], ...]


class Trouble(Struct, frozen=True, kw_only=True):
    """One deal as it truly is. Spans are in milliseconds; `rests` are those that the seller recorded."""

    opportunity: str
    kind: str
    fading: Spans
    rests: Spans
    silent_from: int | None = None


class Deserved(Struct, frozen=True, kw_only=True):
    """What the alerts were worth. Of `told` reasons about silence `judged` are decided, and so many were `right`."""

    fading: int
    found: int
    early: int
    told: int
    judged: int
    right: int
    resting: int
    """Deals that rested for a recorded reason, and of those"""
    disturbed: int
    """where a reason about silence was told within the rest."""

    @property
    def recall(self) -> float | None:
        """Share of fading deals that were found before the buyer was lost."""
        return self.found / self.fading if self.fading else None

    @property
    def precision(self) -> float | None:
        """Share of the reasons about silence that were right."""
        return self.right / self.judged if self.judged else None


def deserved(
    troubles: Mapping[str, Trouble], lives: Mapping[str, Life], told: Iterable[Telling], ended_at: int
) -> Deserved:
    """Judge what was told of silence in a log that ends at `ended_at`; deals without a truth are left out."""
    course = Course(silences(lives, ended_at), 1.0)
    times: dict[str, list[int]] = defaultdict(list)
    for each in told:
        if each.move == "told" and each.rule in SILENCE_RULES and each.opportunity in troubles:
            times[each.opportunity].append(each.at)
    fading = [
        each for each in troubles.values() if any(min(end, ended_at) - since >= SEEN for since, end in each.fading)
    ]
    resting = [each for each in troubles.values() if each.rests]
    said = [_verdict(troubles[name], at, course) for name, ats in times.items() for at in ats]
    verdicts = [each for each in said if each is not None]
    return Deserved(
        fading=len(fading),
        found=sum(any(_within(at, each.fading) for at in times[each.opportunity]) for each in fading),
        early=sum(_is_early(each, times[each.opportunity]) for each in fading),
        told=sum(map(len, times.values())),
        judged=len(verdicts),
        right=sum(verdicts),
        resting=len(resting),
        disturbed=sum(any(_within(at, each.rests) for at in times[each.opportunity]) for each in resting),
    )


def _was_seen(trouble: Trouble, ended_at: int) -> bool:
    return any(min(end, ended_at) - since >= SEEN for since, end in trouble.fading)


def _verdict(trouble: Trouble, at: int, course: Course) -> bool | None:
    if _within(at, trouble.fading):
        return True
    place = course.find(trouble.opportunity, at)
    return None if place is None else bool(course.happened[place])


def _is_early(trouble: Trouble, ats: Sequence[int]) -> bool:
    limit = None if trouble.silent_from is None else trouble.silent_from + _PLAIN_DAYS * DAY
    return any(_within(at, trouble.fading) and (limit is None or at < limit) for at in ats)


def _within(at: int, spans: Spans) -> bool:
    return any(since <= at < until for since, until in spans)
