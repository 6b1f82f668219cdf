"""What is usual: how long gaps between contacts, and stays in a stage, have been - per stage and per owner.

Each norm is a histogram of completed spans on fixed bins of days, so it is a handful of numbers, can be merged, and
does not depend on the order in which spans were seen. Quantiles are read by linear interpolation within a bin.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from models.dwell import Dwell

#: Bin edges in days; the last bin is open.
EDGES = (0.0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 30, 45, 60, 90, 180.0)
_LAST = EDGES[-1]


class Spans(Struct, frozen=True, omit_defaults=True, dict=True):
    """How many completed spans fell into each bin."""

    counts: tuple[int, ...] = (0,) * len(EDGES)
    total: int = 0

    @cached_property
    def median(self) -> float:
        """The span in days that half of the cases did not exceed."""
        return self.quantile(0.5)

    @cached_property
    def nine_of_ten(self) -> float:
        """The span in days that nine of ten cases did not exceed."""
        return self.quantile(0.9)

    def plus(self, days: float) -> Spans:
        """Return the histogram with one more span."""
        index = bisect_right(EDGES, days) - 1
        return Spans((*self.counts[:index], self.counts[index] + 1, *self.counts[index + 1 :]), self.total + 1)

    def quantile(self, share: float) -> float:
        """The span in days that `share` of the cases did not exceed; 0 where there is no case."""
        wanted = share * self.total
        below = 0.0
        for index, count in enumerate(self.counts):
            if count and below + count >= wanted:
                left = EDGES[index]
                right = EDGES[index + 1] if index + 1 < len(EDGES) else _LAST * 2
                return left + (right - left) * (wanted - below) / count
            below += count
        return 0.0


class Norms(Struct, frozen=True, omit_defaults=True):
    """Usual gaps between contacts by stage and by owner, usual stays by stage, usual gaps overall, and stage dwell."""

    stage_gaps: dict[str, Spans] = {}
    owner_gaps: dict[str, Spans] = {}
    gaps: Spans = Spans()
    stage_stays: dict[str, Spans] = {}
    stays: Spans = Spans()
    dwell: Dwell = Dwell()


#: Distinct stages and owners kept; a feed that invents names must not grow the norms without end.
MAX_NAMES = 2_000


def observe_gap(norms: Norms, stage: str, owner: str, days: float) -> Norms:
    """Return the norms after one more completed gap between contacts."""
    return replace(
        norms,
        gaps=norms.gaps.plus(days),
        stage_gaps=_observe(norms.stage_gaps, stage, days),
        owner_gaps=_observe(norms.owner_gaps, owner, days),
    )


def observe_stay(norms: Norms, stage: str, days: float) -> Norms:
    """Return the norms after one more completed stay in a stage."""
    return replace(norms, stays=norms.stays.plus(days), stage_stays=_observe(norms.stage_stays, stage, days))


def _observe(spans: dict[str, Spans], name: str, days: float) -> dict[str, Spans]:
    if not name or (name not in spans and len(spans) >= MAX_NAMES):
        return spans
    return {**spans, name: spans.get(name, Spans()).plus(days)}
