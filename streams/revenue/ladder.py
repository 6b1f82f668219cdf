"""The sales ladder, and how well the way of a deal fits it.

The fit is one minus the edit distance (Levenshtein 1966) between the way that was taken and the ladder up to where it
led, over the length of the longer of the two: the normalised form of what process mining calls alignment fitness (van
der Aalst, Adriansyah, van Dongen 2012, WIREs Data Mining 2(2), section 4). A skipped stage costs one, a step back two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log, sqrt

from msgspec import Struct

from streams.revenue.conduct import Conduct, Step
from streams.revenue.practice import Practice

#: A stage that is on no rung.
OFF = -1
#: Stays in a stage that say how much they vary.
_FEW_STAYS = 3


class Ladder(Struct, frozen=True, gc=False):
    """The rungs: names of stages, or the ranks that the feed gives them. Rung 0 is the lowest."""

    names: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()

    @property
    def top(self) -> int:
        """The highest rung."""
        return len(self.names or self.ranks) - 1

    def rung(self, step: Step) -> int:
        """The rung of a stage, or `OFF`."""
        if self.names:
            return self.names.index(step.stage) if step.stage in self.names else OFF
        return self.ranks.index(step.rank) if step.rank in self.ranks else OFF


class Climb(Struct, frozen=True, gc=False):
    """From a rung a deal went to another one, after so many milliseconds."""

    deal: str
    step: Step
    since: int
    to: int
    stayed: int

    @property
    def is_advance(self) -> bool:
        """Whether it went up."""
        return self.since != OFF and self.to > self.since

    @property
    def skipped(self) -> int:
        """How many rungs were skipped on the way up."""
        return self.to - self.since - 1 if self.is_advance else 0


def ladder_of(practice: Practice, conducts: Iterable[Conduct]) -> Ladder:
    """The declared ladder, or the ranks of all stages that any deal entered."""
    if practice.ladder:
        return Ladder(names=practice.ladder)
    ranks = {step.rank for each in conducts for step in each.steps}
    return Ladder(ranks=tuple(sorted(rank for rank in ranks if rank is not None)))


def way_of(conduct: Conduct, ladder: Ladder) -> tuple[int, ...]:
    """The rungs that a deal was on, in order, each stay once."""
    rungs = [ladder.rung(step) for step in conduct.steps]
    return tuple(rung for place, rung in enumerate(rungs) if not place or rung != rungs[place - 1])


def climbs_of(conduct: Conduct, ladder: Ladder) -> list[Climb]:
    """Each change from one rung to another."""
    found: list[Climb] = []
    if not conduct.steps:
        return found
    rung, since = ladder.rung(conduct.steps[0]), conduct.steps[0].at
    for step in conduct.steps[1:]:
        to = ladder.rung(step)
        if to != rung:
            found.append(Climb(conduct.id, step, rung, to, step.at - since))
            rung, since = to, step.at
    return found


@lru_cache(maxsize=8192)
def fit(way: tuple[int, ...], won: bool, top: int) -> float:
    """How well a way fits the ladder, from 0 to 1; a won deal has the whole ladder to climb."""
    reached = top if won else max(way, default=OFF)
    wanted = tuple(range(reached + 1))
    longer = max(len(way), len(wanted))
    return 1.0 - _distance(way, wanted) / longer if longer else 1.0


def _distance(one: Sequence[int], other: Sequence[int]) -> int:
    row = list(range(len(other) + 1))
    for place, each in enumerate(one, 1):
        corner, row[0] = row[0], place
        for at, wanted in enumerate(other, 1):
            cheapest = min(row[at] + 1, row[at - 1] + 1, corner + (each != wanted))
            corner, row[at] = row[at], cheapest
    return row[-1]


def disorder(climbs: Iterable[Climb], rungs: int) -> float | None:
    """How uncertain it is where deals go from a rung, from 0 (always the same) to 1 (anywhere); none of no climbs.

    The entropy of the next rung given the present one (Shannon 1948), over the largest that there could be.
    """
    counts: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for each in climbs:
        counts[each.since][each.to] += 1
    whole = sum(sum(tos.values()) for tos in counts.values())
    if not whole or rungs <= 1:
        return None
    bits = 0.0
    for _, tos in sorted(counts.items()):
        of = sum(tos.values())
        bits -= sum(count * log(count / of) for _, count in sorted(tos.items()))
    # From a rung every other one can be reached, and what is on no rung at all.
    return min(1.0, bits / whole / log(rungs)) if rungs > 1 else 0.0


def unevenness(climbs: Iterable[Climb]) -> float | None:
    """How much stays on a rung differ: their coefficient of variation c as c / (1 + c), of all rungs by their stays."""
    stays: defaultdict[int, list[int]] = defaultdict(list)
    for each in climbs:
        stays[each.since].append(each.stayed)
    total, weight = 0.0, 0
    for _, found in sorted(stays.items()):
        mean = sum(found) / len(found)
        if len(found) < _FEW_STAYS or mean <= 0:
            continue
        spread = sqrt(sum((each - mean) ** 2 for each in sorted(found)) / len(found)) / mean
        total, weight = total + len(found) * spread / (1 + spread), weight + len(found)
    return total / weight if weight else None
