"""When new deals come in: on working days, more at the beginning of a year, fewer in August and around Christmas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from streams.demo import calendar
from streams.demo.endings import Oddity, oddity
from streams.demo.people import Organisation, introduce
from streams.demo.story import Arrival

_CHILDREN = (Oddity.MERGED, Oddity.SPLIT)
#: More days than any weekend with its holidays has.
_LONGEST_BREAK = 7


class Arrivals:
    """The deals of a world in order of their numbers. Memory does not grow with time.

    Deal numbers follow from the weights of all days so far, so that day n costs n small draws and no story.
    """

    def __init__(self, organisation: Organisation, first_day: int, deals_per_day: float) -> None:
        """Let deals come in from the day `first_day` (an ordinal) on, so many on an average calendar day."""
        self.organisation = organisation
        self.first_day = first_day
        self.deals_per_day = deals_per_day
        self.until: int | None = None

    @classmethod
    def exactly(cls, organisation: Organisation, first_day: int, deals: int, days: int) -> Arrivals:
        """Let exactly `deals` deals come in within `days` days, and none afterwards."""
        arrivals = cls(organisation, first_day, 1.0)
        whole = sum(arrivals.weight(day) for day in range(days))
        arrivals.deals_per_day = deals / whole if whole > 0.0 else 0.0
        arrivals.until = days
        return arrivals

    def weight(self, day: int) -> float:
        """Return how many times the average number of deals comes in on day `day` of the world."""
        when = self.first_day + day
        if calendar.weekday(when) >= 5:
            return 0.0
        return 1.4 * _season(when) * self.organisation.stream("arrivals", day).uniform(0.4, 1.6)

    def days(self) -> Iterator[list[Arrival]]:
        """Yield the arrivals of each day of the world, for ever."""
        total, number, day = 0.0, 0, 0
        elder: tuple[int, int] | None = None
        while True:
            arrived = []
            if self.until is None or day < self.until:
                total += self.weight(day) * self.deals_per_day
            # The half keeps the last deal of `exactly` safe from rounding, and starts a slow world in the middle.
            while number < int(total + 0.5):
                arrival = Arrival(number, self._opening_day(number, day, elder), elder)
                arrived.append(arrival)
                if oddity(self.organisation, number) not in _CHILDREN:
                    elder = (number, arrival.day)
                number += 1
            yield arrived
            day += 1

    def _opening_day(self, number: int, day: int, elder: tuple[int, int] | None) -> int:
        """Return the ordinal of the day; of one before it where a holiday would keep the deal closed past the end."""
        when = self.first_day + day
        if self.until is None or day < self.until - _LONGEST_BREAK:
            return when
        parent = elder[0] if elder and oddity(self.organisation, number) in _CHILDREN else None
        code = introduce(self.organisation, number, parent).region.code
        if calendar.next_working(code, when) < self.first_day + self.until:
            return when
        while not calendar.is_working(code, when) and when > self.first_day:
            when -= 1
        return when


def _season(day: int) -> float:
    when = date.fromordinal(day)
    if (when.month, when.day) >= (12, 18):
        return 0.3
    if (when.month, when.day) <= (1, 5):
        return 0.6
    if when.month == 8:
        return 0.65
    if when.month in (1, 9):
        return 1.2
    return 1.02
