"""Door: (weights, measurement) -> Risk. Pure; scoring leaves the model as it was."""

from __future__ import annotations

from models.hats import CONSTANT, slots
from models.risk import Contribution, Risk, sigmoid
from models.schema import FEATURES, NAMES, Vector
from models.snapshot import Weights


def probability(model: Weights, encoded: dict[str, float]) -> float:
    """The probability alone, from a measurement already encoded by `models.hats.encode`: the fast path."""
    weight = model.weights.get
    return sigmoid(sum(weight(slot, 0.0) * value for slot, value in encoded.items()))


def score(model: Weights, vector: Vector) -> Risk:
    """The probability with the share of every feature; same probability as the fast path gives."""
    weight, center_of = model.weights.get, model.centers.get
    level = odds = weight(CONSTANT, 0.0)
    shares = [0.0] * len(FEATURES)
    for index, main, crossed, value in slots(vector):
        part = weight(main, 0.0) * value
        odds += part
        shares[index] += part
        if crossed:
            part = weight(crossed, 0.0) * value
            odds += part
            shares[index] += part
    contributions = []
    for name, share in zip(NAMES, shares, strict=True):
        center = center_of(name, 0.0)
        level += center
        contributions.append(Contribution(name, share - center))
    log_odds = level + sum([each.log_odds for each in contributions])
    return Risk(
        target=model.target,
        probability=sigmoid(odds),
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
