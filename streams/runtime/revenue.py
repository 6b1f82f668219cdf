"""The revenue program: all events in, answers out by key. Its state is the log.

What a sales leader asks is a function of the log, so nothing of it is written down but the answers: each start reads
`deal.activity`, `deal.alerts` and `deal.plays` from their beginning, and follows them from there. A thread of its own
keeps how all deals stand and makes the answers, which may take seconds where deals are many; the worker's loop only
hands records over and takes answers back. So that it leaves the machine to others it rests nine times as long as it
worked, and the whole program gives way where others want the processor (`give_way`).

Who owns the one partition of `deal.generation` in the program's group writes; others stand by with all in memory, and
would write the same. `deal.forecast` is the program's changelog: the weekly locks on it are what was said, and are read
back rather than made again. On the other topics only what changed is written, and what no round tells of any more goes.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Literal, get_args

from mode import Service
from msgspec import DecodeError

from streams.alerts.alert import decode_alert
from streams.config.topics import Topics
from streams.engine.task import Outgoing, Record, StateStore
from streams.plays.event import decode_play_event
from streams.replay.sight import Sight
from streams.revenue.accuracy import Locked
from streams.revenue.answers import (
    TOPICS,
    Answer,
    Said,
    SheetTold,
    Topic,
    key_of,
    topic_of,
)
from streams.revenue.company import Company, Unit
from streams.revenue.periods import FiscalCalendar
from streams.revenue.practice import Practice
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from streams.revenue.version import VERSIONS
from streams.runtime.answers import Answers
from streams.telemetry.emit import Metrics

Source = Literal["activity", "alerts", "plays"]
#: Records that wait for the thread at most; then the topics are not fetched from.
ROOM = 20_000
#: Between two rounds at least so many seconds, and so many times as long as the round took.
ROUND_EVERY_S = 5.0
REST = 9.0
#: The same after a lock: weeks that nobody was there for are made up a little faster.
REST_OF_LOCKS = 3.0
#: The thread takes records in for so long before it looks at the time.
_TURN_S = 0.2
_LOOK_EVERY_S = 0.05


class RevenueDesk(Service):
    """The thread that keeps how all deals stand and makes the answers, and what goes in and out of it."""

    abstract = False

    def __init__(self, company: Company, practice: Practice, metrics: Metrics, **kwargs: object) -> None:
        """Begin with nothing seen. Nothing is told before `begin`."""
        super().__init__(**kwargs)  # type: ignore[arg-type]  # a mode service's own options
        self.answers = Answers()
        self.standing = Standing(company, practice)
        self._sights: dict[int, Sight] = {}
        self._metrics = metrics
        self._inbox: deque[tuple[Source, Record]] = deque()
        self._counted: dict[Source, int] = dict.fromkeys(get_args(Source), 0)
        self._kept: list[Locked] | None = None
        self._weeks: dict[tuple[Literal["rep", "team"], str], date] = {}
        self._teller: Teller | None = None
        self._told_of: list[Locked] | None = None
        self._next_round = self._next_lock = 0.0
        self._ending = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="revenue", daemon=True)

    def on(self, source: Source) -> Callable[[Record], None]:
        """Return what takes the records of a topic."""
        return lambda record: self._inbox.append((source, record))

    def has_room(self) -> bool:
        """Whether more records should be read."""
        return len(self._inbox) < ROOM

    def on_answer(self, record: Record) -> None:
        """Learn what is on one of the topics of answers."""
        answer = self.answers.on_record(record.key or b"", record.value)
        if isinstance(answer, SheetTold):
            self._weeks[answer.sheet.level, answer.sheet.name] = answer.sheet.week

    def begin(self, kept: Sequence[tuple[bytes, bytes]]) -> None:
        """Tell from now on; `kept` is what the changelog has. Again, where another process had the partition."""
        said = (each for each in self.answers.begin(kept) if isinstance(each, Said))
        self._kept = list(whole_days(said, self.standing.company.calendar))

    async def on_start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @Service.task
    async def _watch(self) -> None:
        """End the program where the thread ended."""
        while not self.should_stop:
            if self._failure is not None:
                raise self._failure
            await self.sleep(_LOOK_EVERY_S)

    async def on_stop(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, 5.0)

    def _work(self) -> None:
        try:
            while not self._ending.is_set():
                took = self.take_in(monotonic() + _TURN_S)
                if not self._inbox and self._kept is not None:
                    self._tell(self._kept, monotonic())
                if not took:
                    self._ending.wait(_LOOK_EVERY_S)
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends the program, not only the thread
            self._failure = error

    def take_in(self, until: float) -> bool:
        """Take in what waits, until `until` (of `monotonic`); return whether anything did. For the thread alone."""
        took = 0
        while self._inbox and not self._ending.is_set():
            source, record = self._inbox.popleft()
            self._counted[source] += 1
            self._hear(source, record)
            took += 1
            if took % 64 == 0 and monotonic() > until:
                break
        if took:
            for each, records in self._counted.items():
                self._metrics.revenue_read(each, records)
            self._counted = dict.fromkeys(self._counted, 0)
            self._metrics.revenue_backlog(len(self._inbox))
        return took > 0

    def _hear(self, source: Source, record: Record) -> None:
        standing = self.standing
        if source == "activity":
            sight = self._sights.get(record.partition)
            if sight is None:
                sight = self._sights[record.partition] = Sight(standing.company.timezone)
            if (told := sight.take(record)) is not None:
                standing.take(told)
            elif sight.clock is not None:
                standing.pass_time(sight.clock)
        elif record.value is not None:
            try:
                if source == "alerts":
                    standing.hear(decode_alert(record.value))
                else:
                    standing.play(decode_play_event(record.value))
            except DecodeError:
                self._metrics.revenue_unreadable(source)

    def _tell(self, kept: list[Locked], now: float) -> None:
        """Make a round, or a lock, where it is time for one."""
        if self._teller is None or self._told_of is not kept:
            self._teller, self._told_of = Teller(self.standing, kept, self._weeks), kept
            self._next_round = now
        if now >= self._next_round:
            self._round(self._teller)
            took = monotonic() - now
            self._metrics.revenue_answered(self.standing.clock, took)
            self._next_round = monotonic() + max(ROUND_EVERY_S, REST * took)
        elif self._teller.waiting and now >= self._next_lock:
            for each in self._teller.lock():
                self._put(each)
            self._next_lock = monotonic() + REST_OF_LOCKS * (monotonic() - now)
        else:
            return
        self._metrics.revenue_known(len(self.standing.book), self._teller.waiting)

    def _round(self, teller: Teller) -> None:
        told: dict[Topic, set[bytes]] = {topic: set() for topic in TOPICS}
        for answer in teller.tell():
            if self._ending.is_set():
                return
            told[topic_of(answer)].add(key_of(answer))
            self._put(answer)
        if any(told.values()):
            self.answers.sweep(told)

    def _put(self, answer: Answer) -> None:
        if self.answers.put(answer):
            self._metrics.revenue_written(topic_of(answer), 1)


def whole_days(said: Iterable[Said], calendar: FiscalCalendar) -> Iterator[Locked]:
    """The locks of days of which all is there: the company's are written last, so a day without them was cut short.

    What is none of ours is left out: all of a period that is none, figures of a version that nobody knows here, or with
    a band of no width. Somebody else wrote it, or a later version of this program.
    """
    found = [each for each in said if _is_period(each.period, calendar)]
    whole = {(each.period, each.day) for each in found if each.unit == Unit()}
    for each in found:
        if (each.period, each.day) in whole:
            yield from (lock for lock in each.locks() if lock.version in VERSIONS and lock.width > 0)


def _is_period(name: str, calendar: FiscalCalendar) -> bool:
    try:
        calendar.named(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class RevenueTask:
    """The engine's task: writes what the desk has made. Its one partition says which of several processes writes."""

    store: StateStore
    topics: Topics
    desk: RevenueDesk

    def ready(self) -> Iterator[None]:
        """Hand the desk what is kept, and let it begin."""
        kept = []
        for item in self.store.items():
            kept.append(item)
            yield
        self.desk.begin(kept)

    def process(self, records: Sequence[Record], start: int) -> int:
        """Who leads is nothing to the answers."""
        return len(records)

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Nothing: the desk looks at the time."""

    def outbox(self) -> list[Outgoing]:
        """What changed on the topics that are no changelog."""
        return [
            Outgoing(getattr(self.topics, topic).name, key, value, (), 0, False)
            for topic in TOPICS
            if topic != "forecast"
            for key, value in self.desk.answers.take(topic)
        ]

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """What changed of the forecasts."""
        return self.desk.answers.take("forecast")

    def resume_offset(self) -> int | None:
        """Nothing to hold back."""
        return None
