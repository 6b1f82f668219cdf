"""How well a model predicted before it learned each case (prequential), followed case by case.

Means are followed as means. How well cases are ranked, and how true what is said is, follow from a `Tally`: the shares
of recent cases by what was said of them and by what came, so no case has to be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from models.evaluation import BINS, bin_of
from models.snapshot import Quality

#: Memory of the figures, in cases.
QUALITY_MEMORY = 1_000
#: Cases are ranked by the bin of their log-odds: so many of equal width, up to as far as this on both sides.
RANK_BINS = 64
RANK_LIMIT = 6.0
_TINY = 1e-12
Floats = NDArray[np.float64]


class Tally(Struct, frozen=True, omit_defaults=True):
    """Shares of the last ~1,000 cases: by bin of log-odds those that came true and those that did not.

    And by bin of probability (ten of equal width, as in `models.evaluation`), by how much more came true than was said.
    Empty before the first case.
    """

    true: tuple[float, ...] = ()
    false: tuple[float, ...] = ()
    excess: tuple[float, ...] = ()


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


def tally(before: Tally, cases: int, said: Sequence[float], labels: Sequence[bool]) -> Tally:
    """Return the tally with further cases, in their order; `cases` is how many it has heard."""
    if not said:
        return before
    shares = 1.0 / np.minimum(np.arange(cases + 1, cases + 1 + len(said)), QUALITY_MEMORY)
    kept = np.cumprod(np.append(1.0, (1.0 - shares)[::-1]))[::-1]
    counts = shares * kept[1:]
    given = np.asarray(said, dtype=np.float64)
    came = np.asarray(labels, dtype=np.float64)
    odds = np.log(np.maximum(given, _TINY)) - np.log(np.maximum(1.0 - given, _TINY))
    ranks = np.clip((odds + RANK_LIMIT) * (RANK_BINS / (2.0 * RANK_LIMIT)), 0, RANK_BINS - 1).astype(np.intp)
    true = np.bincount(ranks, counts * came, RANK_BINS)
    false = np.bincount(ranks, counts * (1.0 - came), RANK_BINS)
    excess = np.bincount(bin_of(given), counts * (came - given), BINS)
    if before.true:
        true += kept[0] * np.array(before.true)
        false += kept[0] * np.array(before.false)
        excess += kept[0] * np.array(before.excess)
    return Tally(tuple(true.tolist()), tuple(false.tolist()), tuple(excess.tolist()))


def ranking(of: Tally) -> float | None:
    """ROC-AUC of the tallied cases, those of one bin as ties; none while all came out alike."""
    true, false = np.array(of.true), np.array(of.false)
    both = float(true.sum()) * float(false.sum())
    return float((true * (np.cumsum(false) - false / 2.0)).sum()) / both if both > _TINY else None


def calibration_error(of: Tally) -> float | None:
    """Expected calibration error of the tallied cases (ECE, as in `models.evaluation`); none before the first."""
    return float(np.abs(of.excess).sum()) if of.excess else None
