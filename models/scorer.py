"""One epoch's models made ready for scoring many deals: every target of a deal in a few array operations.

A measurement stands on two knots per feature; which ones, and how far between them, is the same for every target. So it
is located once, and the weights of all targets (main curve plus the curve of the deal's phase) are looked up together.
Gives the probabilities of `models.score`, up to the order of additions.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from models.hats import CONSTANT, slot_names
from models.norms import Norms
from models.risk import Risk, sigmoid
from models.schema import FEATURES, INDEX, PHASES, Vector
from models.score import score
from models.snapshot import ModelSet

_PHASE = INDEX["phase"]
#: Per feature: its knots, whether it is categorical, and the column of its first knot; the column after its knots is
#: the slot for "never".
_LAYOUT: list[tuple[tuple[float, ...], bool, int]] = []
_first = 0
for _feature in FEATURES:
    _LAYOUT.append((_feature.knots, _feature.categorical, _first))
    _first += len(_feature.knots) + 1
_COLUMNS = _first


class Scorer:
    """Scores deals with the models of one epoch. Immutable."""

    def __init__(self, models: ModelSet) -> None:
        """Lay out the weights of every target."""
        self.models = models
        self.targets = tuple(models.targets)
        self._constants = [each.weights.get(CONSTANT, 0.0) for each in models.targets.values()]
        self._tables = [self._table(phase) for phase in range(len(PHASES))]

    @property
    def epoch(self) -> int:
        """The UTC day from which these models count."""
        return self.models.epoch

    @property
    def norms(self) -> Norms:
        """What is usual, as known at the beginning of the epoch."""
        return self.models.norms

    def probabilities(self, vector: Vector) -> dict[str, float]:
        """The probability of every target for one measurement."""
        left, right, share = _locate(vector)
        table = self._tables[int(vector[_PHASE] or 0)]
        low = table[:, left]
        sums = (low + (table[:, right] - low) * np.array(share)).sum(axis=1).tolist()
        return {
            target: sigmoid(constant + total)
            for target, constant, total in zip(self.targets, self._constants, sums, strict=True)
        }

    def risk(self, target: str, vector: Vector) -> Risk:
        """One target's probability with the share of every feature."""
        return score(self.models.targets[target], vector)

    def _table(self, phase: int) -> NDArray[np.float64]:
        table = np.zeros((len(self.targets), _COLUMNS))
        for row, weights in enumerate(self.models.targets.values()):
            known = weights.weights.get
            table[row] = [
                known(main, 0.0) + (known(crossed, 0.0) if crossed else 0.0) for main, crossed in _SLOTS[phase]
            ]
        return table


def _locate(vector: Vector) -> tuple[list[int], list[int], list[float]]:
    """Per feature: the columns of the knots at or below and above the value, and how far it is between them."""
    left: list[int] = []
    right: list[int] = []
    share: list[float] = []
    for value, (knots, categorical, first) in zip(vector, _LAYOUT, strict=True):
        if value is None:
            column, between = first + len(knots), 0.0
        else:
            above = bisect_right(knots, value)
            column, between = first + max(above - 1, 0), 0.0
            if 0 < above < len(knots) and not categorical:
                below = knots[above - 1]
                between = (value - below) / (knots[above] - below)
        left.append(column)
        right.append(column + 1 if between else column)
        share.append(between)
    return left, right, share


_SLOTS = tuple(tuple(slot_names(phase)) for phase in range(len(PHASES)))
