"""Door: an event file -> what every version of the forecast would have said, and how it came out.

Events are folded as a partition does; a day's forecasts see what had happened when the day began, the stays of deals
learned until then, and the record of periods that were over by then. Forecasts are locked every week
(`streams/revenue/said.py`); the blend's weights are earned from those. What is judged are the first days of months.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from streams.backtest.errors import NothingToForecast
from streams.events.control import CONTROL
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.revenue.accuracy import Locked, is_weekly
from streams.revenue.blend import Earned
from streams.revenue.book import Book
from streams.revenue.company import Company, Unit
from streams.revenue.forecast import Forecast
from streams.revenue.periods import Grain, Period
from streams.revenue.position import Move, move_of
from streams.revenue.said import Said
from streams.state.admit import Admission, admit, fingerprint
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState

_HORIZON_DAYS = 14
_A_DAY = timedelta(days=1)


@dataclass(slots=True)
class History:
    """What an event file says of deals: their moves, and what was not taken in."""

    moves: list[Move] = field(default_factory=list)
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
        move = move_of(None if before is None else before.facts, after.facts, clock, offset, timezone)
        if move is not None:
            found.moves.append(move)
    found.deals, found.ended_at = len(states), clock
    return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """A trial that can begin: the days on which there is something to say, and the day on which the file ends."""

    said: Said
    since: date
    end: date
    days: tuple[tuple[Period, date], ...]


def prepare(history: History, company: Company, since: date, grain: Grain = "quarter") -> Prepared:
    """Find the days of a trial.

    Judged are the first days of months from `since` on, in periods that are over when the file ends. Raises
    `NothingToForecast` where there is none.
    """
    said = Said(Book(company, history.moves), grain=grain)
    end = company.day(history.ended_at) + _A_DAY
    days = tuple(days_of(said, end))
    if not any(_is_judged(day, since) for _, day in days):
        raise NothingToForecast(
            f"no month from {since} on lies in a {grain} that is over by {end} and has a whole one before it that "
            "begins after the first win; give an earlier --since, or a longer file"
        )
    return Prepared(said, since, end, days)


def try_out(ready: Prepared, progress: Callable[[int], None] | None = None) -> Trial:
    """Make every forecast that would have been made, and keep what was said; `progress` hears how many days are."""
    said, trial = ready.said, Trial()
    for done, (period, day) in enumerate(ready.days, start=1):
        made = said.make(period, said.book.known(day))
        trial.weights[period.name] = made.earned
        locks = said.locks(made)
        if is_weekly(day, period):
            said.keep(locks)
        if _is_judged(day, ready.since):
            trial.days.append(day)
            trial.judged += locks
            trial.made = made
        if progress is not None:
            progress(done)
    trial.weekly = list(said.kept)
    trial.came = dict(said.outcomes([*trial.weekly, *trial.judged], ready.end))
    return trial


def _is_judged(day: date, since: date) -> bool:
    return day.day == 1 and day >= since


def days_of(said: Said, end: date) -> Iterator[tuple[Period, date]]:
    """The days on which a forecast would have been made, in order, each with its period, which is over on `end`.

    They are the days of the weekly lock, and the first of each month.
    """
    for period in said.periods(end):
        for ahead in range(period.days if period.end <= end else 0):
            day = period.start + ahead * _A_DAY
            if day.day == 1 or is_weekly(day, period):
                yield period, day
