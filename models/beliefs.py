"""What is believed of the weights of hats and words before any case: nearby knots are known together.

The curve of a feature is smooth more often than not, so the weights of its knots have a covariance that falls with the
number of knots between them, exp(-distance / reach): with few cases a whole stretch of a curve moves, with many each
knot goes its own way. The places of a category, "never", and words know nothing of each other.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from models.hats import CONSTANT, PHASES, main_slots, phase_slots
from models.recursive import Curve
from models.schema import FEATURES, Feature


class Beliefs(Struct, frozen=True, kw_only=True):
    """Variances of log-odds, and reaches in knots. `level` is the log-odds of the average case."""

    level: float
    level_variance: float = 1.0
    curve_variance: float = 0.3
    curve_reach: float = 3.0
    phase_variance: float = 0.2
    phase_reach: float = 2.0
    word_variance: float = 0.2


class HatPrior:
    """The prior of every slot of `models.hats`."""

    def __init__(self, beliefs: Beliefs) -> None:
        """Lay out all curves; words come as they are asked for."""
        self._word_variance = beliefs.word_variance
        self._curves = {CONSTANT: _single(CONSTANT, beliefs.level, beliefs.level_variance)}
        for feature in FEATURES:
            self._add(_smooth(feature, main_slots(feature), beliefs.curve_variance, beliefs.curve_reach))
            for phase in range(PHASES):
                if names := phase_slots(feature, phase):
                    self._add(_smooth(feature, names, beliefs.phase_variance, beliefs.phase_reach))

    def curve_of(self, slot: str) -> Curve:
        """Return the curve that a slot is part of."""
        curve = self._curves.get(slot)
        return _single(slot, 0.0, self._word_variance) if curve is None else curve

    def _add(self, curve: Curve) -> None:
        for slot in curve.slots:
            self._curves[slot] = curve


def _single(slot: str, mean: float, variance: float) -> Curve:
    return Curve((slot,), np.array([mean]), np.array([[variance]]))


def _smooth(feature: Feature, slots: list[str], variance: float, reach: float) -> Curve:
    places = np.arange(len(slots))
    distance = np.abs(places[:, None] - places[None, :])
    near = (distance == 0) if feature.categorical else np.exp(-distance / reach)
    covariance = variance * near.astype(np.float64)
    covariance[-1, :-1] = covariance[:-1, -1] = 0.0  # the slot of "never" is last
    return Curve(tuple(slots), np.zeros(len(slots)), covariance)
