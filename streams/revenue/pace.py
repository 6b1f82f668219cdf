"""Pace: what is won so far, and what was won from the same day on in earlier periods. Also: what is not created yet.

`pace` takes a unit's own earlier periods; a rep's few deals make it restless. `shared_pace` takes the company's earlier
periods, and deals what is to come out by each unit's share of what was won:

    share(cell) = (won by it + k x mean win) / (won by all + k x mean win x cells)

with k = 5 wins, so that a new rep has a part. The same shares deal out **new business**: what is won until the end of
the period by deals that are not on record yet, which is what such deals came to, from the same day on, in earlier
periods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from streams.revenue.book import Earlier, Known, Win
from streams.revenue.periods import Period
from streams.revenue.version import PACE, SHARED_PACE, Cut, Version, cell_of

#: Wins of mean size that every cell is given beside its own.
K = 5.0


_Wins = Callable[[Earlier], Iterable[Win]]


class Share(Struct, frozen=True, gc=False):
    """A cell's part of what is won, and how many wins it was read from, those that it was given among them."""

    part: float
    wins: float


def pace(known: Known, period: Period, earlier: Sequence[Earlier], cut: Cut) -> Version:
    """Each cell by its own earlier periods."""
    coming: dict[str, float] = {}
    for each in earlier:
        for win in (*each.existing, *each.new):
            cell = cell_of(win.position, cut)
            coming[cell] = coming.get(cell, 0.0) + win.cents / len(earlier)
    return Version(PACE, closed(known, period), {cell: round(cents) for cell, cents in coming.items()})


def shared_pace(known: Known, period: Period, earlier: Sequence[Earlier], shares: Mapping[str, Share]) -> Version:
    """The company's earlier periods, dealt out by share."""
    whole = _mean(earlier, lambda each: (*each.existing, *each.new))
    return Version(SHARED_PACE, closed(known, period), _dealt(whole, shares))


def new_business(earlier: Sequence[Earlier], shares: Mapping[str, Share]) -> dict[str, int]:
    """What deals that are not there yet will bring until the end of the period, by cell, in cents."""
    return _dealt(_mean(earlier, lambda each: each.new), shares)


def shares_of(known: Known, period: Period, earlier: Sequence[Earlier], cut: Cut) -> dict[str, Share]:
    """Each cell's share of what was won since the first earlier period began; whoever has an open deal has one."""
    since = earlier[-1].period.start if earlier else period.start
    wins = [each for each in known.wins if each.closed >= since]
    value: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for each in wins:
        cell = cell_of(each.position, cut)
        value[cell] += each.cents
        number[cell] += 1
    cells = sorted({*value, *(cell_of(each.position, cut) for each in known.open)})
    mean = sum(value.values()) / len(wins) if wins else 1.0
    whole = sum(value.values()) + K * mean * len(cells)
    return {cell: Share((value[cell] + K * mean) / whole, number[cell] + K) for cell in cells}


def closed(known: Known, period: Period) -> dict[str, int]:
    """What is won, by deal."""
    return {each.position.id: each.cents for each in known.closed(period)}


def _mean(earlier: Sequence[Earlier], wins: _Wins) -> float:
    return sum(win.cents for each in earlier for win in wins(each)) / len(earlier) if earlier else 0.0


def _dealt(whole: float, shares: Mapping[str, Share]) -> dict[str, int]:
    return {cell: round(whole * each.part) for cell, each in shares.items()}
