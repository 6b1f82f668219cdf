"""Figures about predictions whose outcome is known: ROC-AUC, PR-AUC, Brier score, log loss, calibration error.

Every figure takes weights: a case of weight 2 counts like two equal cases. So a resample (cases drawn with replacement)
is a vector of weights, and the order of the scores is worked out once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Bins of equal width over which calibration is judged.
BINS = 10
#: A probability said with certainty that was wrong costs as much as this one, not infinity.
_FLOOR = 1e-12


class Figures(Struct, frozen=True):
    """Quality of one set of predictions; `ece` is the expected calibration error over ten bins of equal width."""

    cases: int
    positives: int
    roc_auc: float
    pr_auc: float
    brier: float
    log_loss: float
    ece: float


#: The figures that are estimates, in the order of `Judged.figures`.
ESTIMATES = ("roc_auc", "pr_auc", "brier", "log_loss", "ece")


class Ranked:
    """Scores with their outcomes, sorted once; how well the scores rank the outcomes under any weights."""

    def __init__(self, scores: Sequence[float] | Array, labels: Sequence[bool]) -> None:
        """Sort the cases; raises ValueError where there are not as many scores as outcomes."""
        given = np.asarray(scores, dtype=np.float64)
        self.labels = np.asarray(labels, dtype=np.float64)
        if given.shape != self.labels.shape:
            raise ValueError(f"{given.size} predictions, {self.labels.size} outcomes")
        self._order = np.argsort(given, kind="stable")
        rising = given[self._order]
        self._true = self.labels[self._order]
        new = np.ones(given.size, dtype=bool)
        new[1:] = rising[1:] != rising[:-1]
        self._groups = np.flatnonzero(new)

    def ranking(self, weights: Array | None = None) -> tuple[float, float]:
        """Return ROC-AUC and PR-AUC; not-a-number where the weights leave only one kind of outcome."""
        sorted_weights = np.ones(self._true.size) if weights is None else weights[self._order]
        true = np.add.reduceat(sorted_weights * self._true, self._groups)
        both = np.add.reduceat(sorted_weights, self._groups)
        false = both - true
        positives, negatives = float(true.sum()), float(false.sum())
        if not positives or not negatives:
            return float("nan"), float("nan")
        below = np.cumsum(false) - false / 2
        # Sums instead of dot products: those are BLAS, whose threads wait for each other on a busy machine.
        auc = float((true * below).sum()) / (positives * negatives)
        found, seen = np.cumsum(true[::-1]), np.cumsum(both[::-1])
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        return auc, float((true[::-1] * precision).sum()) / positives


class Judged(Ranked):
    """Probabilities with their outcomes: how well they rank, and how true they are, under any weights."""

    def __init__(self, predicted: Sequence[float] | Array, labels: Sequence[bool]) -> None:
        """Work out what each case costs."""
        super().__init__(predicted, labels)
        said = np.asarray(predicted, dtype=np.float64)
        self._squares = (said - self.labels) ** 2
        self._losses = log_losses(said, self.labels)
        self._bins = bin_of(said)
        self._excess = said - self.labels

    def figures(self, weights: Array | None = None) -> Array:
        """Return the estimates in the order of `ESTIMATES`."""
        given = np.ones(self.labels.size) if weights is None else weights
        total = float(given.sum())
        misses = np.bincount(self._bins, given * self._excess, minlength=BINS)
        sums = ((given * self._squares).sum(), (given * self._losses).sum(), np.abs(misses).sum())
        return np.array([*self.ranking(weights), *(each / total for each in sums)])

    def reliability(self, weights: Array | None = None) -> Array:
        """Return the share that came true in each bin; not-a-number where nothing was said."""
        given = np.ones(self.labels.size) if weights is None else weights
        said = np.bincount(self._bins, given, minlength=BINS)
        true = np.bincount(self._bins, given * self.labels, minlength=BINS)
        shares: Array = np.divide(true, said, out=np.full(BINS, np.nan), where=said > 0)
        return shares


def evaluate(predicted: Sequence[float] | Array, labels: Sequence[bool]) -> Figures:
    """Judge probabilities against outcomes; raises ValueError where there is no case or only one kind of outcome."""
    positives = sum(labels)
    if not 0 < positives < len(labels):
        raise ValueError("both outcomes are needed to judge predictions")
    return Figures(len(labels), int(positives), *Judged(predicted, labels).figures().tolist())


def roc_auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The chance that a positive is ranked above a negative, ties counting half (Mann-Whitney U)."""
    return Ranked(scores, labels).ranking()[0]


def average_precision(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the precision-recall curve as a step function, ties entering together."""
    return Ranked(scores, labels).ranking()[1]


def calibration_error(predicted: Sequence[float], labels: Sequence[bool]) -> float:
    """Mean distance between said and true frequency over the bins, weighted by how often it was said (ECE)."""
    return float(Judged(predicted, labels).figures()[ESTIMATES.index("ece")])


def log_losses(predicted: Array, labels: Array) -> Array:
    """What each prediction cost: minus the logarithm of the probability of what came."""
    return -np.log(np.maximum(np.where(labels > 0, predicted, 1.0 - predicted), _FLOOR))


def bin_of(predicted: Array) -> NDArray[np.int64]:
    """The bin of each probability, 0 to `BINS` - 1; a bin has its lower bound, the last one its upper bound, too."""
    return np.minimum((predicted * BINS).astype(np.int64), BINS - 1)
