"""Handing records to tasks: slice by slice, partition by partition, so that the loop gets to its other work."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from streams.engine.errors import TaskFailed
from streams.engine.lastwords import LastWords
from streams.engine.observer import Observer
from streams.engine.outbox import Outbox
from streams.engine.partition import Partition, Stretch
from streams.engine.turns import give_way


class Pump:
    """Runs the partitions this worker owns.

    There is no asyncio task, future or callback for a record, only for a slice: `Task.process` is synchronous, so
    whenever any other coroutine runs, every partition stands between two slices. That is why closing the pump is
    enough to be at a place where a checkpoint is complete.
    """

    def __init__(
        self,
        outbox: Outbox,
        observer: Observer,
        *,
        slice_s: float,
        slice_records: int,
        backlog: int,
        words: Sequence[LastWords] = (),
    ) -> None:
        """Slices of about `slice_s`, at most `slice_records`; no more than about `backlog` waiting per partition.

        What is said on the topics of `words` is said under the tenure of whoever says it.
        """
        self._outbox = outbox
        self._observer = observer
        self._slice_s = slice_s
        self._slice_records = slice_records
        self._backlog = backlog
        self._words = words
        self._partitions: dict[int, Partition] = {}
        self._open = False
        self._work = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def partitions(self) -> Collection[Partition]:
        """The partitions owned now."""
        return tuple(self._partitions.values())

    @property
    def owned(self) -> Mapping[int, int]:
        """The partitions that are worked on, each with the term of its ownership; none while they are given up."""
        return {each.number: each.store.term for each in self._partitions.values()} if self._open else {}

    def get(self, number: int) -> Partition | None:
        """Return a partition, if it is owned now."""
        return self._partitions.get(number)

    def open(self, partitions: Sequence[Partition]) -> None:
        """Own these partitions and begin."""
        self._partitions = {partition.number: partition for partition in partitions}
        self._open = True
        for partition in partitions:
            for words in self._words:
                words.own(partition.number, partition.store.term)
            self.send(partition)

    def close(self) -> None:
        """Handle nothing more. The partitions stay, for the last checkpoint."""
        self._open = False

    def drop(self) -> None:
        """Forget the partitions, and with them the tasks."""
        self._open = False
        self._partitions = {}
        self._room.set()

    def deliver(self, number: int, stretch: Stretch) -> None:
        """Take what was fetched for a partition. Raises PositionLost."""
        if self._open and (partition := self._partitions.get(number)) is not None:
            partition.extend(stretch)
            if stretch.records:
                self._work.set()

    def wake(self) -> None:
        """Let every task that waits for something outside try again."""
        for partition in self._partitions.values():
            partition.stalled = False
        self._work.set()

    def hungry(self, number: int) -> bool:
        """Whether more should be fetched for this partition."""
        return self._open and (partition := self.get(number)) is not None and partition.backlog < self._backlog

    def make_room(self) -> None:
        """End the wait for room."""
        self._room.set()

    async def room(self, timeout_s: float) -> None:
        """Wait until a partition may have become hungry."""
        self._room.clear()
        try:
            async with asyncio.timeout(timeout_s):
                await self._room.wait()
        except TimeoutError:
            return

    async def run(self) -> None:
        """Handle records for ever, in turns. Raises TaskFailed, or DeliveryFailed from a full outbox."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._open and (turn := [p for p in self._partitions.values() if p.runnable]):
                spent = 0.0
                for partition in turn:
                    if self._outbox.full:
                        await self._outbox.room()
                    if self._open and self._partitions.get(partition.number) is partition:
                        spent += self._step(partition)
                    if spent >= self._slice_s / 2 or partition is turn[-1]:
                        spent = 0.0
                        await give_way()

    def _step(self, partition: Partition) -> float:
        """Handle a slice; return the seconds that it took."""
        n, seconds = partition.step(self._slice_s, self._slice_records)
        self.send(partition)
        if n:
            self._observer.on_batch(partition.number, n, seconds)
        if partition.backlog < self._backlog:
            self._room.set()
        if partition.mark is not None and partition.handled >= partition.mark.offset:
            self._look(partition, partition.mark.wall_ms, caught_up=True)
        return seconds

    def look(self, partition: Partition, now_ms: int) -> None:
        """Let the task look at the clock. Raises TaskFailed."""
        if not self._open or self._partitions.get(partition.number) is not partition:
            return
        if partition.mark is not None and partition.handled >= partition.mark.offset:
            self._look(partition, partition.mark.wall_ms, caught_up=True)
        else:
            self._look(partition, now_ms, caught_up=False)

    def _look(self, partition: Partition, wall_ms: int, caught_up: bool) -> None:
        if caught_up:
            partition.mark = None
        try:
            partition.task.look(wall_ms, caught_up)
        except Exception as exc:
            partition.broken = True
            raise TaskFailed(f"partition {partition.number}: look() failed: {exc!r}") from exc
        self.send(partition)

    def send(self, partition: Partition) -> None:
        """Put what the task wants sent into the outbox. Raises TaskFailed."""
        try:
            outgoing = partition.task.outbox()
        except Exception as exc:
            partition.broken = True
            raise TaskFailed(f"partition {partition.number}: outbox() failed: {exc!r}") from exc
        if outgoing:
            for words in self._words:
                outgoing = words.say(partition.number, outgoing)
            self._outbox.put(outgoing)
