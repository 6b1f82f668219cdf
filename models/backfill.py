"""The recursive learner for much at once: weeks of cases in one block, solved in the space of the weights.

The theory is that of `models.recursive`, and so is the result: the same prior, the same shocks of days and of deals
integrated out, the same memories; what was learned here the online learner goes on from. Only the algebra differs.
There a block is solved in the space of its cases, which is cheap for a hundred cases of a day; here in that of its
weights, which is cheap for ten thousand of a month. A block of one day gives what the online learner gives, up to
rounding.

Over several days two things are not the same. The mode is that of all days together and not of one after the other,
which is nearer to the truth. And what a memory forgets, it forgets at the end of the block.

How it is solved. A memory keeps the Cholesky factor S of its covariance, so that nothing has to be inverted and
rounding can make no variance negative. The weights are mean + S z, and z has the covariance I before the block. The
shocks are integrated out by their Schur complement, group by group (`models.precision`): A is what they leave of the
cases' precision. Newton's steps are found by conjugate gradients, for which a product with the curvature I + S'X'AXS
costs no more than reading the cases. The curvature itself is needed once, at the mode, for the covariance: most of the
work is one product X'AX for each block and memory, which BLAS does. With its Cholesky factor C the next covariance is
S C^-T C^-1 S'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as dense
from numpy.typing import NDArray
from scipy.linalg import blas
from scipy.special import expit

from models.precision import Block, Precision, shocks_of, total
from models.recursive import (
    ALGEBRA,
    CLOSE_ENOUGH,
    LEAST_SPREAD,
    MOST_STEPS,
    SHARES_OF_A_STEP,
    Cases,
    Floats,
    Habits,
    Newcomer,
    Prior,
    RecursiveLogistic,
    RecursiveState,
    Singles,
)

#: Conjugate gradients end when what is left of the gradient is this share of it, or after so many steps.
_GRADIENT_LEFT = 1e-2
_MOST_GRADIENTS = 60


class BackfillLogistic(RecursiveLogistic):
    """The learner of `models.recursive`, for blocks of many days. Deterministic."""

    def __init__(self, prior: Prior, habits: Sequence[Habits], state: RecursiveState | None = None) -> None:
        """Begin with the prior, a memory for each of `habits`, or continue from `state`.

        Raises ValueError for a state that is no whole one, or has another number of memories.
        """
        super().__init__(prior, habits, state)
        self._rooted = [
            _Rooted(each, memory.mean, root_of(memory.covariance))
            for each, memory in zip(habits, self._memories, strict=True)
        ]

    def learn(self, cases: Cases) -> None:
        """Learn a block of one day, as the online learner does."""
        self.learn_days(cases, [0] * len(cases.labels))

    def learn_days(self, cases: Cases, days: Sequence[int], kinds: Sequence[int] | None = None) -> None:
        """Learn a block of several days; `days` says of each case on which it is learned: those of a day share a shock.

        Cases of a kind stand on fewer slots than all do together. Which they are makes a difference to the time only.
        Raises ValueError, and learns nothing, where the parts of the block differ in length or hold no numbers.
        """
        kinds = [0] * len(days) if kinds is None else kinds
        if not len(days) == len(kinds) == len(cases.labels):
            raise ValueError(f"{len(cases.labels)} labels, {len(days)} days and {len(kinds)} kinds")
        rows, labels, counts = self._laid_out(cases)
        if len(labels) == 0:
            return
        deals = np.asarray(cases.deals, dtype=np.str_)
        block = Block(rows, labels, counts, shocks_of(days), deals, np.asarray(kinds))
        first_variance = np.array(self._first_variance)
        learned: _Mode | None = None
        with ALGEBRA.limit(limits=1):
            for memory in self._rooted:
                learned = memory.learn(block, first_variance, learned)

    def state(self) -> RecursiveState:
        """Everything to continue from, also for the online learner."""
        lower = np.tril_indices(len(self._slots))
        with ALGEBRA.limit(limits=1):
            covariances = [(each.root @ each.root.T)[lower] for each in self._rooted]
        return RecursiveState(
            tuple(self._slots),
            tuple(each.mean.astype("<f8").tobytes() for each in self._rooted),
            tuple(each.astype("<f4").tobytes() for each in covariances),
        )

    def _mean(self) -> Floats:
        total: Floats = sum((each.mean for each in self._rooted), np.zeros(len(self._slots)))
        return total / len(self._rooted)

    def _grow(self, slots: Sequence[str]) -> None:
        newcomers = [self._join(slot) for slot in slots if slot not in self._slots]
        if newcomers:
            for memory in self._rooted:
                memory.grow(newcomers)


def root_of(covariance: NDArray[Any]) -> Floats:
    """The lower triangular S with S S' = covariance, of which the lower triangle is read.

    What rounding made negative counts as nothing.
    """
    whole = np.asarray(covariance, dtype=np.float64)
    try:
        root: Floats = dense.cholesky(whole, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        values, vectors = dense.eigh(whole, lower=True, check_finite=False)
        spread = vectors * np.sqrt(np.maximum(values, 0.0))
        root = dense.qr(spread.T, mode="r", check_finite=False)[0].T
    return np.asfortranarray(root)


class _Mode(NamedTuple):
    """The most likely place of one memory after a block: the log-odds of its cases, and the curvature X'AX there."""

    log_odds: Floats
    curvature: Floats


