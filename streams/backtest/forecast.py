"""Door: an event file -> what every version of the forecast would have said, and how it came out.

Events are folded as a partition does; a day's forecasts see what had happened when the day began, the stays of deals
learned until then, and the record of periods that were over by then. Forecasts are locked every week, from the first
period on that has an earlier one to be compared with; the blend's weights are earned from those. What is judged are the
first days of months.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.closing import Closings
from models.dwell import Dwell, Stay, observe_stays
from streams.backtest.errors import NothingToForecast
from streams.events.contract import AnyEvent
from streams.events.control import CONTROL
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.labels.stays import changed_stays
from streams.revenue.accuracy import Locked, is_weekly
from streams.revenue.blend import Earned, earned
from streams.revenue.book import Book
from streams.revenue.chances import by_stays
from streams.revenue.company import Company, Level, Unit
from streams.revenue.forecast import Forecast, forecast, locked
from streams.revenue.periods import Grain, Period
from streams.revenue.position import Move, move_of
from streams.state.admit import Admission, admit, fingerprint
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from streams.state.opportunity import DAY

#: The levels that are judged: each is made of the one before.
JUDGED: tuple[Level, ...] = ("rep", "team", "region", "company")
_HORIZON_DAYS = 14
_A_DAY = timedelta(days=1)


@dataclass(slots=True)
class History:
    """What an event file says of deals: their moves, the stays told at each instant, and what was not taken in."""

    moves: list[Move] = field(default_factory=list)
    stays: list[tuple[int, Stay, int]] = field(default_factory=list)
    deals: int = 0
    events: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    ended_at: int = 0


@dataclass(slots=True)
class Trial:
    """What came out: everything that was locked, what was said on the days that are judged, and what came.

    `days` are the days that are judged, `made` the forecasts of the latest of them.
    """

    weekly: list[Locked] = field(default_factory=list)
    judged: list[Locked] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    came: dict[tuple[str, Unit], int] = field(default_factory=dict)
    weights: dict[str, Earned] = field(default_factory=dict)
    made: Forecast | None = None


def read(lines: Iterable[bytes], now: int, timezone: str) -> History:
    """Fold a file in its order; `now` (milliseconds) is when it is read, `timezone` that of deals that name none."""
    found = History()
    states: dict[str, DealState] = {}
    clock = 0
    for offset, line in enumerate(lines):
        event = decode(line, None, now)
        if isinstance(event, Rejection):
            found.left_out[event.reason.value] += 1
            continue
        clock = max(clock, event.at)
        if type(event) in CONTROL:
            continue
        mark = fingerprint(event)
        before = states.get(event.subject)
        admitted = admit(before, mark, event.at, offset, clock)
        if admitted is not Admission.FRESH:
            found.left_out[admitted.value] += 1
            continue
        after = fold(before, event, Arrival(mark, offset, clock), timezone, _HORIZON_DAYS)
        states[event.subject] = after
        found.events += 1
        _tell(found, before, after, event, clock, offset, timezone)
    found.deals, found.ended_at = len(states), clock
    return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """A trial that can begin: the days on which there is something to say, and the day on which the file ends."""

    history: History
    book: Book
    since: date
    end: date
    days: tuple[tuple[Period, date], ...]


def prepare(history: History, company: Company, since: date, grain: Grain = "quarter") -> Prepared:
    """Find the days of a trial.

    Judged are the first days of months from `since` on, in periods that are over when the file ends. Raises
    `NothingToForecast` where there is none.
    """
    book = Book(company, history.moves)
    end = company.day(history.ended_at) + _A_DAY
    days = tuple(days_of(book, end, grain))
    if not any(_is_judged(day, since) for _, day in days):
        raise NothingToForecast(
            f"no month from {since} on lies in a {grain} that is over by {end} and has a whole one before it that "
            "begins after the first win; give an earlier --since, or a longer file"
        )
    return Prepared(history, book, since, end, days)


def try_out(ready: Prepared, progress: Callable[[int], None] | None = None) -> Trial:
    """Make every forecast that would have been made, and keep what was said; `progress` hears how many days are."""
    book, company = ready.book, ready.book.company
    stays = _Stays(ready.history.stays)
    trial = Trial()
    for done, (period, day) in enumerate(ready.days, start=1):
        name = period.name
        if name not in trial.weights:
            trial.came = _outcomes(book, trial.weekly, day)
            trial.weights[name] = earned(trial.weekly, trial.came, "rep")
        known = book.known(day)
        chance = by_stays(Closings(stays.until(known.at), known.at // DAY))
        made = forecast(book, period, known, chance, weights=trial.weights[name])
        said = [each for level in JUDGED for each in locked(made, level, company)]
        if is_weekly(day, period):
            trial.weekly += said
        if _is_judged(day, ready.since):
            trial.days.append(day)
            trial.judged += said
            trial.made = made
        if progress is not None:
            progress(done)
    trial.came = _outcomes(book, [*trial.weekly, *trial.judged], ready.end)
    return trial


def _is_judged(day: date, since: date) -> bool:
    return day.day == 1 and day >= since


def days_of(book: Book, end: date, grain: Grain) -> Iterator[tuple[Period, date]]:
    """The days on which a forecast would have been made, in order, each with its period, which is over on `end`.

    They are the days of the weekly lock, and the first of each month.
    """
    calendar = book.company.calendar
    wins = book.known(end).wins
    if not wins:
        return
    period = calendar.period(min(each.closed for each in wins), grain)
    while period.end <= end:
        if book.earlier(book.known(period.start), period):
            for ahead in range(period.days):
                day = period.start + ahead * _A_DAY
                if day.day == 1 or is_weekly(day, period):
                    yield period, day
        period = calendar.following(period)


def _outcomes(book: Book, said: Iterable[Locked], day: date) -> dict[tuple[str, Unit], int]:
    """What came of every unit that something was said of, in periods that are over when `day` begins."""
    company = book.company
    known = book.known(day)
    came: Counter[tuple[str, Unit]] = Counter()
    for pair in {(each.period, each.unit) for each in said}:
        if company.calendar.named(pair[0]).end <= day:
            came[pair] = 0
    grains = {company.calendar.grain(company.calendar.named(period)) for period, _ in came}
    for win in known.wins:
        for grain in grains:
            period = company.calendar.period(win.closed, grain).name
            for level in JUDGED:
                pair = (period, company.unit(win.position, level))
                if pair in came:
                    came[pair] += win.cents
    return dict(came)


def _tell(
    found: History,
    before: DealState | None,
    after: DealState,
    event: AnyEvent,
    clock: int,
    offset: int,
    timezone: str,
) -> None:
    move = move_of(None if before is None else before.facts, after.facts, clock, offset, timezone)
    if move is not None:
        found.moves.append(move)
    found.stays += [(clock, stay, times) for stay, times in changed_stays(before, after, event, timezone)]


class _Stays:
    """The stays of all deals, as they were told until an instant; asked for in the order of time."""

    def __init__(self, told: list[tuple[int, Stay, int]]) -> None:
        self._told = told
        self._next = 0
        self._dwell = Dwell()

    def until(self, at: int) -> Dwell:
        """What was told before `at` (milliseconds)."""
        first = self._next
        while self._next < len(self._told) and self._told[self._next][0] < at:
            self._next += 1
        told = [(stay, times) for _, stay, times in self._told[first : self._next]]
        self._dwell = observe_stays(self._dwell, told, at // DAY)
        return self._dwell
