"""One assigned partition: its task, the records waiting for it, and how far it has come."""

from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from streams.engine.errors import PositionLost, TaskFailed
from streams.engine.store import PartitionStore
from streams.engine.task import Record, Task

FIRST_GUESS_S = 50e-6
"""What a record is assumed to cost before the first ones were timed."""


class Mark(NamedTuple):
    """The end of the log as it was at an instant: reach the offset and all that was there at `wall_ms` is handled."""

    wall_ms: int
    offset: int


class Stretch(NamedTuple):
    """A part of a log: its records from offset `begin` to before `end`. Not every offset has one."""

    begin: int
    records: Sequence[Record]
    end: int


class Partition:
    """The progress of one partition while this worker owns it.

    `handled` is the watermark: every record below it is done, the one at it is not. Records are handled strictly in
    order, so there is nothing else to remember and no gap to step over. `fetched` is where the consumer stands; it
    moves over offsets that hold no record (transaction markers, what compaction removed), and with nothing waiting
    `handled` follows it.
    """

    __slots__ = (
        "_at",
        "_cost_s",
        "_slice",
        "_waiting",
        "backlog",
        "broken",
        "committed",
        "end",
        "fetched",
        "handled",
        "level_ms",
        "mark",
        "number",
        "stalled",
        "store",
        "task",
    )

    def __init__(self, number: int, task: Task, start: int, store: PartitionStore) -> None:
        """Begin at offset `start`: committed, or the first of the log. The store is the one the task reads."""
        self.number = number
        self.task = task
        self.store = store
        self.handled = self.fetched = self.committed = start
        self.backlog = 0
        self.stalled = False
        self.broken = False
        self.end: int | None = None
        self.mark: Mark | None = None
        self.level_ms: int | None = None
        self._waiting: deque[Sequence[Record]] = deque()
        self._slice: Sequence[Record] = ()
        self._at = 0
        self._cost_s = FIRST_GUESS_S

    @property
    def runnable(self) -> bool:
        """Whether there is something to do and nothing to wait for."""
        return self.backlog > 0 and not self.stalled

    @property
    def has_work(self) -> bool:
        """Whether records wait, here or in the log, or are handled and could be committed."""
        return self.backlog > 0 or (self.end is not None and self.end > self.handled) or self.may_commit() is not None

    def rest(self) -> None:
        """Forget what waits, to go on later with the first record that is not handled, fetched anew."""
        self._waiting.clear()
        self._slice, self._at = (), 0
        self.backlog = 0
        self.fetched = self.handled
        self.stalled = False
        self.end = self.mark = self.level_ms = None

    def lag(self, end: int, at_ms: int, now_ms: int) -> tuple[int, float]:
        """Return how many records are not handled, and for how many seconds the first has been there.

        `end` is where the log ended at `at_ms`. While the first is not fetched, it counts since all was handled.
        """
        records = max(0, end - self.handled)
        if not records or self.level_ms is None:
            self.level_ms = at_ms
        if not records:
            return 0, 0.0
        first = self._first_ms()
        since = self.level_ms if first is None or first <= 0 else first  # some producers stamp nothing
        return records, max(0.0, (now_ms - since) / 1000)

    def _first_ms(self) -> int | None:
        """The timestamp of the first record that is fetched and not handled."""
        if self._at < len(self._slice):
            return self._slice[self._at].timestamp
        return self._waiting[0][0].timestamp if self._waiting else None

    def extend(self, stretch: Stretch) -> None:
        """Take what was fetched. Raises PositionLost where it does not go on where the last one ended."""
        begin, records, end = stretch
        if begin != self.fetched:
            raise PositionLost(
                f"partition {self.number}: expected records from offset {self.fetched}, got those from {begin}; what "
                "lies between was fetched and did not arrive"
            )
        if end < begin or (records and records[0].offset < begin):
            raise PositionLost(
                f"partition {self.number}: expected records from offset {begin}, the log now continues at "
                f"{min(end, records[0].offset) if records else end}; was the topic recreated?"
            )
        if records:
            self._waiting.append(records)
            self.backlog += len(records)
        self.fetched = end
        if not self.backlog:
            self.handled = end

    def step(self, slice_s: float, slice_records: int) -> tuple[int, float]:
        """Let the task handle one slice; return how many records it handled and how many seconds it took.

        Raises TaskFailed; the partition is then broken: its states are not to be trusted.
        """
        if self._at == len(self._slice):
            self._slice = self._next_slice(min(slice_records, max(1, int(slice_s / self._cost_s))))
            self._at = 0
        began = perf_counter()
        upto = self._process()
        spent = perf_counter() - began
        n = upto - self._at
        self._at = upto
        self.backlog -= n
        self.stalled = upto < len(self._slice)
        if n:
            self.handled = self._slice[upto - 1].offset + 1
            self._cost_s = 0.7 * self._cost_s + 0.3 * (spent / n)
        if not self.backlog:
            self.handled = self.fetched
            self._slice, self._at = (), 0
        return n, spent

    def _process(self) -> int:
        try:
            upto = self.task.process(self._slice, self._at)
        except Exception as exc:
            raise self._failed(f"failed at or after offset {self._slice[self._at].offset}: {exc!r}") from exc
        if not self._at <= upto <= len(self._slice):
            raise self._failed(f"process() returned {upto} for records {self._at} to {len(self._slice)}")
        return upto

    def _failed(self, how: str) -> TaskFailed:
        self.broken = True
        first = self._slice[self._at]
        place: dict[str, str | int] = {"topic": first.topic, "partition": self.number, "offset": first.offset}
        return TaskFailed(f"partition {self.number}: {how}", place)

    def _next_slice(self, limit: int) -> Sequence[Record]:
        waiting = self._waiting
        batch = waiting.popleft()
        if len(batch) > limit:
            waiting.appendleft(batch[limit:])
            return batch[:limit]
        # Records that trickle in are fetched a few at a time, and a slice costs as much as some records do.
        if waiting and len(batch) + len(waiting[0]) <= limit:
            batch = list(batch)
            while waiting and len(batch) + len(waiting[0]) <= limit:
                batch += waiting.popleft()
        return batch

    def may_commit(self) -> int | None:
        """Return the offset to commit, or None if there is nothing new."""
        limit = self.task.resume_offset()
        offset = self.handled if limit is None else min(self.handled, limit)
        return offset if offset > self.committed else None
