"""Door: what was said of each period, week by week, and what the record makes of it.

Forecasts are locked on the first day of a period and every seventh after it, from the first period on that has an
earlier one to be compared with. A lock is made by what was on record when its day began, whenever it is made: with the
stays learned until then, managers' figures in force then, and the weights that were earned when its period began. So a
week that nobody was there to lock is made up later, and a trial on an old log says what would have been said.

What was said never changes; how it came out does: outcomes are read from the book each time, so late truth counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TypeVar

from msgspec.structs import replace

from models.closing import Closings
from streams.revenue.accuracy import Locked, Outcomes, Score, is_weekly, record
from streams.revenue.blend import Earned, earned
from streams.revenue.book import Book, Known
from streams.revenue.chances import Chance, by_stays
from streams.revenue.company import Level, Unit
from streams.revenue.forecast import Forecast, forecast, locked
from streams.revenue.periods import Grain, Period
from streams.revenue.rollup import Adjustment
from streams.revenue.stays import StayCount
from streams.revenue.version import Cut
from streams.state.opportunity import DAY

#: The levels whose forecasts are kept and judged: each is made of the one before.
JUDGED: tuple[Level, ...] = ("rep", "team", "region", "company")
_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)
Group = TypeVar("Group")


class Said:
    """What was said of the periods of a grain; it reads a book, which may grow.

    `levels` are those whose figures are kept, the reps among them, since weights are earned by rep.
    """

    def __init__(
        self,
        book: Book,
        levels: tuple[Level, ...] = JUDGED,
        grain: Grain = "quarter",
        kept: Iterable[Locked] = (),
        adjustments: Iterable[Adjustment] = (),
    ) -> None:
        """Begin with what is kept already; raises as `keep` does."""
        self.book = book
        self.levels = levels
        self.grain: Grain = grain
        self._adjustments: dict[object, Adjustment] = {}
        self._locks: dict[tuple[str, date], tuple[Locked, ...]] = {}
        #: What the record had taught when a day began.
        self._weights: dict[date, Earned] = {}
        self._compared: set[str] = set()
        self._stays = StayCount(book.moves)
        self._chance: tuple[int, int, Closings] | None = None
        self.keep(kept)
        for each in adjustments:
            self.hear(each)

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every figure that a manager said, or took back, each once, in the order of time."""
        return tuple(sorted(self._adjustments.values(), key=lambda each: (each.at, each.id, each.source)))

    def hear(self, adjustment: Adjustment) -> None:
        """Take in a manager's figure.

        Of copies, and of others by the same id, the one that was said first counts, on record since the first of them.
        """
        key = (adjustment.source, adjustment.id) if adjustment.id else adjustment
        known = self._adjustments.get(key, adjustment)
        first = min(known, adjustment, key=_said_first)
        self._adjustments[key] = replace(first, recorded_at=min(known.on_record, adjustment.on_record))

    @property
    def kept(self) -> Iterator[Locked]:
        """Everything that is kept, in the order of days."""
        for key in sorted(self._locks, key=lambda each: each[1]):
            yield from self._locks[key]

    def keep(self, said: Iterable[Locked]) -> None:
        """Keep what was said on days of weekly locks, all at once or bit by bit; what is said of the same anew counts.

        Other days, and periods of another grain, are left out. Raises `ValueError` for what is no period.
        """
        calendar = self.book.company.calendar
        days: dict[tuple[str, date], list[Locked]] = {}
        for each in said:
            days.setdefault((each.period, each.day), []).append(each)
        for (name, day), locks in days.items():
            period = calendar.named(name)
            if calendar.grain(period) == self.grain and is_weekly(day, period):
                known = {(each.unit, each.version): each for each in self._locks.get((name, day), ())}
                known |= {(each.unit, each.version): each for each in locks}
                self._locks[name, day] = tuple(known.values())
                self._weights = {at: each for at, each in self._weights.items() if at < period.end}

    def periods(self, until: date) -> Iterator[Period]:
        """The periods that begin by a day and have an earlier one to be compared with, in order."""
        company = self.book.company
        first = self.book.first_win(company.instant(until))
        if first is None:
            return
        period = company.calendar.period(first, self.grain)
        while period.start <= until:
            if self._has_earlier(period):
                yield period
            period = company.calendar.following(period)

    def due(self, day: date) -> Iterator[tuple[Period, date]]:
        """The days of weekly locks up to and with `day` that nothing is kept of, each with its period, in order."""
        for period in self.periods(day):
            weekly = period.start
            while weekly < period.end and weekly <= day:
                if (period.name, weekly) not in self._locks:
                    yield period, weekly
                weekly += _A_WEEK

    def make(self, period: Period, known: Known, cut: Cut = "rep", win: Mapping[str, float] | None = None) -> Forecast:
        """The forecast of a period as of what is known, with the weights earned when it began; nothing is kept.

        `win` has the win model's probabilities at that instant, by deal.
        """
        weights, chance = self.weights(period, known.day), self._chances(known.at, win)
        return forecast(self.book, period, known, chance, cut=cut, weights=weights, said=self.adjustments)

    def locks(self, made: Forecast) -> tuple[Locked, ...]:
        """What is kept of a forecast by rep, on every level."""
        return tuple(each for level in self.levels for each in locked(made, level, self.book.company))

    def say(self, period: Period, day: date, win: Mapping[str, float] | None = None) -> tuple[Locked, ...]:
        """Make the forecast of a period as known when a day began, keep what it says, and return that."""
        said = self.locks(self.make(period, self.book.known(day), win=win))
        self._locks[period.name, day] = ()  # where there is nobody to say anything of, that is said, too
        self.keep(said)
        return said

    def weights(self, period: Period, day: date | None = None) -> Earned:
        """What the record had taught when a period began, or on `day` if that is before; made once.

        It is the record of periods that were over by then, by the outcomes as known then.
        """
        at = period.start if day is None else min(day, period.start)
        if at not in self._weights:
            over = self.over(at)
            self._weights[at] = earned(over, self._outcomes(over, at), "rep")
        return self._weights[at]

    def came(self, day: date) -> Outcomes:
        """What came of every unit that something was said of, in periods that are over when `day` begins."""
        return self._outcomes(self.over(day), day)

    def record(self, by: Callable[[Locked], Group], day: date) -> dict[Group, Score]:
        """How what was said came out, of periods that are over when `day` begins, by whatever `by` says.

        As by version and level, or by version and person (`Locked.by`).
        """
        over = self.over(day)
        return record(over, self._outcomes(over, day), by)

    def outcomes(self, said: Iterable[Locked], day: date) -> Outcomes:
        """What came of every unit that something of `said` is about, in periods that are over when `day` begins."""
        calendar = self.book.company.calendar
        return self._outcomes([each for each in said if calendar.named(each.period).end <= day], day)

    def over(self, day: date) -> list[Locked]:
        """What is kept of periods that are over when `day` begins."""
        named = self.book.company.calendar.named
        over = {name for name in {name for name, _ in self._locks} if named(name).end <= day}
        return [each for each in self.kept if each.period in over]

    def _has_earlier(self, period: Period) -> bool:
        """Whether there is a whole period before it since the first win that was on record when it began."""
        if period.name not in self._compared:
            company = self.book.company
            first = self.book.first_win(company.instant(period.start))
            if first is None or company.calendar.following(period, -1).start < first:
                return False
            self._compared.add(period.name)
        return True

    def _chances(self, at: int, win: Mapping[str, float] | None) -> Chance:
        state = at, len(self.book.moves)
        if self._chance is None or self._chance[:2] != state:
            self._chance = *state, Closings(self._stays.until(at), at // DAY)
        return by_stays(self._chance[2], win)

    def _outcomes(self, over: Iterable[Locked], day: date) -> dict[tuple[str, Unit], int]:
        """What came of the units that locks of periods that are over are about, as known when a day begins."""
        company = self.book.company
        came: Counter[tuple[str, Unit]] = Counter()
        for each in over:
            came[each.period, each.unit] = 0
        for win in self.book.known(day).wins if came else ():
            name = company.calendar.period(win.closed, self.grain).name
            for level in self.levels:
                pair = name, company.unit(win.position, level)
                if pair in came:
                    came[pair] += win.cents
        return dict(came)


def _said_first(each: Adjustment) -> tuple[object, ...]:
    """By time; where that is the same, by whatever makes it the same for everybody."""
    return each.at, each.by, each.period, each.unit, each.cents is None, each.cents or 0, each.reason
