"""A measurement laid on knots: each value becomes at most two weights of a piecewise linear curve ("hat" functions).

With hats the model is a sum of one curve per feature, so the share of each feature in a score is exact. Every feature
has a main curve and one per phase of the deal (a sales deal behaves differently once a proposal is out).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from math import inf

from models.schema import FEATURES, INDEX, Feature, Vector

#: Name of the constant slot that carries the overall level.
CONSTANT = "level"
_NEVER = "never"
#: Between two knots: where the piece starts, how wide it is, and the main and the crossed slot of either knot.
_Piece = tuple[float, float, str, str, str, str]
#: One feature in one phase: its knots, the pieces before, between and after them, and its slots for "never".
_Curve = tuple[tuple[float, ...], list[_Piece], tuple[str, str]]

_PHASE = INDEX["phase"]
_PHASES = len(FEATURES[_PHASE].knots)


def slots(vector: Vector) -> Iterator[tuple[int, str, str, float]]:
    """Yield (feature index, main slot, slot in the deal's phase, weight) of each hat that the vector stands on.

    The phase itself has no slot per phase: there it is "".
    """
    for index, (value, (knots, pieces, never)) in enumerate(
        zip(vector, _CURVES[int(vector[_PHASE] or 0)], strict=True)
    ):
        if value is None:
            yield index, *never, 1.0
            continue
        start, width, main, crossed, next_main, next_crossed = pieces[bisect_right(knots, value)]
        share = (value - start) / width
        yield index, main, crossed, 1.0 - share
        if share > 0.0:
            yield index, next_main, next_crossed, share


def slot_names(phase: int) -> Iterator[tuple[str, str]]:
    """Yield (main slot, slot in `phase` or "") of every feature's knots, each feature's "never" after its knots."""
    for feature in FEATURES:
        for place in (*(f"{knot:g}" for knot in feature.knots), _NEVER):
            main = f"{feature.name}@{place}"
            yield main, "" if feature is FEATURES[_PHASE] else f"{main}|{phase}"


def encode(vector: Vector) -> dict[str, float]:
    """Return the sparse encoding of a measurement: slot name -> weight, with the constant slot."""
    encoded = {CONSTANT: 1.0}
    for _, main, crossed, weight in slots(vector):
        encoded[main] = weight
        if crossed:
            encoded[crossed] = weight
    return encoded


def _curves(phase: int) -> list[_Curve]:
    names = slot_names(phase)
    curves = []
    for feature in FEATURES:
        places = [next(names) for _ in feature.knots]
        curves.append((feature.knots, _pieces(feature, places), next(names)))
    return curves


def _pieces(feature: Feature, places: list[tuple[str, str]]) -> list[_Piece]:
    """The pieces of one curve; one that is flat is as good as infinitely wide."""
    flat: list[_Piece] = [(0.0, inf, *place, *place) for place in places]
    if feature.categorical:
        return [flat[0], *flat]
    between: list[_Piece] = [
        (start, end - start, *left, *right)
        for (start, end), (left, right) in zip(pairwise(feature.knots), pairwise(places), strict=True)
    ]
    return [flat[0], *between, flat[-1]]


_CURVES = [_curves(phase) for phase in range(_PHASES)]
