"""The bar of a rule that goes by a model: how high a probability must be to be said, and how low to be taken back."""

from __future__ import annotations

from functools import lru_cache

from models.risk import log_odds, sigmoid
from streams.alerts.parameters import ModelParameters
from streams.alerts.view import View
from streams.labels.outcome import Target


def knows(view: View, target: Target, min_cases: int) -> bool:
    """Whether the model of a target has learned enough to go by."""
    outlook = view.outlooks.get(target)
    return outlook is not None and outlook.cases >= min_cases


def above(view: View, target: Target, least: float, settings: ModelParameters) -> float | None:
    """How far a risk is above the point from which a model rule speaks, in log-odds; none where it knows too little."""
    outlook = view.outlooks.get(target)
    if outlook is None or outlook.cases < settings.min_cases or not 0.0 < outlook.base_rate < 1.0:
        return None
    return log_odds(outlook.probability) - bar(outlook.base_rate, least, settings.lift)


@lru_cache(maxsize=256)
def bar(base_rate: float, least: float, lift: float) -> float:
    """The log-odds of `least`, or `lift` above the base rate if greater; the same for every deal of an epoch."""
    return max(log_odds(least), log_odds(base_rate) + lift)


def floor(view: View, target: Target, least: float, settings: ModelParameters) -> float:
    """The probability below which an open alert of a model resolves."""
    return sigmoid(bar(view.outlooks[target].base_rate, least, settings.lift) - settings.clear_log_odds)
