"""Door: a learner's state, and cases that it learned and that hold no more -> the state as if it had not learned them.

The theory. Learned cases are a factor of the posterior, a Gaussian one at Laplace's approximation: with X what was
measured, f the log-odds and p the probabilities at the mode, its precision is X'AX and its pull X'A r. There
A = (W^-1 + shocks)^-1 is what the shocks leave of the cases' own precision W = w p (1 - p), and
r = (y - p) / (p (1 - p)).
To divide the posterior by the factor, as expectation propagation does to find what is left without a case (Minka 2001),
is one step of the same algebra that learned it, with the other sign:

    B = A^-1 - X S X',    S' = S + S X' B^-1 X S,    m' = m - S X' B^-1 r

S and m are covariance and mean, and f and p are taken at m, since what they were when the cases were learned is not
known any more. So B could be indefinite, though not at the same mode. Then only a share of the factor is divided out
(A is made smaller by it), just so much that no direction gets more than 1 / (1 - `MOST_KNOWN`) times its variance: the
covariance only grows, by a bounded factor, and what is learned afterwards is as stable as before.

Of what shared a shock when it was learned, that is known which is taken back together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg as dense
import scipy.sparse as sparse
from msgspec.structs import replace
from scipy.special import expit

from models.recursive import ALGEBRA, LEAST_SPREAD, Cases, Floats, Habits, RecursiveState

#: Of what is known of a direction at most this share is taken for known from the cases alone.
MOST_KNOWN = 0.9
#: Deals are taken back together until they have so many cases: the work grows with the third power of their number.
TOGETHER = 300


def unlearned(state: RecursiveState, habits: Sequence[Habits], cases: Cases, days: Sequence[int]) -> RecursiveState:
    """Return what is left of a learner without these cases, which were learned on these days.

    `habits` has an entry for each memory, as it learned them.

    What was measured on slots that the learner does not know is left out: it did not learn it.
    """
    rows, labels = _known(state, cases), np.asarray(cases.labels, dtype=np.float64)
    learned_on, deals = np.asarray(days), np.asarray(cases.deals, dtype=np.str_)
    counts = np.ones(len(labels)) if cases.counts is None else np.asarray(cases.counts, dtype=np.float64)
    parts = _parts(cases.deals)
    lower = np.tril_indices(len(state.slots))
    means: list[bytes] = []
    covariances: list[bytes] = []
    with ALGEBRA.limit(limits=1):
        for habit, raw_mean, raw in zip(habits, state.means, state.covariances, strict=True):
            mean = np.frombuffer(raw_mean, "<f8")
            covariance = np.zeros((len(mean), len(mean)))
            covariance[lower] = np.frombuffer(raw, "<f4")
            covariance += np.tril(covariance, -1).T
            for part in parts:
                same_day = learned_on[part, None] == learned_on[None, part]
                same_deal = same_day & (deals[part, None] == deals[None, part])
                shocks = habit.day_variance * same_day + habit.deal_variance * same_deal
                weights = habit.weights_of(counts[part])
                mean, covariance = _without(rows[part], mean, covariance, labels[part], shocks, weights)
            means.append(mean.astype("<f8").tobytes())
            covariances.append(covariance[lower].astype("<f4").tobytes())
    return replace(state, means=tuple(means), covariances=tuple(covariances))


def _known(state: RecursiveState, cases: Cases) -> Any:
    """The rows of the cases, a column for each slot of the state."""
    place = {slot: column for column, slot in enumerate(state.slots)}
    known = [column for column, slot in enumerate(cases.slots) if slot in place]
    rows = sparse.coo_array(cases.measured[:, known])
    columns = np.array([place[cases.slots[column]] for column in known], dtype=np.int32)
    shape = (rows.shape[0], len(state.slots))
    return sparse.csr_array((rows.data, (rows.row, columns[rows.col])), shape=shape)


def _parts(deals: Sequence[str]) -> list[slice]:
    """Cut cases where one deal follows another, so that no more than `TOGETHER` of several deals are in a part."""
    parts: list[slice] = []
    first = begun = 0
    for number in range(1, len(deals) + 1):
        if number == len(deals) or deals[number] != deals[number - 1]:
            if number - first > TOGETHER and begun > first:
                parts.append(slice(first, begun))
                first = begun
            begun = number
    return [*parts, slice(first, len(deals))] if deals else parts


def _without(
    rows: Any, mean: Floats, covariance: Floats, labels: Floats, shocks: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """The mean and the covariance of one memory without the cases, as the head of this file explains."""
    probability = expit(rows @ mean)
    slope = np.maximum(probability * (1.0 - probability), LEAST_SPREAD)
    doubt = shocks + np.diag(1.0 / (weights * slope))  # A^-1
    spread: Floats = rows @ covariance
    between: Floats = rows @ spread.T
    between = (between + between.T) / 2.0
    known = float(dense.eigh(between, doubt, eigvals_only=True, check_finite=False)[-1])
    left = max(known / MOST_KNOWN, 1.0) * doubt - between
    factor = dense.cholesky(left, lower=True, check_finite=False)
    pull = dense.cho_solve((factor, True), (labels - probability) / slope, check_finite=False)
    gained = dense.solve_triangular(factor, spread, lower=True, check_finite=False)
    return mean - spread.T @ pull, covariance + gained.T @ gained
