"""Logistic regression that knows how sure it is of each weight, and learns the cases of a day at once.

The theory. The weights have a Gaussian prior. The posterior after a block of cases is again taken as Gaussian: its mean
is the mode, found by Newton's method, its covariance is that at the mode (Laplace's approximation; learned one case
after the other it is the extended Kalman filter, or West, Harrison and Migon 1985). So the order of blocks hardly
matters, and an old case counts as much as a new one unless `Habits.forgetting` says otherwise.

All cases of a day share a shock (a holiday, a broken feed), and the cases of a deal share what nobody measured. Both
are random effects that nobody asks for: they are integrated out, which is a constant added to the covariance of all
cases of the block, and of those of the same deal. What a shock explains, no weight has to.

The block is solved in the space of its cases: n of them and d weights cost about n*d*(n + d) multiplications, and
nothing is inverted that is larger than n times n. Covariances are kept and multiplied in single precision, what they
are to be precise about (the log-odds of the block, and the weights) in double.

A curve's slot joins when a case first stands on it; until then its weight follows those of its curve that are known, as
the prior says. So nothing is computed about places where no deal has been, and nothing is lost by it.

Several memories learn the same cases, each with habits of its own; the model is the mean of their log-odds, which is
again one weight a slot. Which of them is right, one that forgets or one that does not, depends on what is to come: the
mean had a smaller loss than either, and than both weighed by their latest losses (docs/models.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import scipy.linalg as dense
import scipy.sparse as sparse
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import expit
from threadpoolctl import ThreadpoolController

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

#: More cases than that are learned as several blocks: the work grows with the third power of their number.
MOST_CASES = 1_500
#: Newton's method ends when no log-odds of the block moves by more than this, or after so many steps.
CLOSE_ENOUGH = 1e-3
MOST_STEPS = 30
SHARES_OF_A_STEP = tuple(0.5**halved for halved in range(12))
LEAST_SPREAD = 1e-6
#: The order in which several threads add up decides on last bits; beside Kafka they only get in each other's way, too.
ALGEBRA = ThreadpoolController()


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
    """What a case counts: less than one, since the cases of a deal on successive days are much the same.

    Times what the block says of the case, but never more than one.
    """
    day_variance: float = 1.0
    """Of the shock that all cases of a block share."""
    deal_variance: float = 0.0
    """Of what the cases of one deal within a block share."""
    forgetting: float = 0.0
    """By what share of its prior variance a weight's variance grows with each case: zero forgets nothing."""

    def weights_of(self, counts: Floats) -> Floats:
        """What each case counts where a block says `counts` of them."""
        return np.minimum(self.case_weight * counts, 1.0)


class Cases(NamedTuple):
    """A block of cases. What was measured is a sparse matrix, a row a case, a column a slot of `slots`."""

    slots: Sequence[str]
    measured: Any
    """A `scipy.sparse.csr_array` of float64."""
    labels: Sequence[bool]
    deals: Sequence[str]
    counts: Sequence[float] | None = None
    """How much each case counts, in units of `Habits.case_weight`; where none are named, one."""

    @classmethod
    def of(cls, measured: Sequence[Mapping[str, float]], labels: Sequence[bool], deals: Sequence[str]) -> Self:
        """Cases of which each was measured as slot -> weight."""
        slots = {slot: None for each in measured for slot in each}
        column = {slot: index for index, slot in enumerate(slots)}
        ends = np.cumsum([0, *(len(each) for each in measured)])
        columns = [column[slot] for each in measured for slot in each]
        values = np.array([weight for each in measured for weight in each.values()], dtype=np.float64)
        rows = sparse.csr_array((values, columns, ends), shape=(len(measured), len(slots)))
        return cls(tuple(slots), rows, labels, deals)


class Newcomer(NamedTuple):
    """A slot that joins: what is expected of it where `known` slots of its curve have their `means`, and how surely."""

    mean: float
    known: NDArray[np.intp]
    means: Floats
    pull: Floats
    variance: float
    """What the known slots leave open."""


class RecursiveState(Struct, frozen=True):
    """The learner as little-endian numbers, of each memory the means in float64 and the covariances in float32.

    Of the covariances the lower triangle is kept, by rows.
    """

    slots: tuple[str, ...]
    means: tuple[bytes, ...]
    covariances: tuple[bytes, ...]


