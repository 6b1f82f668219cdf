"""The precision of a block's cases when the shocks that they share are integrated out, and what it says of the weights.

Cases of a day share a shock, and of those the cases of a deal another. With W the cases' own precision (a diagonal) the
precision that is left is A = (W^-1 + shocks)^-1. It is never formed: groups are nested, so Woodbury's identity is
applied twice, and a product with A takes sums over groups only. Of X'AX, the curvature that A gives the weights, all
but the sums over groups is one product X'WX, which BLAS does on rows that are spread out for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.linalg import blas

from models.recursive import MOST_CASES, Floats, Habits, Singles

#: A curvature that need only be about right comes from so many cases.
_SAMPLED = 2_000
#: So many cases are spread out as a dense matrix at once.
_SPREAD = 2_000


class Block:
    """The cases of a block, with those that share a shock numbered alike."""

    def __init__(
        self,
        rows: Any,
        labels: Floats,
        counts: Floats,
        shocks: NDArray[np.intp],
        deals: NDArray[np.str_],
        kinds: NDArray[np.intp],
    ) -> None:
        self.rows = rows
        self.columns = rows.T.tocsr()
        self.kinds = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]
        self.labels = labels
        self.counts = counts
        self.days = shocks
        own = np.unique(deals, return_inverse=True)[1]
        #: A deal's shock is that of one day.
        self.deals = np.unique(shocks * (own.max() + 1) + own, return_inverse=True)[1]


class Precision:
    """A = (W^-1 + shocks)^-1 of a block: W is the cases' precision, a shock the same variance for all of a group.

    Day and deal groups are nested, so Woodbury's identity is applied twice: first for deals, then for days.
    """

    def __init__(self, block: Block, cases: Floats, habits: Habits) -> None:
        self._block = block
        self._cases = cases
        by_deal = total(block.deals, cases)
        self._deal_share = habits.deal_variance / (1.0 + habits.deal_variance * by_deal)
        #: What A is without the days, times a vector of ones.
        self._alone: Floats = cases / (1.0 + habits.deal_variance * by_deal)[block.deals]
        self._day_share = habits.day_variance / (1.0 + habits.day_variance * total(block.days, self._alone))

    def times(self, vector: Floats) -> Floats:
        """A times a vector."""
        block = self._block
        seen = self._cases * vector
        seen -= self._cases * (self._deal_share * total(block.deals, seen))[block.deals]
        seen -= self._alone * (self._day_share * total(block.days, seen))[block.days]
        return seen

    def curvature(self) -> Floats:
        """X'AX."""
        block = self._block
        single = np.bincount(block.deals)[block.deals] == 1
        found = _gram(block.rows, np.where(single, self._alone, self._cases), block.kinds)
        if self._deal_share.any() and not single.all():
            several = np.where(single, 0.0, self._cases)
            found = _less(found, _sums(block.deals, several) @ block.rows, self._deal_share)
        whole: Floats = _whole(_less(found, _sums(block.days, self._alone) @ block.rows, self._day_share))
        return whole

    def sampled(self) -> Singles:
        """About X'AX, from some of the cases and without the days."""
        each = max(1, len(self._alone) // _SAMPLED)
        scaled = _scaled(self._block.rows[::each], np.sqrt(self._alone[::each] * each)).astype(np.float32)
        found: Singles = _whole(blas.ssyrk(1.0, scaled.toarray().T, lower=1))
        return found


def shocks_of(days: Sequence[int]) -> NDArray[np.intp]:
    """Number the cases that share a day's shock alike; a very full day has several, as for `RecursiveLogistic`."""
    day = np.unique(np.asarray(days), return_inverse=True)[1]
    order = np.argsort(day, kind="stable")
    firsts = np.searchsorted(day[order], day)
    within = np.empty(len(day), dtype=np.intp)
    within[order] = np.arange(len(day))
    part = (within - firsts) // MOST_CASES
    return np.unique(day * (len(day) + 1) + part, return_inverse=True)[1]


def total(groups: NDArray[np.intp], values: Floats) -> Floats:
    """The sum of each group's values."""
    sums: Floats = np.bincount(groups, values).astype(np.float64, copy=False)
    return sums


def _sums(groups: NDArray[np.intp], weights: Floats) -> Any:
    """The sparse matrix that adds up the weighted rows of each group."""
    size = len(groups)
    return sparse.csr_array((weights, (groups, np.arange(size))), shape=(int(groups.max()) + 1, size))


def _scaled(rows: Any, weights: Floats) -> Any:
    """Sparse rows times a weight each."""
    data = rows.data * np.repeat(weights, np.diff(rows.indptr))
    return sparse.csr_array((data, rows.indices, rows.indptr), shape=rows.shape)


def _whole(lower: NDArray[Any]) -> Any:
    """The symmetric matrix of a lower triangle; above it are zeros."""
    return lower + np.tril(lower, -1).T


def _gram(rows: Any, weights: Floats, kinds: Sequence[NDArray[np.intp]]) -> Floats:
    """The lower triangle of X' diag(weights) X."""
    found = np.zeros((rows.shape[1], rows.shape[1]), order="F")
    for kind in kinds:
        scaled = _scaled(rows[kind], np.sqrt(weights[kind]))
        here = np.bincount(scaled.indices, minlength=rows.shape[1]) > 0
        used, places = np.flatnonzero(here), np.cumsum(here) - 1
        narrow = sparse.csr_array((scaled.data, places[scaled.indices], scaled.indptr), shape=(len(kind), len(used)))
        part = np.zeros((len(used), len(used)), order="F")
        for first in range(0, len(kind), _SPREAD):
            spread = narrow[first : first + _SPREAD].toarray().T
            part = blas.dsyrk(1.0, spread, beta=1.0, c=part, lower=1, overwrite_c=1)
        found[np.ix_(used, used)] += part
    return found


def _less(found: Floats, sums: Any, shares: Floats) -> Floats:
    """The lower triangle without that of sums' diag(shares) sums."""
    scaled = _scaled(sparse.csr_array(sums), np.sqrt(shares))
    for first in range(0, scaled.shape[0], _SPREAD):
        found = blas.dsyrk(-1.0, scaled[first : first + _SPREAD].toarray().T, beta=1.0, c=found, lower=1, overwrite_c=1)
    return found
