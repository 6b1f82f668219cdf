"""How far figures would move with other deals: a cluster bootstrap.

Predictions about one deal resemble each other, so rows are no independent cases, deals are. Each resample draws as many
deals as there are, with replacement, and takes all rows of each; an interval is what the middle 95 % of the resamples
say (percentile bootstrap, Efron & Tibshirani 1993; clusters as in Field & Welsh 2007). Calibration error is the one
figure that chance only raises: with few deals its interval lies high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct

from models.evaluation import Array

#: Resamples unless somebody asks for more; bounds of 95 % are then the fifth from each end.
RESAMPLES = 200
LEVEL = 0.95
#: Fewer deals say nothing about what other deals would do.
MIN_DEALS = 10
_SEED = 1


class Interval(Struct, frozen=True):
    """What the middle 95 % of the resamples say."""

    low: float
    high: float


def weights(deals: Sequence[str], resamples: int, seed: int = _SEED) -> Iterator[Array]:
    """Yield, for each resample, how often each row counts: as often as its deal was drawn.

    The same deals give the same draws, whatever the order of the rows.
    """
    numbers = {name: number for number, name in enumerate(sorted(set(deals)))}
    row_deals = np.array([numbers[name] for name in deals], dtype=np.int64)
    chance = np.random.default_rng(seed)
    for _ in range(resamples):
        drawn = np.bincount(chance.integers(0, len(numbers), len(numbers)), minlength=len(numbers))
        yield drawn[row_deals].astype(np.float64)


def resampled(statistics: Callable[[Array], Array], deals: Sequence[str], resamples: int) -> list[Interval | None]:
    """Return the interval of each of the statistics, which are a function of the rows' weights.

    A resample that cannot say a statistic (not-a-number: only one outcome was drawn) is left out of its interval. There
    is no interval where fewer than half of them can, nor with fewer than `MIN_DEALS` deals.
    """
    if not resamples or len(set(deals)) < MIN_DEALS:
        return [None] * statistics(np.ones(len(deals))).size
    said = np.array([statistics(each) for each in weights(deals, resamples)])
    return [_interval(column) for column in said.T]


def _interval(said: Array) -> Interval | None:
    known = said[np.isfinite(said)]
    if 2 * known.size <= said.size:
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))
