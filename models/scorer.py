"""One epoch's models made ready for scoring many deals: every target of a deal in one walk over its features.

A feature's curve (main curve plus the curve of the deal's phase) is a row of straight pieces, the same pieces for every
target. So a value is located once, and the pieces of all targets are read together; so are the weights of a word. Plain
numbers in tuples: for 28 features numpy's price per call is four times that of the walk. Gives the probabilities of
`models.score`, up to the order of additions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from models.hats import CONSTANT, PHASES, knots_in_phase, main_slots, phase_slots, split_word
from models.norms import Norms
from models.risk import sigmoid
from models.schema import FEATURES, INDEX, WORDS, Feature, Vector
from models.snapshot import ModelSet

_PHASE = INDEX["phase"]

#: So many targets are scored in one walk; a set that has fewer is filled up with models that say nothing.
_MOST = 5
#: Five targets between two knots: where the piece starts, how wide it is, and per target its level there and its rise.
_Piece = tuple[float, float, float, float, float, float, float, float, float, float, float, float]
_Levels = tuple[float, float, float, float, float]
#: One feature: its knots, the pieces before, between and after them, and the levels where its value is unknown.
_Curve = tuple[tuple[float, ...], list[_Piece], _Levels]


class Scorer:
    """Scores deals with the models of one epoch. Immutable; a phase's curves are laid out when it is first asked."""

    def __init__(self, models: ModelSet) -> None:
        """Take over the weights; raises ValueError for a set of more than five targets."""
        self.models = models
        self._targets = tuple(models.targets)
        weights = [each.weights for each in models.targets.values()]
        weights += [{}] * (_MOST - len(weights))
        self._constants = tuple(each.get(CONSTANT, 0.0) for each in weights)
        self._weights = weights
        self._curves: list[list[_Curve]] = [[] for _ in range(PHASES)]
        self._words = _words(weights)

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
        numbers, words = vector
        one, two, three, four, five = self._constants
        phase = int(numbers[_PHASE] or 0)
        # Through midnights on which nobody is asked, and for phases in which no deal is, nothing is laid out.
        curves = self._curves[phase] or self._lay_out(phase)
        for value, (knots, pieces, unknown) in zip(numbers, curves, strict=True):
            if value is None:
                a, b, c, d, e = unknown
                one += a
                two += b
                three += c
                four += d
                five += e
            else:
                start, width, a, up_a, b, up_b, c, up_c, d, up_d, e, up_e = pieces[bisect_right(knots, value)]
                share = (value - start) / width
                one += a + up_a * share
                two += b + up_b * share
                three += c + up_c * share
                four += d + up_d * share
                five += e + up_e * share
        for text, known in zip(words, self._words, strict=True):
            if (levels := known.get(text)) is not None:
                one += levels[0]
                two += levels[1]
                three += levels[2]
                four += levels[3]
                five += levels[4]
        said = (sigmoid(one), sigmoid(two), sigmoid(three), sigmoid(four), sigmoid(five))
        return dict(zip(self._targets, said, strict=False))

    def _lay_out(self, phase: int) -> list[_Curve]:
        curves = self._curves[phase] = _curves(self._weights, phase)
        return curves


def _curves(weights: list[dict[str, float]], phase: int) -> list[_Curve]:
    curves: list[_Curve] = []
    for feature in FEATURES:
        levels: list[_Levels] = list(zip(*(levels_of(each, feature, phase) for each in weights), strict=True))
        curves.append((feature.knots, _pieces(feature, levels[:-1]), levels[-1]))
    return curves


def levels_of(weights: Mapping[str, float], feature: Feature, phase: int) -> list[float]:
    """What a feature adds in one phase at each of its knots, and last where it is unknown: main and phase curve."""
    weight = weights.get
    layout = _LAYOUTS[feature.name]
    levels = [weight(slot, 0.0) for slot in layout.main]
    extra = [weight(slot, 0.0) for slot in layout.by_phase[phase]]
    if not extra:
        return levels
    between = [extra[left] + (extra[left + 1] - extra[left]) * share for left, share in layout.places]
    return [main + more for main, more in zip(levels, [*between, extra[-1]], strict=True)]


class _Layout(NamedTuple):
    """The slots of a feature, and where each of its knots lies on a phase's curve: after which knot, and how far."""

    main: list[str]
    by_phase: list[list[str]]
    places: list[tuple[int, float]]


def _layout(feature: Feature) -> _Layout:
    coarse = knots_in_phase(feature)
    places = []
    for knot in feature.knots:
        left = min(bisect_right(coarse, knot), len(coarse) - 1) - 1
        places.append((left, (knot - coarse[left]) / (coarse[left + 1] - coarse[left])))
    return _Layout(main_slots(feature), [phase_slots(feature, phase) for phase in range(PHASES)], places)


_LAYOUTS = {feature.name: _layout(feature) for feature in FEATURES}


def _words(weights: list[dict[str, float]]) -> list[dict[str, _Levels]]:
    """Per word the targets' weights of each text."""
    words: list[dict[str, _Levels]] = [{} for _ in WORDS]
    slots = dict.fromkeys(slot for each in weights for slot in each)
    one, two, three, four, five = (each.get for each in weights)
    for slot in slots:
        if (found := split_word(slot)) is not None:
            index, text = found
            words[index][text] = (one(slot, 0.0), two(slot, 0.0), three(slot, 0.0), four(slot, 0.0), five(slot, 0.0))
    return words


def _pieces(feature: Feature, levels: list[_Levels]) -> list[_Piece]:
    """The pieces of one curve: flat before the first knot and after the last, and everywhere for a category."""
    flat: list[_Piece] = [(0.0, 1.0, a, 0.0, b, 0.0, c, 0.0, d, 0.0, e, 0.0) for a, b, c, d, e in levels]
    if feature.categorical:
        return [flat[0], *flat]
    between: list[_Piece] = [
        (start, end - start, a, f - a, b, g - b, c, h - c, d, i - d, e, j - e)
        for (start, end), ((a, b, c, d, e), (f, g, h, i, j)) in zip(
            pairwise(feature.knots), pairwise(levels), strict=True
        )
    ]
    return [flat[0], *between, flat[-1]]
