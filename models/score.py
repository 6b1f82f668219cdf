"""Door: (weights, measurement) -> Risk. Pure; scoring leaves the model as it was."""

from __future__ import annotations

from collections.abc import Mapping

from models.hats import CONSTANT, slots
from models.risk import Contribution, Risk, sigmoid
from models.schema import NAMES, Vector
from models.snapshot import Weights


def probability(model: Weights, vector: Vector) -> float:
    """The probability alone."""
    weight = model.weights.get
    return sigmoid(weight(CONSTANT, 0.0) + sum([weight(slot, 0.0) * value for _, slot, value in slots(vector)]))


def score(model: Weights, vector: Vector) -> Risk:
    """The probability with the share of every feature and word; the same probability as the fast paths give."""
    center_of = model.centers.get
    level = model.weights.get(CONSTANT, 0.0)
    shares = shares_of(model.weights, vector)
    contributions = []
    for name, share in zip(NAMES, shares, strict=True):
        center = center_of(name, 0.0)
        level += center
        contributions.append(Contribution(name, share - center))
    log_odds = level + sum([each.log_odds for each in contributions])
    return Risk(
        target=model.target,
        probability=sigmoid(log_odds),
        log_odds=log_odds,
        level=level,
        base_rate=model.base_rate,
        trained=model.trained,
        version=model.version,
        contributions=tuple(contributions),
    )


def shares_of(weights: Mapping[str, float], vector: Vector) -> list[float]:
    """What each feature and word adds to the log-odds, in the order of `NAMES`."""
    weight = weights.get
    shares = [0.0] * len(NAMES)
    for index, slot, value in slots(vector):
        shares[index] += weight(slot, 0.0) * value
    return shares
