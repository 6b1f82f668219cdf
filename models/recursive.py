"""Logistic regression that knows how sure it is of each weight, and learns the cases of a day at once.

The theory. The weights have a Gaussian prior. The posterior after a block of cases is again taken as Gaussian: its mean
is the mode, found by Newton's method, its covariance is that at the mode (Laplace's approximation; learned one case
after the other it is the extended Kalman filter, or West, Harrison and Migon 1985). So the order of blocks hardly
matters, and an old case counts as much as a new one unless `Habits.forgetting` says otherwise.

All cases of a day share a shock (a holiday, a broken feed), and the cases of a deal share what nobody measured. Both
are random effects that nobody asks for: they are integrated out, which is a constant added to the covariance of all
cases of the block, and of those of the same deal. What a shock explains, no weight has to.

The block is solved in the space of its cases: n of them and d weights cost about n*d*(n + d) multiplications, and
nothing is inverted that is larger than n times n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.linalg as dense
import scipy.sparse as sparse
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: More cases than that are learned as several blocks: the work grows with the third power of their number.
MOST_CASES = 1_500
#: Newton's method ends when no log-odds of the block moves by more than this, or after so many steps.
CLOSE_ENOUGH = 1e-6
MOST_STEPS = 12
#: Log-odds beyond this are as good as certain; a step that went further would be one into nowhere.
FURTHEST = 12.0
_LEAST_SPREAD = 1e-6


class Curve(NamedTuple):
    """Slots that are known together: their names, the mean of their weights before any case, and its covariance."""

    slots: tuple[str, ...]
    mean: Floats
    covariance: Floats


class Prior(Protocol):
    """What is believed of weights before any case."""

    def curve_of(self, slot: str) -> Curve:
        """Return the curve that a slot is part of, always the same one; weights of different curves are independent."""


class Habits(Struct, frozen=True, kw_only=True):
    """How a learner learns; all variances are those of log-odds."""

    case_weight: float = 0.2
    """What a case counts: less than one, since the cases of a deal on successive days are much the same."""
    day_variance: float = 1.0
    """Of the shock that all cases of a block share."""
    deal_variance: float = 0.0
    """Of what the cases of one deal within a block share."""
    forgetting: float = 0.0
    """By what share of its prior variance a weight's variance grows with each case: zero forgets nothing."""


class Cases(NamedTuple):
    """A block of cases: what was measured (slot -> weight), what came of it, and the deals, all of the same length."""

    measured: Sequence[Mapping[str, float]]
    labels: Sequence[bool]
    deals: Sequence[str]


class RecursiveState(Struct, frozen=True):
    """The learner as little-endian numbers: means in float64; covariances in float32, the lower triangle by rows."""

    slots: tuple[str, ...]
    mean: bytes
    covariance: bytes


