"""What each channel adds to the share of deals that are won: the Shapley value over win rates, with a base.

A coalition is the set of channels that touched a deal before it was opened. The value of a set of channels is the share
won of the deals that were touched by none but these. What nobody touched has a value, too: the base, wins that need no
marketing. A channel's part is what it adds to the channels that came before it, on average over all orders (Shapley
1953). Parts and base add up to the share won of all deals; a part may be negative.

Exact by all subsets up to `EXACT` channels. Beyond, `ORDERS` orders are drawn with a fixed key, each together with its
reverse (antithetic, Mitchell, Cooper, Frank & Holmes 2022), so that the sum still holds exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from streams.revenue.resample import chance

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT = 12
ORDERS = 128
#: A set of channels begins at the share won of all deals, as if it had been seen in so many; so a few deals say little.
PRIOR_DEALS = 10.0
#: Channels that touched a deal in alphabetical order, and how many such deals were won and lost.
Coalitions = Mapping[tuple[str, ...], tuple[int, int]]


class Parts(Struct, frozen=True):
    """What each channel adds to the share won, and what there would be without any."""

    base: float
    parts: dict[str, float]


def added(coalitions: Coalitions) -> Parts:
    """What each channel adds; `coalitions` has at least one deal."""
    channels, members = membership(coalitions)
    counts = np.array(list(coalitions.values()), dtype=np.float64)
    base, parts = values(members, counts[None, :, 0], counts[None, :, 1])
    return Parts(float(base[0]), dict(zip(channels, parts[0].tolist(), strict=True)))


def membership(coalitions: Coalitions) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """The channels in alphabetical order, and which of them each coalition has: `(coalitions, channels)`."""
    channels = tuple(sorted({each for coalition in coalitions for each in coalition}))
    members = [[each in coalition for each in channels] for coalition in coalitions]
    return channels, np.array(members, dtype=np.bool_).reshape(len(members), len(channels))


def values(
    members: NDArray[np.bool_], won: NDArray[np.float64], lost: NDArray[np.float64], exact: int = EXACT
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Base `(tables,)` and parts `(tables, channels)` of many tables at once, of the same coalitions.

    `won` and `lost` are counts of shape `(tables, coalitions)`, each table with at least one deal.
    """
    if members.shape[1] <= exact:
        return _exactly(members, won, lost)
    return _by_orders(members, won, lost)


def _exactly(
    members: NDArray[np.bool_], won: NDArray[np.float64], lost: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = members.shape[1]
    places = members @ (1 << np.arange(count, dtype=np.int64))
    within = [_of_subsets(places, each, count) for each in (won, won + lost)]
    worth = _rates(within[0], within[1], won, lost)
    sizes = np.array([each.bit_count() for each in range(1 << count)])
    parts = np.empty((len(won), count))
    for channel in range(count):
        without = np.flatnonzero(~(np.arange(1 << count) >> channel) & 1)
        weights = np.array([factorial(s) * factorial(count - s - 1) / factorial(count) for s in range(count)])
        gains = worth[:, without | (1 << channel)] - worth[:, without]
        parts[:, channel] = gains @ weights[sizes[without]]
    return worth[:, 0], parts


def _of_subsets(places: NDArray[np.int64], counts: NDArray[np.float64], channels: int) -> NDArray[np.float64]:
    """Of each set of channels, the deals touched by none but these: sums over subsets, channel by channel."""
    sums = np.zeros((len(counts), 1 << channels))
    for column, place in enumerate(places):
        sums[:, place] += counts[:, column]
    for channel in range(channels):
        with_and_without = sums.reshape(len(counts), -1, 2, 1 << channel)
        with_and_without[:, :, 1, :] += with_and_without[:, :, 0, :]
    return sums


def _by_orders(
    members: NDArray[np.bool_], won: NDArray[np.float64], lost: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = members.shape[1]
    draws = chance()
    parts = np.zeros((len(won), count))
    base = np.empty(len(won))
    for _ in range(ORDERS // 2):
        order = draws.permutation(count)
        for each in (order, order[::-1]):
            place = np.empty(count, dtype=np.int64)
            place[each] = np.arange(1, count + 1)
            # A coalition is within the first channels of the order from its last one on.
            complete = (members * place).max(axis=1)
            within = (complete[:, None] <= np.arange(count + 1)).astype(np.float64)
            worth = _rates(won @ within, (won + lost) @ within, won, lost)
            parts[:, each] += np.diff(worth, axis=1)
            base = worth[:, 0]
    return base, parts / (ORDERS // 2 * 2)


def _rates(
    won: NDArray[np.float64], deals: NDArray[np.float64], all_won: NDArray[np.float64], all_lost: NDArray[np.float64]
) -> NDArray[np.float64]:
    whole = all_won.sum(axis=1, keepdims=True)
    overall = whole / (whole + all_lost.sum(axis=1, keepdims=True))
    rates: NDArray[np.float64] = (won + PRIOR_DEALS * overall) / (deals + PRIOR_DEALS)
    return rates
