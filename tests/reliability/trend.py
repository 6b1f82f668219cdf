"""Whether a series of measurements is flat. Pure.

The test, stated: the Theil-Sen slope (the median of the slopes between all pairs of samples, which outliers do not
move) of what follows the warm-up, times its length, is the growth. It is flat where the growth is at most what is
allowed, or where it cannot be told from chance: the Mann-Kendall test, two-sided, at 0.1 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import median

WARM_UP_SHARE = 0.25
LEAST_SAMPLES = 8
CRITICAL_Z = 3.291
"""Of the normal distribution, two-sided, at 0.1 %: a soak judges a dozen series."""


@dataclass(frozen=True, slots=True)
class Trend:
    """What was measured: in the middle, growth over the time looked at, what of it is allowed, and the verdict."""

    name: str
    unit: str
    median: float
    growth: float
    allowed: float
    z: float
    samples: int

    @property
    def flat(self) -> bool | None:
        """Whether it is flat; none where there is too little to say."""
        if self.samples < LEAST_SAMPLES:
            return None
        return self.growth <= self.allowed or abs(self.z) <= CRITICAL_Z

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        return {True: "flat", False: "NOT FLAT", None: "too few samples"}[self.flat]


def trend(name: str, unit: str, samples: Sequence[tuple[float, float]], allowed: float) -> Trend:
    """Judge samples (seconds, value), in order of time; `allowed` is the growth over the whole that is no growth."""
    settled = list(samples[int(len(samples) * WARM_UP_SHARE) :])
    if len(settled) < 2:
        return Trend(name, unit, 0.0, 0.0, allowed, 0.0, len(settled))
    pairs = [(later[0] - earlier[0], later[1] - earlier[1]) for earlier, later in combinations(settled, 2)]
    slope = median(rise / run for run, rise in pairs if run > 0)
    score = sum((rise > 0) - (rise < 0) for _, rise in pairs)
    n = len(settled)
    variance = n * (n - 1) * (2 * n + 5) / 18
    z = (score - (score > 0) + (score < 0)) / sqrt(variance)
    growth = slope * (settled[-1][0] - settled[0][0])
    return Trend(name, unit, median(value for _, value in settled), growth, allowed, z, n)
