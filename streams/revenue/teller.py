"""Door: how all deals stand -> every answer that is kept current, made anew in rounds, and the weekly locks.

A round tells of the fiscal quarter that runs and of the one after it, as of the latest instant. What moves slowly and
takes long (dates, cohorts, batches, the matrix) is looked through once a day of the company's, sheets once a week. A
lock is made by what was on record when its day began, so it makes no difference when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from models.closing import Closings
from streams.revenue.accuracy import Locked, Score
from streams.revenue.answers import Answer, Said, said_of
from streams.revenue.chances import by_stays
from streams.revenue.company import Level, Unit
from streams.revenue.forecast import forecasts_on, ground_of
from streams.revenue.periods import Period
from streams.revenue.reliability import chances_then, reliability, told
from streams.revenue.said import JUDGED
from streams.revenue.said import Said as Record
from streams.revenue.standing import Standing
from streams.revenue.stays import StayCount
from streams.revenue.tell_coaching import Weeks, tell_attribution, tell_matrix, tell_sheets
from streams.revenue.tell_forecast import CUTS, Past, tell_forecasts
from streams.revenue.tell_pipeline import Daily, look_through, tell_pipelines
from streams.state.opportunity import DAY


class Teller:
    """Makes the answers. `kept` are the locks that were made before, `weeks` the sheets that there are."""

    def __init__(self, standing: Standing, kept: Iterable[Locked] = (), weeks: Weeks | None = None) -> None:
        """Tell of a standing that goes on being kept up to date, between two rounds."""
        self.standing = standing
        self._record = Record(standing.book, JUDGED, kept=kept)
        self._adjustments = 0
        #: Beside that of the record, which asks about days that are over.
        self._stays = StayCount(standing.book.moves)
        self._weeks = dict(weeks or {})
        self._day: date | None = None
        self._daily = Daily(wrong=(), cohorts=(), batches=())
        #: The chances of deals when a period began, by its name: they stay what they were. What came of them may not.
        self._chances: dict[str, dict[str, float]] = {}
        self._waiting: list[tuple[Period, date]] = []
        self._locked = False
        self._levels: dict[tuple[str, Level], Score] = {}
        self._people: dict[tuple[str, str, Unit], Score] = {}
        self._everybody: dict[tuple[str, str], Score] = {}

    @property
    def waiting(self) -> int:
        """How many days are still to be locked, as of the last round."""
        return len(self._waiting)

    def tell(self) -> Iterator[Answer]:
        """Make a round, as of the latest instant; nothing before there is a deal. Not to be used across a change."""
        standing, company = self.standing, self.standing.company
        if not standing.book.moves:
            return
        for said in standing.adjustments[self._adjustments :]:
            self._record.hear(said)
        self._adjustments = len(standing.adjustments)
        at = standing.clock + 1
        day = company.day(at)
        running = company.calendar.period(day)
        self._waiting = list(self._record.due(day))
        if day != self._day or self._locked:
            self._judge(day)
        closings = Closings(self._stays.until(at), at // DAY)
        for period in (running, company.calendar.following(running)):
            yield from self._forecasts(period, at, closings)
        if day != self._day:
            self._daily = look_through(standing, at, closings)
        since = company.instant(running.start)
        periods = running, company.calendar.following(running)
        yield from tell_pipelines(standing, periods, since, at, self._daily)
        yield from tell_attribution(standing, at)
        if day != self._day:
            yield tell_matrix(standing, at)
            for each in tell_sheets(standing, at, self._weeks):
                self._weeks[each.sheet.level, each.sheet.name] = each.sheet.week
                yield each
        self._day = day

    def lock(self) -> list[Said]:
        """Make the first of the locks that are waiting; nothing where none is."""
        if not self._waiting:
            return []
        period, day = self._waiting.pop(0)
        self._locked = True
        return said_of(self._record.say(period, day))

    def _forecasts(self, period: Period, at: int, closings: Closings) -> Iterator[Answer]:
        book, company = self.standing.book, self.standing.company
        known = book.known_at(at)
        ground = ground_of(book, period, known, by_stays(closings))
        weights = self._record.weights(period, known.day)
        for each in ground.before:
            if each.period.name not in self._chances:
                self._chances[each.period.name] = chances_then(book, self.standing.moves, each.period)
        past = Past(
            locks=tuple(each for each in self._record.kept if each.period == period.name),
            levels=self._levels,
            people=self._people,
            everybody=self._everybody,
            came=reliability(
                one for each in ground.before for one in told(self._chances[each.period.name], each.period, known)
            ),
            waiting=self.waiting,
        )
        for made in forecasts_on(ground, CUTS, weights=weights, said=self._record.adjustments).values():
            yield from tell_forecasts(made, company, past)

    def _judge(self, day: date) -> None:
        """Read anew how what was said came out, of periods that are over."""
        self._levels = self._record.record(lambda lock: (lock.version, lock.unit.level), day)
        people = self._record.record(lambda lock: (lock.version, lock.by, lock.unit), day)
        self._people = {key: score for key, score in people.items() if key[1]}
        everybody = self._record.record(lambda lock: (lock.version, lock.by), day)
        self._everybody = {key: score for key, score in everybody.items() if key[1]}
        self._locked = False
