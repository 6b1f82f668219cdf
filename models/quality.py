"""How well a model predicted before it learned each case (prequential), followed case by case."""

from __future__ import annotations

from math import log

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from models.snapshot import Quality

#: Memory of the figures, in cases.
QUALITY_MEMORY = 1_000
_TINY = 1e-12
Floats = NDArray[np.float64]


def mean_log_loss(log_odds: Floats, labels: Floats) -> float:
    """The mean log loss of cases with these log-odds."""
    return float(np.mean(np.logaddexp(0.0, log_odds) - labels * log_odds))


def log_loss(predicted: float, label: bool) -> float:
    """Minus the log of the probability given to what happened."""
    return -log(max(predicted if label else 1.0 - predicted, _TINY))


def follow(quality: Quality, predicted: float, base_rate: float, label: bool) -> Quality:
    """Return the quality with one more case: what was said of it, how often it happens, and what came of it."""
    share = 1.0 / min(quality.cases + 1, QUALITY_MEMORY)
    return replace(
        quality,
        cases=quality.cases + 1,
        log_loss=quality.log_loss + share * (log_loss(predicted, label) - quality.log_loss),
        brier=quality.brier + share * ((predicted - label) ** 2 - quality.brier),
        base_log_loss=quality.base_log_loss + share * (log_loss(base_rate, label) - quality.base_log_loss),
    )
