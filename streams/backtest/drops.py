"""How steady a model is: its drops after shocks, not only one figure over everything. Pure.

One figure hides the week in which a model was wrong about everything. The four measures are those of Lee, Comuzzi,
Reijers and Lu (2023, arXiv 2310.09000): how many drops, how large, how soon recovered, how volatile. Here

    skill      1 - log loss / log loss of the base rate, over the questions of the seven days (UTC) that end with a day:
               the share of the base rate's loss that the model saves. 0 is no better than always saying the share that
               came true over all, which nobody could have known. Days with fewer than 100 questions in their week are
               skipped
    usual      the median of the skill over all days
    drop       the skill falls by more than 0.10 below the usual, after it had been within 0.05 of it; it is over on
               the day on which it is within 0.05 again. A model that knows nothing yet has not dropped
    size       how far below the usual the skill was at its lowest
    volatility the standard deviation of the skill over all days
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from models.evaluation import Array, log_losses
from streams.backtest.predictions import Prediction
from streams.state.opportunity import DAY

Days = NDArray[np.int64]

WINDOW_DAYS = 7
MIN_CASES = 100
DEPTH = 0.10
NEAR = 0.05


class Drop(Struct, frozen=True):
    """One drop: from `began_at` (milliseconds, start of the day), `size` at its lowest.

    `recovered_days` is none where the log ended first.
    """

    began_at: int
    lowest_at: int
    size: float
    recovered_days: int | None


class Steadiness(Struct, frozen=True, kw_only=True):
    """Skill over time. `worse_days` are days whose week was worse than the base rate; figures none without any day."""

    days: int
    usual: float | None
    volatility: float | None
    worse_days: int
    drops: tuple[Drop, ...]
    largest: float | None


def steadiness(rows: Sequence[Prediction]) -> Steadiness:
    """Work out how steady the predictions of one target were; both outcomes must be among them."""
    days = np.array([row.as_of // DAY for row in rows], dtype=np.int64)
    labels = np.array([row.label for row in rows], dtype=np.float64)
    said = np.array([row.probability for row in rows], dtype=np.float64)
    base = np.full(labels.size, labels.mean())
    at, skill = running_skill(days, log_losses(said, labels), log_losses(base, labels))
    if not at.size:
        return Steadiness(days=0, usual=None, volatility=None, worse_days=0, drops=(), largest=None)
    usual = float(np.median(skill))
    drops = tuple(find_drops([(int(day) * DAY, float(each)) for day, each in zip(at, skill, strict=True)], usual))
    return Steadiness(
        days=int(at.size),
        usual=usual,
        volatility=float(skill.std()),
        worse_days=int((skill < 0).sum()),
        drops=drops,
        largest=max((each.size for each in drops), default=None),
    )


def running_skill(days: Days, losses: Array, base: Array) -> tuple[Days, Array]:
    """Return the days with enough questions in their week, and the skill of that week."""
    first = int(days.min())
    length = int(days.max()) - first + 1
    daily = (np.bincount(days - first, each, length) for each in (np.ones(days.size), losses, base))
    cases, lost, could = (_trailing(each) for each in daily)
    enough = np.flatnonzero(cases >= MIN_CASES)
    return enough + first, 1.0 - lost[enough] / could[enough]


def find_drops(course: Sequence[tuple[int, float]], usual: float) -> list[Drop]:
    """Return the drops of a course of (instant, skill)."""
    drops: list[Drop] = []
    began: int | None = None
    lowest = (0, usual)
    arrived = False
    for at, skill in course:
        near = skill >= usual - NEAR
        if began is None:
            if arrived and skill < usual - DEPTH:
                began, lowest, arrived = at, (at, skill), False
            arrived = arrived or near
            continue
        if skill < lowest[1]:
            lowest = (at, skill)
        if near:
            drops.append(Drop(began, lowest[0], usual - lowest[1], (at - began) // DAY))
            began, arrived = None, True
    if began is not None:
        drops.append(Drop(began, lowest[0], usual - lowest[1], None))
    return drops


def _trailing(daily: Array | Days) -> Array:
    """Sums over the days of a week that ends on each day."""
    sums: Array = np.convolve(daily, np.ones(WINDOW_DAYS))[: daily.size]
    return sums
