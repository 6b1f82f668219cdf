"""Stage dwell: how long deals stay in a stage and how they leave it, with those that are still in it.

A stay begins when a deal enters a stage and ends with a move to another stage, a win, a loss, or no decision. What is
kept are counts: ended stays by stage, end and length on fixed bins of days; where the moves led; and the stays that go
on, by the UTC day on which they began, so that a deal that nobody has closed yet counts among those at risk. Counts are
integers that are added and taken back, so neither the order of what is told nor a correction of it leaves a trace.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

from msgspec import Struct

Key = TypeVar("Key", int, str)
End = Literal["forward", "back", "won", "lost", "no_decision"]
ENDS: tuple[End, ...] = ("forward", "back", "won", "lost", "no_decision")

#: Bin edges in days: from a quarter of an hour, since an automatic step takes seconds, to a year and a half.
EDGES = (
    *(0.0, 0.01, 0.04, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0, 11.0, 14.0, 18.0, 23.0, 30.0, 37.0),
    *(45.0, 60.0, 75.0, 90.0, 120.0, 150.0, 180.0, 270.0, 365.0),
)
#: Stages kept; a feed that invents names must not grow the models without end.
MAX_STAGES = 60
#: A stay that goes on for longer than so many days is kept as if it had begun then.
WATCHED_DAYS = 400


class Stay(Struct, frozen=True, array_like=True, gc=False):
    """A stay in a stage: begun on UTC day `entered`; ended after `days`, how, and in which stage it led; or going on.

    `position` is the stage's rank on the sales ladder.
    """

    stage: str
    position: int | None
    entered: int
    days: float | None = None
    end: End | None = None
    to: str = ""


class StageDwell(Struct, frozen=True, omit_defaults=True):
    """The stays in one stage: ended ones per end and bin, moves per direction and destination, and open ones per day.

    `ends` holds the counts up to the last bin that has any.
    """

    position: int | None = None
    ends: dict[End, tuple[int, ...]] = {}
    moves: dict[End, dict[str, int]] = {}
    going: dict[int, int] = {}


class Dwell(Struct, frozen=True, omit_defaults=True):
    """The stays of all deals, by stage."""

    stages: dict[str, StageDwell] = {}


def observe_stays(dwell: Dwell, told: Iterable[tuple[Stay, int]], epoch: int) -> Dwell:
    """Return the counts after the stays told on a UTC day, each with how often it is to be counted (-1: taken back)."""
    stages = dict(dwell.stages)
    drafts: dict[str, _Draft] = {}
    oldest = epoch - WATCHED_DAYS
    for stay, times in told:
        draft = drafts.get(stay.stage)
        if draft is None:
            known = stages.get(stay.stage)
            if known is None and len(stages) >= MAX_STAGES:
                continue
            draft = drafts[stay.stage] = _Draft(known or StageDwell())
            stages.setdefault(stay.stage, StageDwell())
        draft.count(stay, times, oldest)
    for name, stage in stages.items():
        if name not in drafts and any(day < oldest for day in stage.going):
            drafts[name] = _Draft(stage)
    if not drafts:
        return dwell
    stages.update((name, draft.finished(oldest)) for name, draft in drafts.items())
    return Dwell({name: stage for name, stage in stages.items() if stage.ends or stage.going})


class _Draft:
    """One stage's counts while they change."""

    def __init__(self, stage: StageDwell) -> None:
        self.position = stage.position
        self.ends: dict[End, list[int]] = {end: list(counts) for end, counts in stage.ends.items()}
        self.moves: dict[End, dict[str, int]] = {end: dict(counts) for end, counts in stage.moves.items()}
        self.going = dict(stage.going)

    def count(self, stay: Stay, times: int, oldest: int) -> None:
        if stay.position is not None:
            self.position = stay.position
        if stay.days is None or stay.end is None:
            _add(self.going, max(stay.entered, oldest), times)
            return
        counts = self.ends.setdefault(stay.end, [])
        index = bisect_right(EDGES, max(stay.days, 0.0)) - 1
        counts += [0] * (index + 1 - len(counts))
        counts[index] = counts[index] + times
        if stay.to:
            _add(self.moves.setdefault(stay.end, {}), stay.to, times)

    def finished(self, oldest: int) -> StageDwell:
        going: dict[int, int] = {}
        for day, number in self.going.items():
            _add(going, max(day, oldest), number)
        return StageDwell(
            position=self.position,
            ends={end: _trimmed(self.ends[end]) for end in ENDS if any(self.ends.get(end, ()))},
            moves={end: _nonzero(self.moves[end]) for end in ENDS if _nonzero(self.moves.get(end, {}))},
            going=_nonzero(going),
        )


def _add(counts: dict[Key, int], key: Key, times: int) -> None:
    counts[key] = counts.get(key, 0) + times


def _nonzero(counts: Mapping[Key, int]) -> dict[Key, int]:
    """Sorted, so that the same counts are the same bytes; more taken back than told is a history that began before."""
    return {key: counts[key] for key in sorted(counts) if counts[key] > 0}


def _trimmed(counts: list[int]) -> tuple[int, ...]:
    held = [max(each, 0) for each in counts]
    while held and not held[-1]:
        held.pop()
    return tuple(held)
