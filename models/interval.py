"""Intervals for a share and for the difference of two independent shares, good also for few deals and extreme shares.

Wilson's score interval (Wilson 1927, JASA 22:209-212), and from two of them Newcombe's hybrid score interval for the
difference (Newcombe 1998, Statistics in Medicine 17:873-890, method 10, without continuity correction).
"""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

#: The 97.5 % quantile of the normal distribution: intervals of 95 %.
Z = 1.959963984540054


class Interval(Struct, frozen=True):
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float


def share_of(hits: float, of: float, z: float = Z) -> Interval | None:
    """The share `hits / of` with Wilson's interval; none of nothing. Another `z`: other than 95 %.

    Hits may be parts of one, as where each of `of` cases counts from 0 to 1: such a mean varies less than a share of
    the same size does, so the interval is then too wide rather than too narrow. Cases that weigh differently count as
    their effective number, (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling).
    """
    if not of:
        return None
    share, square = hits / of, z * z
    middle = (2 * hits + square) / (2 * (of + square))
    half = z * sqrt(square + 4 * hits * (1 - share)) / (2 * (of + square))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def difference_of(hits: float, of: float, other_hits: float, other_of: float, z: float = Z) -> Interval | None:
    """The difference `hits / of - other_hits / other_of` with Newcombe's interval; none where a side has nothing."""
    one, other = share_of(hits, of, z), share_of(other_hits, other_of, z)
    if one is None or other is None:
        return None
    low = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    value = one.value - other.value
    return Interval(value, max(-1.0, value - low), min(1.0, value + high))