class RecursiveLogistic:
    """The learner. Deterministic: the same blocks in the same order give the same bits, also across a restart."""

    def __init__(self, prior: Prior, habits: Sequence[Habits], state: RecursiveState | None = None) -> None:
        """Begin with the prior, a memory for each of `habits`, or continue from `state`.

        Raises ValueError for a state that is no whole one, or has another number of memories.
        """
        self._prior = prior
        self._slots: dict[str, int] = {}
        #: Of every curve, by its first slot, the places that have joined.
        self._joined: dict[str, list[int]] = {}
        #: By the first slot of a curve: how all of its weights follow those that have joined.
        self._pulls: dict[str, Floats] = {}
        self._first_variance: list[float] = []
        self._memories = [_Memory(each) for each in habits]
        if state is None:
            return
        if not len(state.means) == len(state.covariances) == len(habits):
            raise ValueError(f"the state has {len(state.means)} memories, not {len(habits)}")
        for slot in state.slots:
            self._join(slot)
        if len(self._slots) != len(state.slots):
            raise ValueError("the state names a slot twice")
        for memory, mean, covariance in zip(self._memories, state.means, state.covariances, strict=True):
            memory.mean = _floats(mean, "<f8", len(state.slots), "means").astype(np.float64)
            memory.covariance = _square(covariance, len(state.slots))

    def learn(self, cases: Cases) -> None:
        """Learn a block. Raises ValueError, and learns nothing, where its parts differ in length or hold no numbers."""
        rows, labels, counts = self._laid_out(cases)
        deals = np.unique(np.asarray(cases.deals, dtype=np.str_), return_inverse=True)[1]
        first_variance = np.array(self._first_variance)
        with ALGEBRA.limit(limits=1):
            for first in range(0, len(labels), MOST_CASES):
                part = slice(first, first + MOST_CASES)
                for memory in self._memories:
                    memory.learn(rows[part], labels[part], counts[part], deals[part], first_variance)

    def log_odds(self, measured: Mapping[str, float]) -> float:
        """The score of one measurement; a slot never seen adds what its prior says."""
        return sum(weight * self.weight(slot) for slot, weight in measured.items())

    def weight(self, slot: str) -> float:
        """The weight of one slot."""
        curve = self._prior.curve_of(slot)
        return float(self._expected(curve, self._mean())[curve.slots.index(slot)])

    def weights(self) -> dict[str, float]:
        """The weight of every slot of the curves of which a slot was seen."""
        mean = self._mean()
        weights: dict[str, float] = {}
        for first in self._joined:
            curve = self._prior.curve_of(first)
            weights.update(zip(curve.slots, self._expected(curve, mean).tolist(), strict=True))
        return weights

    def state(self) -> RecursiveState:
        """Everything to continue from."""
        lower = np.tril_indices(len(self._slots))
        return RecursiveState(
            tuple(self._slots),
            tuple(each.mean.astype("<f8").tobytes() for each in self._memories),
            tuple(each.covariance[lower].astype("<f4").tobytes() for each in self._memories),
        )

    def _laid_out(self, cases: Cases) -> tuple[Any, Floats, Floats]:
        """The rows of a block, a column for each slot that is known by now, its labels, and what each case counts."""
        rows, labels = cases.measured, np.asarray(cases.labels, dtype=np.float64)
        if not rows.shape[0] == len(labels) == len(cases.deals):
            raise ValueError(f"{rows.shape[0]} measurements, {len(labels)} labels and {len(cases.deals)} deals")
        if not np.all(np.isfinite(rows.data)):
            raise ValueError("a measurement is no number")
        counts = np.ones(len(labels)) if cases.counts is None else np.asarray(cases.counts, dtype=np.float64)
        if len(counts) != len(labels):
            raise ValueError(f"{len(labels)} labels, and {len(counts)} cases that count")
        if not np.all((counts > 0.0) & np.isfinite(counts)):
            raise ValueError("a case counts nothing, or no number")
        self._grow(cases.slots)
        columns = np.array([self._slots[slot] for slot in cases.slots], dtype=np.int32)
        rows = sparse.csr_array((rows.data, columns[rows.indices], rows.indptr), shape=(len(labels), len(self._slots)))
        return rows, labels, counts

    def _mean(self) -> Floats:
        total: Floats = sum((each.mean for each in self._memories), np.zeros(len(self._slots)))
        return total / len(self._memories)

    def _expected(self, curve: Curve, mean: Floats) -> Floats:
        """The weights of a curve: what is known, and what follows from it where no case has been."""
        places = self._joined.get(curve.slots[0], [])
        if len(places) == 0:
            return curve.mean
        known = mean[[self._slots[curve.slots[place]] for place in places]]
        if len(self._pulls.get(curve.slots[0], ())) != len(places):
            between = curve.covariance[np.ix_(places, places)]
            self._pulls[curve.slots[0]] = _solved(between, curve.covariance[places])
        expected: Floats = curve.mean + (known - curve.mean[places]) @ self._pulls[curve.slots[0]]
        expected[places] = known
        return expected

    def _grow(self, slots: Sequence[str]) -> None:
        """Let slots that are new join."""
        newcomers = [self._join(slot) for slot in slots if slot not in self._slots]
        if newcomers:
            for memory in self._memories:
                memory.grow(newcomers)

    def _join(self, slot: str) -> Newcomer:
        curve = self._prior.curve_of(slot)
        place = curve.slots.index(slot)
        places = self._joined.setdefault(curve.slots[0], [])
        known = np.array([self._slots[curve.slots[each]] for each in places], dtype=np.intp)
        towards = curve.covariance[places, place]
        pull = _solved(curve.covariance[np.ix_(places, places)], towards)
        variance = float(curve.covariance[place, place])
        newcomer = Newcomer(
            float(curve.mean[place]), known, curve.mean[places], pull, max(variance - float(towards @ pull), 0.0)
        )
        places.append(place)
        self._slots[slot] = len(self._slots)
        self._first_variance.append(variance)
        return newcomer


