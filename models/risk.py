"""A score with its reasons: a probability, and the share of every feature in its log-odds, exactly."""

from __future__ import annotations

from math import exp, log

from msgspec import Struct


class Contribution(Struct, frozen=True, array_like=True, gc=False):
    """What one feature adds to the log-odds, compared with the average deal."""

    feature: str
    log_odds: float


class Risk(Struct, frozen=True):
    """One target's probability for one deal at one time.

    `log_odds == level + sum of contributions` (up to floating-point addition), where `level` is what the average deal
    gets; `base_rate` is the share of past cases in which the target came true, `trained` how many cases that were.
    """

    target: str
    probability: float
    log_odds: float
    level: float
    base_rate: float
    trained: int
    version: str
    contributions: tuple[Contribution, ...] = ()


def sigmoid(log_odds: float) -> float:
    """The probability of log-odds, without overflow on either side."""
    if log_odds >= 0:
        return 1.0 / (1.0 + exp(-log_odds))
    growth = exp(log_odds)
    return growth / (1.0 + growth)


def log_odds(probability: float) -> float:
    """The log-odds of a probability; certainty is held within what a double can say."""
    held = min(max(probability, 1e-15), 1.0 - 1e-15)
    return log(held / (1.0 - held))