class RecursiveLogistic:
    """The learner. Deterministic: the same blocks in the same order give the same bits, also across a restart."""

    def __init__(self, prior: Prior, habits: Habits, state: RecursiveState | None = None) -> None:
        """Begin with the prior, or continue from `state`. Raises ValueError for a state that is no whole one."""
        self._prior = prior
        self._habits = habits
        self._slots: dict[str, int] = {}
        self._mean: Floats = np.zeros(0)
        self._covariance: Floats = np.zeros((0, 0))
        self._first_variance: Floats = np.zeros(0)
        if state is not None:
            self._grow(state.slots)
            if tuple(self._slots) != state.slots:
                raise ValueError("the state has other slots than the curves that they are part of")
            self._mean = _floats(state.mean, "<f8", len(state.slots), "means")
            self._covariance = _square(state.covariance, len(state.slots))

    def learn(self, cases: Cases) -> None:
        """Learn a block. Raises ValueError, and learns nothing, where its parts differ in length or hold no numbers."""
        if not len(cases.measured) == len(cases.labels) == len(cases.deals):
            raise ValueError(
                f"{len(cases.measured)} measurements, {len(cases.labels)} labels and {len(cases.deals)} deals"
            )
        if not all(isfinite(weight) for measured in cases.measured for weight in measured.values()):
            raise ValueError("a measurement is no number")
        self._grow(slot for measured in cases.measured for slot in measured)
        rows = self._rows(cases.measured)
        labels = np.asarray(cases.labels, dtype=np.float64)
        deals = np.unique(np.asarray(cases.deals, dtype=np.str_), return_inverse=True)[1]
        for first in range(0, len(labels), MOST_CASES):
            part = slice(first, first + MOST_CASES)
            self._learn(rows[part], labels[part], deals[part])

    def log_odds(self, measured: Mapping[str, float]) -> float:
        """The score of one measurement; a slot never seen adds what its prior says."""
        return sum(weight * self.weight(slot) for slot, weight in measured.items())

    def weight(self, slot: str) -> float:
        """The weight of one slot."""
        index = self._slots.get(slot)
        if index is None:
            curve = self._prior.curve_of(slot)
            return float(curve.mean[curve.slots.index(slot)])
        return float(self._mean[index])

    def weights(self) -> dict[str, float]:
        """The weight of every slot of the curves seen so far."""
        return dict(zip(self._slots, self._mean.tolist(), strict=True))

    def state(self) -> RecursiveState:
        """Everything to continue from."""
        lower = self._covariance[np.tril_indices(len(self._slots))]
        return RecursiveState(tuple(self._slots), self._mean.astype("<f8").tobytes(), lower.astype("<f4").tobytes())

    def _grow(self, slots: Iterable[str]) -> None:
        """Begin with the curves of slots that are new."""
        curves: list[Curve] = []
        for slot in slots:
            if slot not in self._slots:
                curve = self._prior.curve_of(slot)
                for each in curve.slots:
                    self._slots[each] = len(self._slots)
                curves.append(curve)
        if not curves:
            return
        known, grown = len(self._mean), len(self._slots)
        covariance = np.zeros((grown, grown))
        covariance[:known, :known] = self._covariance
        covariance[known:, known:] = dense.block_diag(*(curve.covariance for curve in curves))
        self._first_variance = np.concatenate([self._first_variance, covariance.diagonal()[known:]])
        self._mean = np.concatenate([self._mean, *(curve.mean for curve in curves)])
        self._covariance = _rounded(covariance)

    def _rows(self, measured: Sequence[Mapping[str, float]]) -> Any:
        """The measurements as a sparse matrix, a row each."""
        ends = np.cumsum([0, *(len(each) for each in measured)])
        columns = [self._slots[slot] for each in measured for slot in each]
        values = [weight for each in measured for weight in each.values()]
        return sparse.csr_array((values, columns, ends), shape=(len(measured), len(self._slots)))

    def _learn(self, rows: Any, labels: Floats, deals: NDArray[np.intp]) -> None:
        habits = self._habits
        spread: Floats = rows @ self._covariance
        between: Floats = rows @ spread.T
        between += habits.day_variance + habits.deal_variance * (deals[:, None] == deals[None, :])
        factor, pull = _mode(rows @ self._mean, between, labels, habits.case_weight)
        self._mean = self._mean + spread.T @ pull
        known = dense.solve_triangular(factor, spread, lower=True, check_finite=False)
        covariance = self._covariance - known.T @ known
        covariance[np.diag_indices_from(covariance)] += habits.forgetting * len(labels) * self._first_variance
        self._covariance = _rounded(covariance)


def _mode(before: Floats, between: Floats, labels: Floats, case_weight: float) -> tuple[Floats, Floats]:
    """Return the Cholesky factor of the cases' covariance at the mode, and how far each case pulls.

    `before` is the cases' log-odds before they are learned, `between` the covariance of these.
    """
    log_odds = before
    for _ in range(MOST_STEPS):
        probability = 1.0 / (1.0 + np.exp(-log_odds))
        slope = np.maximum(probability * (1.0 - probability), _LEAST_SPREAD)
        seen = between.copy()
        seen[np.diag_indices_from(seen)] += 1.0 / (case_weight * slope)
        factor: Floats = dense.cholesky(seen, lower=True, overwrite_a=True, check_finite=False)
        pull: Floats = dense.cho_solve((factor, True), log_odds + (labels - probability) / slope - before)
        better = np.clip(before + between @ pull, -FURTHEST, FURTHEST)
        moved = float(np.max(np.abs(better - log_odds), initial=0.0))
        log_odds = better
        if moved < CLOSE_ENOUGH:
            break
    return factor, pull


def _rounded(covariance: Floats) -> Floats:
    """The covariance as it is kept: symmetric, and as precise as in a state, so that a restart changes nothing."""
    lower = np.tril(covariance).astype(np.float32).astype(np.float64)
    return lower + np.tril(lower, -1).T


def _floats(raw: bytes, kind: str, wanted: int, what: str) -> Floats:
    numbers = np.frombuffer(raw, dtype=kind) if len(raw) == wanted * np.dtype(kind).itemsize else None
    if numbers is None:
        raise ValueError(f"{wanted} {what} were expected, not {len(raw)} bytes")
    if not np.all(np.isfinite(numbers)):
        raise ValueError(f"one of the {what} is no number")
    return numbers.astype(np.float64)


def _square(raw: bytes, size: int) -> Floats:
    lower = np.zeros((size, size))
    lower[np.tril_indices(size)] = _floats(raw, "<f4", size * (size + 1) // 2, "covariances")
    if np.any(lower.diagonal() < 0.0):
        raise ValueError("a variance is negative")
    return lower + np.tril(lower, -1).T