class _Rooted:
    """What one memory believes of the weights: the mean, and the Cholesky factor of the covariance."""

    def __init__(self, habits: Habits, mean: Floats, root: Floats) -> None:
        self._habits = habits
        self.mean = mean
        self.root = root

    def grow(self, newcomers: Sequence[Newcomer]) -> None:
        size = len(self.mean)
        grown = size + len(newcomers)
        mean, root = np.zeros(grown), np.zeros((grown, grown), order="F")
        mean[:size], root[:size, :size] = self.mean, self.root
        for new in newcomers:
            mean[size] = new.mean + new.pull @ (mean[new.known] - new.means)
            root[size] = new.pull @ root[new.known]
            root[size, size] = np.sqrt(new.variance)
            size += 1
        self.mean, self.root = mean, root

    def learn(self, block: Block, first_variance: Floats, nearby: _Mode | None) -> _Mode:
        """Learn a block. `nearby` is what another memory learned of it, which makes it shorter to get there."""
        moved, log_odds = self._climb(block, nearby)
        curvature = self._precision(block, log_odds).curvature()
        held = blas.dtrmm(1.0, self.root, curvature, side=1, lower=1)
        seen = blas.dtrmm(1.0, self.root, held, side=0, lower=1, trans_a=1, overwrite_b=1)
        seen[np.diag_indices_from(seen)] += 1.0
        factor = dense.cholesky(seen, lower=True, overwrite_a=True, check_finite=False)
        self.mean = self.mean + self.root @ moved
        half = dense.solve_triangular(factor, self.root.T, lower=True, check_finite=False)
        covariance = blas.dsyrk(1.0, half, trans=1, lower=1)
        covariance[np.diag_indices_from(covariance)] += self._habits.forgetting * len(block.labels) * first_variance
        self.root = root_of(covariance)
        return _Mode(log_odds, curvature)

    def _climb(self, block: Block, nearby: _Mode | None) -> tuple[Floats, Floats]:
        """How far the weights move, in units of the root, and the log-odds of the cases there, shocks included.

        A step that leads downhill is halved until it does not, as in `models.recursive`.
        """
        root, before = self.root, block.rows @ self.mean
        log_odds = before if nearby is None else nearby.log_odds
        factor = None if nearby is None else self._roughly(nearby.curvature)
        here = _Place(*(np.zeros(size) for size in (len(before), len(self.mean), len(before), len(before))))
        height = self._height(block, before, here)
        for _ in range(MOST_STEPS):
            probability = expit(log_odds)
            slope = np.maximum(probability * (1.0 - probability), LEAST_SPREAD)
            precision = Precision(block, self._habits.weights_of(block.counts) * slope, self._habits)
            factor = self._roughly(precision.sampled()) if factor is None else factor
            wanted = log_odds - before + (block.labels - probability) / slope

            def back(cases: Floats, precision: Precision = precision) -> Floats:
                spread: Floats = root.T @ (block.columns @ precision.times(cases))
                return spread

            def curved(weights: Floats, back: Callable[[Floats], Floats] = back) -> Floats:
                return weights + back(block.rows @ (root @ weights))

            slack = back(wanted - (here.moved - here.shock)) - here.weights
            weights = here.weights + _by_gradients(curved, factor, slack)
            fixed = block.rows @ (root @ weights)
            pull = precision.times(wanted - fixed)
            shock = self._shock(block, pull)
            whole = _Place(fixed + shock, weights, pull, shock)
            for share in SHARES_OF_A_STEP:
                tried = here.towards(whole, share)
                reached = self._height(block, before, tried)
                if reached >= height:
                    break
            here, height = tried, reached
            moved = float(np.max(np.abs(before + here.moved - log_odds)))
            log_odds = before + here.moved
            if moved < CLOSE_ENOUGH:
                break
        return here.weights, log_odds

    def _precision(self, block: Block, log_odds: Floats) -> Precision:
        probability = expit(log_odds)
        slope = np.maximum(probability * (1.0 - probability), LEAST_SPREAD)
        return Precision(block, self._habits.weights_of(block.counts) * slope, self._habits)

    def _shock(self, block: Block, pull: Floats) -> Floats:
        """What the shocks of days and deals add to each case."""
        by_day, by_deal = total(block.days, pull), total(block.deals, pull)
        shock: Floats = self._habits.day_variance * by_day[block.days]
        return shock + self._habits.deal_variance * by_deal[block.deals]

    def _height(self, block: Block, before: Floats, place: _Place) -> float:
        """How likely the block is there, up to a constant: what the mode makes greatest."""
        log_odds = before + place.moved
        weights = self._habits.weights_of(block.counts)
        cases = weights @ (block.labels * log_odds - np.logaddexp(0.0, log_odds))
        doubt = place.weights @ place.weights + place.pull @ place.shock
        return float(cases - doubt / 2.0)

    def _roughly(self, curvature: NDArray[Any]) -> Singles:
        """The Cholesky factor of I + S'HS in single precision."""
        root: Singles = np.asfortranarray(self.root, dtype=np.float32)
        held = blas.strmm(1.0, root, curvature.astype(np.float32), side=1, lower=1)
        seen = blas.strmm(1.0, root, held, side=0, lower=1, trans_a=1, overwrite_b=1)
        seen[np.diag_indices_from(seen)] += 1.0
        factor: Singles = dense.cholesky(seen, lower=True, overwrite_a=True, check_finite=False)
        return factor


