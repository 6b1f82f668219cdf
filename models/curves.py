"""Door: weights -> what a model has learned, as curves and words that a person can read.

Everything is in log-odds and compared with the average deal: 0 is what the average deal gets from a feature, +0.7 is
about twice its odds. A feature's curve in a phase is its main curve and what that phase adds, which is what scores use.

How much a feature matters is how far it sets deals apart: the standard deviation of its share over measurements of
deals, where there are some. Without them all places of its curves count alike, also those where hardly a deal stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean, pstdev

from msgspec import Struct
from msgspec.structs import replace

from models.hats import CONSTANT, NEVER, split_word
from models.risk import sigmoid
from models.schema import FEATURES, INDEX, NAMES, PHASES, WORDS, Feature, Vector
from models.score import shares_of
from models.scorer import levels_of
from models.snapshot import Pin, Quality, Weights

#: What a curve is called that is the same in all phases.
ALL_PHASES = "all phases"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Curve(Struct, frozen=True):
    """What was learned of one feature: by phase its level at each of `places`, the last of which is "never".

    A curve goes through all of its knots; of a category those are left out of which nothing is known yet.
    """

    feature: str
    unit: str
    meaning: str
    importance: float
    knots: tuple[float, ...]
    places: tuple[str, ...]
    phases: dict[str, tuple[float, ...]]
    """Phases whose curves are the same are named together."""


class Words(Struct, frozen=True):
    """What was learned of one kind of word: by text its weight, the greatest first."""

    word: str
    meaning: str
    importance: float
    weights: dict[str, float]


class Learned(Struct, frozen=True):
    """One target's model for people: features and words by importance, the most important first.

    `average` is the probability of the average deal; `deals` is the number of measurements behind the importances, 0
    where all places of the curves count alike.
    """

    target: str
    version: str
    trained: int
    constant: float
    average: float
    base_rate: float
    quality: Quality
    pin: Pin | None
    deals: int
    features: tuple[Curve, ...]
    words: tuple[Words, ...]


class Move(Struct, frozen=True):
    """How a feature or a word changed between two models: where it moved most, in log-odds before and after.

    `before` and `after` are none for a word without a weight.
    """

    name: str
    place: str
    phase: str
    before: float | None
    after: float | None

    @property
    def by(self) -> float:
        """How far it moved."""
        return (self.after or 0.0) - (self.before or 0.0)


def learned(weights: Weights, vectors: Sequence[Vector] = ()) -> Learned:
    """Return what a model has learned; `vectors` are measurements of deals, to tell what matters."""
    constant = weights.weights.get(CONSTANT, 0.0)
    words = _words(weights)
    curves = [_curve(weights, feature) for feature in FEATURES]
    importance = _over_deals(weights, vectors) if vectors else _over_places(curves, words)
    found = [replace(each, importance=importance[each.feature]) for each in curves]
    spoken = [Words(each.name, each.meaning, importance[each.name], words[each.name]) for each in WORDS]
    return Learned(
        target=weights.target,
        version=weights.version,
        trained=weights.trained,
        constant=constant,
        average=sigmoid(constant + sum(weights.centers.values())),
        base_rate=weights.base_rate,
        quality=weights.quality,
        pin=weights.pin,
        deals=len(vectors),
        features=tuple(sorted(found, key=lambda each: (-each.importance, INDEX[each.feature]))),
        words=tuple(sorted(spoken, key=lambda each: (-each.importance, INDEX[each.word]))),
    )


def moves(before: Weights, after: Weights) -> tuple[Move, ...]:
    """What changed from one model to another, what moved most first; a feature is named once, where it moved most."""
    found = [move for feature in FEATURES if (move := _moved(feature, before, after)) is not None]
    for word in WORDS:
        old, new = _words(before)[word.name], _words(after)[word.name]
        found += [
            Move(word.name, text, "", old.get(text), new.get(text))
            for text in old | new
            if old.get(text) != new.get(text)
        ]
    return tuple(sorted(found, key=lambda move: -abs(move.by)))


def places_of(feature: Feature) -> tuple[str, ...]:
    """What the knots of a feature are called, and "never" last."""
    return (*(_place(feature, knot) for knot in feature.knots), NEVER)


def _place(feature: Feature, knot: float) -> str:
    if feature.unit == "phase":
        return PHASES[int(knot)]
    if feature.unit == "weekday":
        return _DAYS[int(knot)]
    if feature.unit == "log10 of the amount":
        amount = 10**knot
        size, letter = (1_000_000, "M") if amount >= 1_000_000 else (1_000, "k")
        return f"{amount / size:.2g}{letter}" if amount < 10 * size else f"{amount / size:.0f}{letter}"
    return f"{knot:g}"


def _curve(weights: Weights, feature: Feature) -> Curve:
    center = weights.centers.get(feature.name, 0.0)
    rows = [levels_of(weights.weights, feature, number) for number in range(len(PHASES))]
    last = len(feature.knots)
    kept = [place for place in range(last) if not feature.categorical or any(row[place] for row in rows)]
    by_levels: dict[tuple[float, ...], list[str]] = {}
    for row, phase in zip(rows, PHASES, strict=True):
        by_levels.setdefault(tuple(row[place] - center for place in (*kept, last)), []).append(phase)
    phases = {", ".join(names): levels for levels, names in by_levels.items()}
    if len(phases) == 1:
        phases = {ALL_PHASES: next(iter(phases.values()))}
    names = places_of(feature)
    knots, places = (tuple(feature.knots[place] for place in kept), tuple(names[place] for place in (*kept, last)))
    return Curve(feature.name, feature.unit, feature.meaning, 0.0, knots, places, phases)


def _words(weights: Weights) -> dict[str, dict[str, float]]:
    found: dict[str, list[tuple[str, float]]] = {word.name: [] for word in WORDS}
    for slot, weight in weights.weights.items():
        if (split := split_word(slot)) is not None:
            word = WORDS[split[0]].name
            found[word].append((split[1], weight - weights.centers.get(word, 0.0)))
    return {word: dict(sorted(each, key=lambda pair: -pair[1])) for word, each in found.items()}


def _over_deals(weights: Weights, vectors: Sequence[Vector]) -> dict[str, float]:
    shares = [shares_of(weights.weights, vector) for vector in vectors]
    return {name: pstdev(each) for name, each in zip(NAMES, zip(*shares, strict=True), strict=True)}


def _over_places(curves: Sequence[Curve], words: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    spread = {each.feature: sqrt(fmean(pstdev(levels) ** 2 for levels in each.phases.values())) for each in curves}
    return spread | {word: pstdev(each.values()) if each else 0.0 for word, each in words.items()}


def _moved(feature: Feature, before: Weights, after: Weights) -> Move | None:
    """The place and phase where a feature's curve moved most; none where it did not."""
    most: Move | None = None
    here, there = before.centers.get(feature.name, 0.0), after.centers.get(feature.name, 0.0)
    for number, phase in enumerate(PHASES):
        pairs = zip(levels_of(before.weights, feature, number), levels_of(after.weights, feature, number), strict=True)
        for place, (old, new) in zip(places_of(feature), pairs, strict=True):
            move = Move(feature.name, place, phase, old - here, new - there)
            if move.by and (most is None or abs(move.by) > abs(most.by)):
                most = move
    return most
