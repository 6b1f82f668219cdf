"""Whether of the deals that were said to be won with 30 %, 30 in 100 were: chances of earlier periods, and what came.

Asked when a period began, with what was on record then: the deals that were open, and the stays that had been told. So
no chance knows how it came out. What came is as known now, late truth included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from models.closing import Closings
from streams.revenue.book import Book, Known
from streams.revenue.chances import by_stays, chances
from streams.revenue.periods import Period
from streams.revenue.position import Move
from streams.revenue.stays import dwell_of, stays
from streams.state.opportunity import DAY

#: So many parts of equal width, from 0 to 1.
BINS = 10


class Came(Struct, frozen=True, kw_only=True, gc=False):
    """Of deals that were said to be won with a chance from `low` to below `high`: how many, and how many were.

    `expected` is the sum of the chances.
    """

    low: float
    high: float
    deals: int
    expected: float
    won: int


#: The chance of a deal, and whether it was won.
Told = tuple[float, bool]


def chances_then(book: Book, moves: Sequence[Move], period: Period) -> dict[str, float]:
    """What the models said of each open deal when a period began.

    `moves` are those of the book, each deal's in order.
    """
    known = book.known(period.start)
    closings = Closings(dwell_of(stays(moves, known.at), known.at), known.at // DAY)
    return chances(known, period, by_stays(closings))


def told(said: Mapping[str, float], period: Period, now: Known) -> Iterator[Told]:
    """The chances that were said when a period began, each with whether the deal was won in it as is known `now`."""
    won = {each.position.id for each in now.closed(period)}
    return ((chance, deal in won) for deal, chance in said.items())


def reliability(of: Iterable[Told]) -> tuple[Came, ...]:
    """Chances by their tenth, beside what came; tenths without a deal are left out."""
    bins: dict[int, list[Told]] = {}
    for each in of:
        bins.setdefault(min(int(each[0] * BINS), BINS - 1), []).append(each)
    return tuple(
        Came(
            low=number / BINS,
            high=(number + 1) / BINS,
            deals=len(found),
            expected=sum(chance for chance, _ in found),
            won=sum(won for _, won in found),
        )
        for number, found in sorted(bins.items())
    )
