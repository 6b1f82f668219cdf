"""Door: (weights, measurement) -> Risk. Pure; scoring leaves the model as it was."""

from __future__ import annotations

from models.hats import CONSTANT, encode, slots
from models.risk import Contribution, Risk, sigmoid
from models.schema import FEATURES, Vector
from models.snapshot import Weights


def probability(model: Weights, encoded: dict[str, float]) -> float:
    """The probability alone, from a measurement already encoded by `models.hats.encode`: the fast path."""
    weight = model.weights.get
    return sigmoid(sum(weight(slot, 0.0) * value for slot, value in encoded.items()))


def score(model: Weights, vector: Vector) -> Risk:
    """The probability with the share of every feature; same probability as the fast path gives."""
    shares = feature_shares(model.weights, vector)
    level = model.weights.get(CONSTANT, 0.0)
    contributions = []
    for feature, share in zip(FEATURES, shares, strict=True):
        center = model.centers.get(feature.name, 0.0)
        level += center
        contributions.append(Contribution(feature.name, share - center))
    log_odds = level + sum(each.log_odds for each in contributions)
    return Risk(
        target=model.target,
        probability=probability(model, encode(vector)),
        log_odds=log_odds,
        level=level,
        base_rate=model.base_rate,
        trained=model.trained,
        version=model.version,
        contributions=tuple(contributions),
    )


def feature_shares(weights: dict[str, float], vector: Vector) -> list[float]:
    """What each feature adds to the log-odds, in the order of `FEATURES`."""
    weight = weights.get
    shares = [0.0] * len(FEATURES)
    for index, main, crossed, value in slots(vector):
        shares[index] += weight(main, 0.0) * value
        if crossed:
            shares[index] += weight(crossed, 0.0) * value
    return shares