class _Place(NamedTuple):
    """Where Newton's method stands: how far each case's log-odds moved, by weights in units of the root and by shocks.

    `pull` is what the shocks follow from; all parts change in proportion.
    """

    moved: Floats
    weights: Floats
    pull: Floats
    shock: Floats

    def towards(self, other: _Place, share: float) -> _Place:
        return _Place(*(here + share * (there - here) for here, there in zip(self, other, strict=True)))


def _by_gradients(product: Callable[[Floats], Floats], factor: Singles, right: Floats) -> Floats:
    """Solve for a positive definite `product` by conjugate gradients; `factor` is the Cholesky factor of one like it.

    Hestenes and Stiefel 1952; as in Golub and Van Loan, Matrix Computations (2013), algorithm 11.5.1.
    """

    def nearly(left: Floats) -> Floats:
        solved: Floats = dense.cho_solve((factor, True), left.astype(np.float32), check_finite=False).astype(np.float64)
        return solved

    found, left = np.zeros(len(right)), right
    direction = near = nearly(left)
    size = begun = float(left @ near)
    for _ in range(_MOST_GRADIENTS):
        if size <= _GRADIENT_LEFT**2 * begun:
            break
        curved = product(direction)
        step = size / float(direction @ curved)
        found, left = found + step * direction, left - step * curved
        near = nearly(left)
        before, size = size, float(left @ near)
        direction = near + (size / before) * direction
    return found
