"""A measurement laid on knots: each value becomes at most two weights of a piecewise linear curve ("hat" functions).

With hats the model is a sum of curves and of one weight a word, so the share of each in a score is exact. Every feature
has a main curve, and in each phase of the deal one more of half as many knots that is added to it (a sales deal behaves
differently once a proposal is out).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator
from itertools import pairwise
from math import inf

from models.schema import FEATURES, INDEX, WORDS, Feature, Vector

#: Name of the constant slot that carries the overall level.
CONSTANT = "level"
NEVER = "never"
#: Between two knots: where the piece starts, how wide it is, and the slots of the two knots.
_Piece = tuple[float, float, str, str]
#: One curve: index of its feature, its knots, the pieces before, between and after them, and its slot for "never".
_Curve = tuple[int, tuple[float, ...], list[_Piece], str]

_PHASE = INDEX["phase"]
PHASES = len(FEATURES[_PHASE].knots)
_PREFIXES = tuple(f"{word.name}=" for word in WORDS)


def slots(vector: Vector) -> Iterator[tuple[int, str, float]]:
    """Yield (index in `NAMES`, slot, weight) of everything that a measurement stands on, but the constant."""
    numbers = vector.numbers
    for index, knots, pieces, never in _CURVES[int(numbers[_PHASE] or 0)]:
        value = numbers[index]
        if value is None:
            yield index, never, 1.0
            continue
        start, width, slot, following = pieces[bisect_right(knots, value)]
        share = (value - start) / width
        yield index, slot, 1.0 - share
        if share > 0.0:
            yield index, following, share
    index = len(FEATURES)
    for prefix, text in zip(_PREFIXES, vector.words, strict=True):
        yield index, prefix + text, 1.0
        index += 1


def encode(vector: Vector, words: Container[str] | None = None) -> dict[str, float]:
    """Return the encoding of a measurement, slot -> weight, with the constant; of words only those in `words`."""
    first_word = len(FEATURES)
    stands = slots(vector)
    return {CONSTANT: 1.0} | {
        slot: weight for index, slot, weight in stands if index < first_word or words is None or slot in words
    }


def words_of(vector: Vector) -> Iterator[str]:
    """Yield the slots of the words of a measurement."""
    for prefix, text in zip(_PREFIXES, vector.words, strict=True):
        yield prefix + text


def split_word(slot: str) -> tuple[int, str] | None:
    """Return which word (index in `WORDS`) and text a slot is about; none for one of a curve, or of no word we know."""
    name, sign, text = slot.partition("=")
    index = INDEX.get(name, 0) - len(FEATURES)
    return (index, text) if sign and index >= 0 else None


def split_curve(slot: str) -> tuple[str, int | None] | None:
    """Return which feature a slot's curve is of and in which phase (none: the main one); none for any other slot."""
    name, sign, place = slot.partition("@")
    if not sign or name not in INDEX:
        return None
    _, sign, phase = place.partition("|")
    return name, int(phase) if sign else None


def knots_in_phase(feature: Feature) -> tuple[float, ...]:
    """The knots of a feature's curve in one phase: every second of its own, and the last; all of a category."""
    if feature.categorical:
        return feature.knots
    coarse = feature.knots[::2]
    return coarse if coarse[-1] == feature.knots[-1] else (*coarse, feature.knots[-1])


def main_slots(feature: Feature) -> list[str]:
    """The slots of a feature's main curve, "never" last."""
    return [*(f"{feature.name}@{knot:g}" for knot in feature.knots), f"{feature.name}@{NEVER}"]


def phase_slots(feature: Feature, phase: int) -> list[str]:
    """The slots of what a feature's curve has more in one phase, "never" last; the phase itself has none."""
    if feature is FEATURES[_PHASE]:
        return []
    places = (*(f"{knot:g}" for knot in knots_in_phase(feature)), NEVER)
    return [f"{feature.name}@{place}|{phase}" for place in places]


def _curves(phase: int) -> list[_Curve]:
    curves: list[_Curve] = []
    for index, feature in enumerate(FEATURES):
        for knots, names in (
            (feature.knots, main_slots(feature)),
            (knots_in_phase(feature), phase_slots(feature, phase)),
        ):
            if names:
                curves.append((index, knots, _pieces(feature, knots, names[:-1]), names[-1]))
    return curves


def _pieces(feature: Feature, knots: tuple[float, ...], places: list[str]) -> list[_Piece]:
    """The pieces of one curve; one that is flat is as good as infinitely wide."""
    flat: list[_Piece] = [(0.0, inf, place, place) for place in places]
    if feature.categorical:
        return [flat[0], *flat]
    between: list[_Piece] = [
        (start, end - start, left, right)
        for (start, end), (left, right) in zip(pairwise(knots), pairwise(places), strict=True)
    ]
    return [flat[0], *between, flat[-1]]


_CURVES = [_curves(phase) for phase in range(PHASES)]