class _Memory:
    """What one memory believes of the weights."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self.mean: Floats = np.zeros(0)
        self.covariance: Singles = np.zeros((0, 0), dtype=np.float32)

    def grow(self, newcomers: Sequence[Newcomer]) -> None:
        size = len(self.mean)
        grown = size + len(newcomers)
        mean, covariance = np.zeros(grown), np.zeros((grown, grown), dtype=np.float32)
        mean[:size], covariance[:size, :size] = self.mean, self.covariance
        for new in newcomers:
            mean[size] = new.mean + new.pull @ (mean[new.known] - new.means)
            related = new.pull.astype(np.float32) @ covariance[new.known]
            covariance[size] = covariance[:, size] = related
            covariance[size, size] = new.variance + related[new.known].astype(np.float64) @ new.pull
            size += 1
        self.mean, self.covariance = mean, covariance

    def learn(self, rows: Any, labels: Floats, counts: Floats, deals: NDArray[np.intp], first_variance: Floats) -> None:
        habits = self._habits
        filled: Singles = rows.astype(np.float32).toarray()
        spread: Singles = filled @ self.covariance
        between: Floats = (filled @ spread.T).astype(np.float64)
        between = (between + between.T) / 2.0
        between += habits.day_variance + habits.deal_variance * (deals[:, None] == deals[None, :])
        factor, pull = _mode(rows @ self.mean, between, labels, habits.weights_of(counts))
        self.mean = self.mean + spread.T @ pull
        known = dense.solve_triangular(factor.astype(np.float32), spread, lower=True, check_finite=False)
        self.covariance -= known.T @ known
        if habits.forgetting:
            diagonal = np.diag_indices_from(self.covariance)
            self.covariance[diagonal] += (habits.forgetting * len(labels) * first_variance).astype(np.float32)


def _mode(before: Floats, between: Floats, labels: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the Cholesky factor of the cases' covariance at the mode, and how far each case pulls.

    `before` is the cases' log-odds before they are learned, `between` the covariance of these, `weights` what each case
    counts. Newton's method as in
    Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 3.1; a step that leads downhill,
    as one from afar may, is halved until it does not.
    """
    log_odds, pull = before, np.zeros(len(before))
    height = _height(log_odds, pull, before, labels, weights)
    for _ in range(MOST_STEPS):
        probability = expit(log_odds)
        slope = np.maximum(probability * (1.0 - probability), LEAST_SPREAD)
        seen = between.copy()
        seen[np.diag_indices_from(seen)] += 1.0 / (weights * slope)
        # The same matrix, since it is symmetric, in LAPACK's own order: copying it would take half as long again.
        factor: Floats = dense.cholesky(seen.T, lower=True, overwrite_a=True, check_finite=False)
        target = log_odds + (labels - probability) / slope - before
        whole: Floats = dense.cho_solve((factor, True), target, check_finite=False)
        for share in SHARES_OF_A_STEP:
            tried = pull + share * (whole - pull)
            better = before + between @ tried
            reached = _height(better, tried, before, labels, weights)
            if reached >= height:
                break
        moved = float(np.max(np.abs(better - log_odds), initial=0.0))
        log_odds, pull, height = better, tried, reached
        if moved < CLOSE_ENOUGH:
            break
    return factor, pull


def _height(log_odds: Floats, pull: Floats, before: Floats, labels: Floats, weights: Floats) -> float:
    """How likely the block is at these log-odds, up to a constant: what its mode makes greatest."""
    cases = weights @ (labels * log_odds - np.logaddexp(0.0, log_odds))
    return float(cases - pull @ (log_odds - before) / 2.0)


def _solved(matrix: Floats, right: Floats) -> Floats:
    return np.linalg.solve(matrix, right).astype(np.float64)


def _floats(raw: bytes, kind: str, wanted: int, what: str) -> NDArray[Any]:
    numbers = np.frombuffer(raw, dtype=kind) if len(raw) == wanted * np.dtype(kind).itemsize else None
    if numbers is None:
        raise ValueError(f"{wanted} {what} were expected, not {len(raw)} bytes")
    if not np.all(np.isfinite(numbers)):
        raise ValueError(f"one of the {what} is no number")
    return numbers


def _square(raw: bytes, size: int) -> Singles:
    square = np.zeros((size, size), dtype=np.float32)
    square[np.tril_indices(size)] = _floats(raw, "<f4", size * (size + 1) // 2, "covariances")
    if np.any(square.diagonal() < 0.0):
        raise ValueError("a variance is negative")
    return square + np.tril(square, -1).T
