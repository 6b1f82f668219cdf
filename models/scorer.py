"""One epoch's models made ready for scoring many deals: every target of a deal in one walk over its features.

A feature's curve (main curve plus the curve of the deal's phase) is a row of straight pieces, the same pieces for every
target. So a value is located once, and the pieces of all targets are read together. Plain numbers in tuples: for 28
features numpy's price per call is four times that of the walk. Gives the probabilities of `models.score`, up to the
order of additions.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from models.hats import CONSTANT, slot_names
from models.norms import Norms
from models.risk import Risk, sigmoid
from models.schema import FEATURES, INDEX, PHASES, Feature, Vector
from models.score import score
from models.snapshot import ModelSet

_PHASE = INDEX["phase"]

#: Three targets between two knots: where the piece starts, how wide it is, and per target its level there and its rise.
_Piece = tuple[float, float, float, float, float, float, float, float]
_Levels = tuple[float, float, float]
#: One feature: its knots, the pieces before, between and after them, and the levels where its value is unknown.
_Curve = tuple[tuple[float, ...], list[_Piece], _Levels]


class Scorer:
    """Scores deals with the models of one epoch. Immutable."""

    def __init__(self, models: ModelSet) -> None:
        """Lay out the curves of the three targets; raises ValueError for a set of another size."""
        self.models = models
        first, second, third = models.targets
        self._targets = (first, second, third)
        self._constants = tuple(each.weights.get(CONSTANT, 0.0) for each in models.targets.values())
        self._curves = [_curves(models, phase) for phase in range(len(PHASES))]

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
        first = second = third = 0.0
        for value, (knots, pieces, unknown) in zip(vector, self._curves[int(vector[_PHASE] or 0)], strict=True):
            if value is None:
                level1, level2, level3 = unknown
                first += level1
                second += level2
                third += level3
            else:
                start, width, level1, rise1, level2, rise2, level3, rise3 = pieces[bisect_right(knots, value)]
                share = (value - start) / width
                first += level1 + rise1 * share
                second += level2 + rise2 * share
                third += level3 + rise3 * share
        name1, name2, name3 = self._targets
        constant1, constant2, constant3 = self._constants
        return {
            name1: sigmoid(constant1 + first),
            name2: sigmoid(constant2 + second),
            name3: sigmoid(constant3 + third),
        }

    def risk(self, target: str, vector: Vector) -> Risk:
        """One target's probability with the share of every feature."""
        return score(self.models.targets[target], vector)


def _curves(models: ModelSet, phase: int) -> list[_Curve]:
    rows = [
        [known(main, 0.0) + (known(crossed, 0.0) if crossed else 0.0) for main, crossed in _SLOTS[phase]]
        for known in (weights.weights.get for weights in models.targets.values())
    ]
    levels: list[_Levels] = list(zip(*rows, strict=True))
    curves: list[_Curve] = []
    first = 0
    for feature in FEATURES:
        unknown = first + len(feature.knots)
        curves.append((feature.knots, _pieces(feature, levels[first:unknown]), levels[unknown]))
        first = unknown + 1
    return curves


def _pieces(feature: Feature, levels: list[_Levels]) -> list[_Piece]:
    """The pieces of one curve: flat before the first knot and after the last, and everywhere for a category."""
    flat: list[_Piece] = [(0.0, 1.0, a, 0.0, b, 0.0, c, 0.0) for a, b, c in levels]
    if feature.categorical:
        return [flat[0], *flat]
    between: list[_Piece] = [
        (start, end - start, a, d - a, b, e - b, c, f - c)
        for (start, end), ((a, b, c), (d, e, f)) in zip(pairwise(feature.knots), pairwise(levels), strict=True)
    ]
    return [flat[0], *between, flat[-1]]


_SLOTS = tuple(tuple(slot_names(phase)) for phase in range(len(PHASES)))
