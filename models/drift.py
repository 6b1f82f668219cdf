"""Door: what a target's cases look like -> has it changed? Watched are the loss, the score and each feature.

Page's cumulative sum test ("Continuous inspection schemes", Biometrika 41, 1954): how far a value lies above what it
was so far, in standard deviations less `TOLERATED`, is added up and never falls below zero; a sum over `ALARM` is a
drift, and the same downwards. Then the watch begins anew. A value is the mean of a day's cases, or of several days'
where a day has few. Without a drift there is less than one alarm in 300 years of independent days; a shift by two
standard deviations is noticed after 8 to 10 values, one by four after 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from models.schema import FEATURES, Vector

#: Values from which it is known what is usual.
FIRST = 14
TOLERATED = 1.0
ALARM = 8.0
#: A value is the mean of at least so many cases.
LEAST_CASES = 20
#: What varies less is taken to vary so much: nothing is a drift for being a thousandth off.
_LEAST_SPREAD = 1e-3

LOSS, SCORE = "loss", "score"
#: What is watched, in its order.
WATCHED = (LOSS, SCORE, *(feature.name for feature in FEATURES))


class Watch(Struct, frozen=True, array_like=True):
    """What was usual of one thing so far (mean and sum of squared deviations), and how far it went off since."""

    seen: int = 0
    mean: float = 0.0
    squares: float = 0.0
    above: float = 0.0
    below: float = 0.0


class Drift(Struct, frozen=True):
    """Something changed: what (of `WATCHED`), from what was usual to what is now."""

    what: str
    usual: float
    now: float


class Lookout(Struct, frozen=True):
    """All watches of one target, and the sums of cases that are not a value yet."""

    watches: tuple[Watch, ...] = (Watch(),) * len(WATCHED)
    cases: int = 0
    sums: tuple[float, ...] = (0.0,) * len(WATCHED)


def look(watch: Watch, value: float) -> tuple[Watch, bool]:
    """Watch one value; True where it has drifted, and the watch begins anew."""
    above = below = 0.0
    if watch.seen >= FIRST:
        spread = max(sqrt(watch.squares / (watch.seen - 1)), _LEAST_SPREAD)
        off = (value - watch.mean) / spread
        above = max(watch.above + off - TOLERATED, 0.0)
        below = max(watch.below - off - TOLERATED, 0.0)
        if above > ALARM or below > ALARM:
            return Watch(), True
    seen = watch.seen + 1
    mean = watch.mean + (value - watch.mean) / seen
    return Watch(seen, mean, watch.squares + (value - watch.mean) * (value - mean), above, below), False


def look_out(lookout: Lookout, measured: NDArray[np.float64]) -> tuple[Lookout, list[Drift]]:
    """Watch a day's cases, a row each with a column for each of `WATCHED` (as `measured_of` gives them)."""
    cases = lookout.cases + len(measured)
    sums = np.array(lookout.sums) + measured.sum(axis=0)
    if cases < LEAST_CASES:
        return Lookout(lookout.watches, cases, tuple(sums.tolist())), []
    watches, drifts = [], []
    for what, watch, value in zip(WATCHED, lookout.watches, (sums / cases).tolist(), strict=True):
        after, drifted = look(watch, value)
        watches.append(after)
        if drifted:
            drifts.append(Drift(what, watch.mean, value))
    return Lookout(tuple(watches)), drifts


#: Of each feature its knots, and the places on its curve that they stand for.
_PLACES = [(np.array(each.knots), np.linspace(0.0, 1.0, len(each.knots))) for each in FEATURES]


def measured_of(vectors: Sequence[Vector], said: Sequence[float], labels: Sequence[bool]) -> NDArray[np.float64]:
    """Return a row for each case: excess of the loss, log-odds of what was said, and where each feature stood.

    The loss is compared with what the model itself expected of it, so a day of hard cases is none of bad predictions.
    A feature counts by its place on its curve, from 0 at the first knot to 1 at the last; one that is not known has 1.
    """
    excess = np.array([_excess(each, label) for each, label in zip(said, labels, strict=True)])
    odds = np.array([_odds(each) for each in said])
    numbers = np.array([vector.numbers for vector in vectors], dtype=np.float64).T  # None becomes not-a-number
    unknown = np.isnan(numbers)
    places = [np.interp(each, *curve) for each, curve in zip(np.nan_to_num(numbers), _PLACES, strict=True)]
    return np.array([excess, odds, *np.where(unknown, 1.0, places)]).T


def _held(said: float) -> float:
    return min(max(said, 1e-9), 1.0 - 1e-9)


def _odds(said: float) -> float:
    return log(_held(said) / (1.0 - _held(said)))


def _excess(said: float, label: bool) -> float:
    held = _held(said)
    return (held - label) * _odds(said)
