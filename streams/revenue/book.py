"""What was on record on any day: open deals, wins, and the same day of the periods before. All forecasts read this.

Nothing here knows more than the record knew at the beginning of the day that is asked about. An earlier period is taken
for a history only if it began after the first win on record: before, a log of deals knows how deals began and not yet
how they end, and its first quarter would look as if nobody had sold anything.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from msgspec import Struct

from streams.revenue.company import Company
from streams.revenue.periods import Period
from streams.revenue.position import Move, Position

#: Earlier periods that are looked at: a year of quarters, so that each season counts once.
EARLIER = 4
#: Whether a deal is planned to close by the end of the period, after it, or nobody said.
Due = Literal["due", "later", "undated"]


class Open(Struct, frozen=True, gc=False):
    """A deal that was open, worth `cents` of the company's currency as planned; none where that cannot be said."""

    position: Position
    cents: int | None

    def due(self, period: Period) -> Due:
        """Whether it is planned to close by the end of a period; a date that is over is due as well."""
        closes = self.position.closes
        return "undated" if closes is None else "due" if closes < period.end else "later"


class Win(Struct, frozen=True, gc=False):
    """A deal that was won on the day `closed` for `cents`; `planned` is what it was worth on record until then."""

    position: Position
    closed: date
    cents: int
    planned: int | None


class Known(Struct, frozen=True, gc=False):
    """What was on record when `day` began (`at`, milliseconds): all open deals and all wins so far."""

    day: date
    at: int
    open: tuple[Open, ...]
    wins: tuple[Win, ...]

    def closed(self, period: Period) -> tuple[Win, ...]:
        """What was won in a period until now."""
        return tuple(each for each in self.wins if each.closed in period)


class Earlier(Struct, frozen=True, gc=False):
    """The same day of a period that is over: who was open when `day` began, and what was won from then on.

    `existing` are wins of deals that were open then, `new` are those of deals that were not there yet.
    """

    period: Period
    day: date
    at: int
    open: tuple[Open, ...]
    existing: tuple[Win, ...]
    new: tuple[Win, ...]


class Book:
    """The moves of all deals, each deal's in the order of the log."""

    def __init__(self, company: Company, moves: Iterable[Move] = ()) -> None:
        """Begin with `moves`."""
        self.company = company
        self.moves: list[Move] = []
        """All of them, in the order in which they were told."""
        self._times: dict[str, list[int]] = {}
        self._stands: dict[str, list[Position]] = {}
        for move in moves:
            self.add(move)

    def add(self, move: Move) -> None:
        """Take in what changed next."""
        name = move.after.id
        self.moves.append(move)
        self._times.setdefault(name, []).append(move.at)
        self._stands.setdefault(name, []).append(move.after)

    def known(self, day: date) -> Known:
        """What was on record when a day began; what happened at that very instant is not."""
        return self._known(day, self.company.instant(day))

    def known_at(self, at: int) -> Known:
        """What is on record just before the instant `at` (milliseconds); `day` is the company's day of it."""
        return self._known(self.company.day(at), at)

    def first_win(self, at: int) -> date | None:
        """The day of the first win that was on record before `at` and has a value; none where there is none."""
        first: date | None = None
        for name, times in self._times.items():
            place = bisect_left(times, at)
            if not place or (position := self._stands[name][place - 1]).status != "won" or position.closes is None:
                continue
            if (first is None or position.closes < first) and self._cents(position, position.closes) is not None:
                first = position.closes
        return first

    def __len__(self) -> int:
        """How many deals there are."""
        return len(self._times)

    def earlier(self, known: Known, period: Period, most: int = EARLIER) -> tuple[Earlier, ...]:
        """The same day of up to `most` periods before `period` that are over, the latest first, as known now."""
        calendar = self.company.calendar
        first = min((each.closed for each in known.wins), default=known.day)
        found: list[Earlier] = []
        other = calendar.following(period, -1)
        while other.start >= first and len(found) < most:
            if other.end <= known.day:
                found.append(self._same_day(known, period, other))
            other = calendar.following(other, -1)
        return tuple(found)

    def _known(self, day: date, at: int) -> Known:
        # By id, so that sums are the same in whatever order partitions were read.
        opened = sorted(self._open(at, day), key=_by_id)
        return Known(day, at, tuple(opened), tuple(sorted(self._wins(at), key=_by_id)))

    def _same_day(self, known: Known, period: Period, other: Period) -> Earlier:
        day = self.company.calendar.same_day(known.day, period, other)
        at = self.company.instant(day)
        stood = tuple(sorted(self._open(at, day), key=_by_id))
        names = {each.position.id for each in stood}
        after = [each for each in known.wins if each.closed in other and each.closed >= day]
        existing = tuple(each for each in after if each.position.id in names)
        new = tuple(each for each in after if each.position.id not in names)
        return Earlier(other, day, at, stood, existing, new)

    def _open(self, at: int, day: date) -> Iterator[Open]:
        for name, times in self._times.items():
            place = bisect_left(times, at)
            if place and (position := self._stands[name][place - 1]).is_open:
                yield Open(position, self._cents(position, day))

    def _wins(self, at: int) -> Iterator[Win]:
        for name, times in self._times.items():
            place = bisect_left(times, at)
            if not place:
                continue
            stands = self._stands[name]
            position = stands[place - 1]
            if position.status != "won" or position.closes is None:
                continue
            cents = self._cents(position, position.closes)
            if cents is not None:
                before = next((each for each in reversed(stands[: place - 1]) if each.is_open), None)
                planned = None if before is None else self._cents(before, position.closes)
                yield Win(position, position.closes, cents, planned)

    def _cents(self, position: Position, on: date) -> int | None:
        value = self.company.value(position, on)
        return None if value is None else int(value * 100)


def _by_id(each: Open | Win) -> str:
    return each.position.id
