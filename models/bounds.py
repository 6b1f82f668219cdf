"""Door: what was said of a day's cases, and what came -> how much the day counts. No day is learned blindly.

When a feed breaks or an import goes wrong, nearly all answers of a day are one and the same, whatever was said. Looked
at is by how many more (or fewer) came true than was said, in standard deviations of independent cases:
z = sum(label - said) / sqrt(sum(said * (1 - said))). Days scatter more than that, since the cases of a deal resemble
each other, so what is usual is the root of the mean of z squared over the last days, at least 1. A day that is more
than `BOUND` times as far off counts as much less as it is too far off, so that it pulls no more than one at the bound:
the weight of Huber's estimator ("Robust estimation of a location parameter", Annals of Mathematical Statistics 35,
1964).

Into the usual such a day goes as one at the bound. So if the world has really changed, within two weeks its days are
usual, and are learned in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from msgspec import Struct

#: A day that is so many times as far off as is usual is out of bounds.
BOUND = 4.0
#: What is usual is the mean of so many days, each of at least so many cases.
FIRST, LASTING, LEAST_CASES = 14, 30, 20
#: So many days that counted less are remembered: what is taken back later must count as it did.
REMEMBERED = 64


class Bounds(Struct, frozen=True, omit_defaults=True):
    """How far days were off so far: how many, the mean of z squared, and the days (UTC) that counted less."""

    days: int = 0
    square: float = 0.0
    lessened: tuple[tuple[int, float], ...] = ()

    def share_on(self, day: int) -> float:
        """How much a day counted when it was learned."""
        return dict(self.lessened).get(day, 1.0)


def weigh(bounds: Bounds, day: int | None, said: Sequence[float], labels: Sequence[bool]) -> tuple[Bounds, float]:
    """Return how much a day counts, from above 0 to 1, and the bounds with it. A day of few cases counts in full."""
    doubt = sum(each * (1.0 - each) for each in said)
    if len(said) < LEAST_CASES or doubt <= 0.0:
        return bounds, 1.0
    square = (sum(labels) - sum(said)) ** 2 / doubt
    share, lessened = 1.0, bounds.lessened
    if bounds.days >= FIRST and square > (most := BOUND * BOUND * max(bounds.square, 1.0)):
        share = sqrt(most / square)
        square = most
        if day is not None:
            lessened = (*lessened[1 - REMEMBERED :], (day, share))
    days = bounds.days + 1
    mean = bounds.square + (square - bounds.square) / min(days, LASTING)
    return Bounds(days, mean, lessened), share
