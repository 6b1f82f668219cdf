"""How things end that have not all ended yet: the chance of each end by a time, with those that go on still at risk.

The theory. Of deals that entered a stage, some have moved on, were won or lost, and some are still in it. To divide the
won by all counts those as not won; to divide by the ended ones counts them as if they ended like those that were quick.
Both are wrong, since it is the slow ends that are missing. The estimator of Aalen and Johansen (1978) for competing
risks counts them at risk for as long as they were seen:

    F_k(t) = sum over the times u <= t of  S(u-) d_k(u) / n(u)          S(t) = product over u <= t of  1 - d(u) / n(u)

with n(u) at risk just before u, d_k(u) ended by way k at u and d(u) by any way. All F_k and S add up to 1 at any time;
without anything that goes on, F_k is the plain share. What goes on counts at risk up to its age (ties: ends first).

Why not a library: `lifelines` has the estimator, on top of pandas, matplotlib and autograd; these are a dozen lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct

from models.dwell import ENDS, End
from streams.revenue.stays import Stay


class Incidence(Struct, frozen=True, kw_only=True, gc=False):
    """The chance of each end within so many days, a step function: `of[end][i]` from `days[i]` on.

    `stays` were looked at, of which `going` have not ended; beyond `known` days nobody was seen.
    """

    stays: int
    going: int
    known: float
    days: tuple[float, ...]
    at_risk: tuple[int, ...]
    of: Mapping[End, tuple[float, ...]]

    def by(self, end: End, days: float) -> float:
        """The chance of an end within so many days."""
        place = bisect_right(self.days, days)
        return self.of[end][place - 1] if place else 0.0

    def ended_by(self, days: float) -> float:
        """The chance of any end within so many days."""
        return sum(self.by(end, days) for end in ENDS)

    def at_last(self, end: End) -> float:
        """The chance of an end within the days that are known: what those that go on make of it is open."""
        return self.by(end, self.known)

    @property
    def open(self) -> float:
        """The chance that it goes on beyond what is known."""
        return max(1.0 - self.ended_by(self.known), 0.0)

    @property
    def median(self) -> float | None:
        """The days within which half have ended, whichever way; none where fewer have."""
        return next((day for day in self.days if self.ended_by(day) >= 0.5), None)


def incidence(stays: Iterable[Stay]) -> Incidence:
    """Estimate how stays end, from those that did and those that go on."""
    told = [(each.days, each.end) for each in stays]
    days = np.array([day for day, _ in told], dtype=np.float64)
    ways = np.array([-1 if end is None else ENDS.index(end) for _, end in told], dtype=np.int64)
    times, place = np.unique(days[ways >= 0], return_inverse=True)
    ended = np.zeros((len(ENDS), len(times)))
    np.add.at(ended, (ways[ways >= 0], place), 1.0)
    at_risk = len(days) - np.searchsorted(np.sort(days), times, side="left")
    lasting = np.cumprod(1.0 - ended.sum(axis=0) / at_risk)
    before = np.concatenate([[1.0], lasting[:-1]]) if len(times) else lasting
    chances = np.cumsum(before * ended / at_risk, axis=1)
    return Incidence(
        stays=len(told),
        going=int((ways < 0).sum()),
        known=float(days.max()) if len(days) else 0.0,
        days=tuple(times.tolist()),
        at_risk=tuple(at_risk.tolist()),
        of={end: tuple(chances[row].tolist()) for row, end in enumerate(ENDS)},
    )
