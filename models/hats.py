"""A measurement laid on knots: each value becomes at most two weights of a piecewise linear curve ("hat" functions).

With hats the model is a sum of one curve per feature, so the share of each feature in a score is exact. Every feature
has a main curve and one per phase of the deal (a sales deal behaves differently once a proposal is out).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from models.schema import FEATURES, INDEX, Feature, Vector

#: Name of the constant slot that carries the overall level.
CONSTANT = "level"
_NEVER = "never"


def _names(feature: Feature) -> tuple[str, ...]:
    return tuple(f"{feature.name}@{knot:g}" for knot in feature.knots)


_MAIN: tuple[tuple[str, ...], ...] = tuple(_names(feature) for feature in FEATURES)
_MISSING: tuple[str, ...] = tuple(f"{feature.name}@{_NEVER}" for feature in FEATURES)
_PHASES = len(FEATURES[INDEX["phase"]].knots)
_CROSSED: tuple[tuple[tuple[str, ...], ...], ...] = tuple(
    tuple(tuple(f"{name}|{phase}" for name in names) for names in _MAIN) for phase in range(_PHASES)
)
_CROSSED_MISSING: tuple[tuple[str, ...], ...] = tuple(
    tuple(f"{name}|{phase}" for name in _MISSING) for phase in range(_PHASES)
)
_PHASE = INDEX["phase"]


def slots(vector: Vector) -> Iterator[tuple[int, str, str, float]]:
    """Yield (feature index, main slot, slot in the deal's phase, weight) of each hat that the vector stands on."""
    phase = int(vector[_PHASE] or 0)
    crossed, crossed_missing = _CROSSED[phase], _CROSSED_MISSING[phase]
    for index, value in enumerate(vector):
        if value is None:
            yield index, _MISSING[index], crossed_missing[index], 1.0
            continue
        feature = FEATURES[index]
        knots = feature.knots
        right = bisect_right(knots, value)
        if right == 0:
            yield index, _MAIN[index][0], crossed[index][0], 1.0
        elif right == len(knots) or feature.categorical:
            yield index, _MAIN[index][right - 1], crossed[index][right - 1], 1.0
        else:
            left = right - 1
            share = (value - knots[left]) / (knots[right] - knots[left])
            yield index, _MAIN[index][left], crossed[index][left], 1.0 - share
            if share > 0.0:
                yield index, _MAIN[index][right], crossed[index][right], share


def slot_names(phase: int) -> Iterator[tuple[str, str]]:
    """Yield (main slot, slot in `phase` or "") of every feature's knots, each feature's "never" after its knots."""
    for index in range(len(FEATURES)):
        mains = (*_MAIN[index], _MISSING[index])
        crosses = (*_CROSSED[phase][index], _CROSSED_MISSING[phase][index])
        for main, crossed in zip(mains, crosses, strict=True):
            yield main, "" if index == _PHASE else crossed


def encode(vector: Vector) -> dict[str, float]:
    """Return the sparse encoding of a measurement: slot name -> weight, with the constant slot."""
    encoded = {CONSTANT: 1.0}
    for index, main, crossed, weight in slots(vector):
        encoded[main] = weight
        if index != _PHASE:
            encoded[crossed] = weight
    return encoded
