"""How far a figure would move with other deals: resamples of deals that are alike in what the figure goes by.

Deals that are alike are counted in one cell, so drawing as many deals as there are, with replacement, is one draw from
a multinomial over the cells (Efron & Tibshirani 1993). The draws come from a counter-based generator with a fixed key
(Philox, Salmon et al. 2011): the same cells give the same intervals, everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.interval import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Resamples: the bounds of 95 % are then the tenth from each end.
RESAMPLES = 400
_KEY = 2_016
_TAIL = 0.025


def chance() -> np.random.Generator:
    """A source of draws that are the same each time."""
    return np.random.Generator(np.random.Philox(key=_KEY))


def drawn(cells: Sequence[int], resamples: int = RESAMPLES) -> NDArray[np.float64]:
    """How many deals each resample has in each cell, `(resamples, cells)`; `cells` count deals, at least one in all."""
    counts = np.asarray(cells, dtype=np.float64)
    return chance().multinomial(int(counts.sum()), counts / counts.sum(), size=resamples).astype(np.float64)


def percentiles(value: float, said: NDArray[np.float64]) -> Interval | None:
    """A figure with what the middle 95 % of its resamples say; none where fewer than half of them can say it."""
    known = said[np.isfinite(said)]
    if 2 * known.size <= said.size:
        return None
    low, high = np.quantile(known, (_TAIL, 1.0 - _TAIL))
    return Interval(value, float(min(low, value)), float(max(high, value)))
