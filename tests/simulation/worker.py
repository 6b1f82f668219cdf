"""A worker process: the engine's own parts, put together without Faust. One life; what is on its disk outlives it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from streams.engine.checkpoint import Checkpoint
from streams.engine.errors import OwnershipLost
from streams.engine.lastwords import LastWords
from streams.engine.memory import Allowance, MemoryShelf
from streams.engine.mender import Mending
from streams.engine.observer import Unobserved
from streams.engine.outbox import Outbox
from streams.engine.packing import Plain
from streams.engine.partition import Partition, Stretch
from streams.engine.producer import Delivery, Writable
from streams.engine.pump import Pump
from streams.engine.store import Standing, Stores
from streams.engine.task import Outgoing, Record, StateStore
from streams.engine.tenure import Tenure
from tests.simulation.kafka import SESSION_S, Broken, Kafka
from tests.simulation.loop import SteppedLoop
from tests.simulation.truth import Count

TIMEOUT_S = 4.0
COMMIT_S = 0.25
FETCH_S = 0.15
HEARTBEAT_S = 0.6
MEND_S = 0.2
BATCH = 3
CHUNK = 4
STATES_AT_ONCE = 2
FRESH_BYTES = 60
"""Of states as small as these, two or three."""


class Counting:
    """The task of a partition: counts, and announces."""

    def __init__(self, number: int, store: StateStore, poison: set[tuple[int, int]]) -> None:
        """Count; a record in `poison` fails the first time that anybody handles it."""
        self._number = number
        self._store = store
        self._poison = poison
        self._counts: dict[bytes, Count] = {}
        self._changed: dict[bytes, None] = {}
        self._outgoing: list[Outgoing] = []

    def ready(self) -> None:
        """Take half of the states now, the others when they are needed."""
        for index, (key, value) in enumerate(self._store.items()):
            if index % 2:
                self._counts[key] = msgspec.json.decode(value, type=Count)

    def process(self, records: Sequence[Record], start: int) -> int:
        """Count all."""
        for record in records[start:]:
            if (self._number, record.offset) in self._poison:
                self._poison.discard((self._number, record.offset))
                raise ValueError("poison")
            key, value = record.key, record.value
            assert key is not None and value is not None
            count = self._counts.get(key)
            if count is None:
                known = self._store.get(key)
                count = Count() if known is None else msgspec.json.decode(known, type=Count)
            if record.offset <= count.seen:
                continue
            count = self._counts[key] = count.after(record.offset, int(value))
            self._changed[key] = None
            if (said := count.announcement(key)) is not None:
                self._outgoing.append(Outgoing("alerts", said, b"", urgent=bool(record.offset % 2)))
            self._outgoing.append(Outgoing("board", key, count.shown, partition=0, urgent=bool(record.offset % 2)))
        return len(records)

    def outbox(self) -> list[Outgoing]:
        """Hand over the announcements, and what the board is to say."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def dirty(self) -> Iterable[tuple[bytes, bytes | None]]:
        """Hand over the changed counts, and forget every other one: at once, or one by one as they are asked for."""
        changed, self._changed = self._changed, {}
        said = self._said([(key, self._counts[key]) for key in changed])
        return said if self._number % 2 else list(said)

    def _said(self, changed: Sequence[tuple[bytes, Count]]) -> Iterator[tuple[bytes, bytes | None]]:
        for key, count in changed:
            yield key, msgspec.json.encode(count)
        for key, _ in changed[::2]:
            if key not in self._changed:
                del self._counts[key]

    def resume_offset(self) -> int | None:
        """Hold nothing back."""
        return None

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Look away."""


class WatchedShelf(MemoryShelf):
    """A shelf that looks at every write whether it is the fold of the changelog, and at which its process may die."""

    def __init__(self, number: int, worker: "Worker") -> None:
        """Belong to a partition of a worker, and after its death to the next one with its disk."""
        super().__init__(Plain(), allowance=Allowance(FRESH_BYTES))
        self._number = number
        self.worker = worker

    def write(self, states: Mapping[bytes, bytes | None], standing: Standing | None) -> None:
        """Write, or die before it, or right after."""
        self.worker.at("a write to the disk")
        super().write(states, standing)
        changelog = self.worker.kafka.changelogs[self._number]
        if standing is None or standing.position > len(changelog.records):
            raise Broken(f"{self.worker.name}: the shelf of {self._number} is ahead of the changelog: {standing}")
        if dict(self.items()) != changelog.folds[standing.position]:
            raise Broken(f"{self.worker.name}: the shelf of {self._number} is no fold of the changelog to {standing}")
        self.worker.at("a write to the disk")

    def close(self) -> None:
        """Leave it all on the disk."""


class Worker:
    """One process."""

    checkpoint_class: type[Checkpoint] = Checkpoint
    outbox_class: type[Outbox] = Outbox
    tenure_class: type[Tenure] = Tenure
    mending_class: type[Mending] = Mending

    def __init__(self, name: str, kafka: Kafka, disk: dict[int, WatchedShelf] | None, poison: set[Any]) -> None:
        """Prepare; `disk` has what an earlier life left, None for a worker that keeps its states in memory."""
        self.name = name
        self.kafka = kafka
        self.loop = SteppedLoop(lambda: kafka.world.now)
        self.alive = True
        self.frozen = False
        self.cut_off_at = float("inf")
        self.struck_at: str | None = None
        self.takeovers: list[str] = []
        self.generation = -1
        self.failure: BaseException | None = None
        self._disk = disk
        self._poison = poison
        self._leaving = False
        self._background: list[asyncio.Task[Any]] = []
        outbox = self._outbox = self.outbox_class(self, 10_000, self._fail)
        self.words = LastWords("board")
        self._heard = 0
        self.pump = Pump(outbox, Unobserved(), slice_s=1e9, slice_records=BATCH, backlog=2 * BATCH, words=[self.words])
        self._mending = self.mending_class(self.words, lambda: self.pump.owned, self._board, outbox.put)
        self.checkpoint = self.checkpoint_class(
            outbox=outbox,
            writer=self,
            offsets=self,
            observer=Unobserved(),
            changelog_topic="changelog",
            timeout_s=TIMEOUT_S,
            lease_s=SESSION_S / 2,
            clock=self.loop.time,
            wall_ms=lambda: kafka.now_ms,
        )
        self.checkpoint.states_at_once = STATES_AT_ONCE
        self.tenure = self.tenure_class(self.pump, self.checkpoint, Stores(self._shelf), max_age_ms=10**9)
        works = (self.pump.run(), outbox.run(), self._fetch(), self._commit_now_and_then(), self._belong())
        for work in (*works, self._mend()):
            self._background.append(self.loop.create_task(self._guard(work)))

    def _shelf(self, number: int) -> WatchedShelf:
        if self._disk is None:
            return WatchedShelf(number, self)
        shelf = self._disk.setdefault(number, WatchedShelf(number, self))
        shelf.worker = self
        return shelf

    # -- life and death

    @property
    def answers(self) -> bool:
        """Whether it lives and is not stopped."""
        return self.alive and not self.frozen

    def at(self, place: str) -> None:
        """Be struck here, if that is planned. Raises Killed."""
        self.kafka.world.at(place, self)

    def ask_to_stop(self) -> None:
        """Deliver SIGTERM."""
        self._leaving = True

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as exc:  # noqa: BLE001  # whatever it is, it ends the process
            self._fail(exc)

    def _fail(self, failure: BaseException) -> None:
        if self.failure is None:
            self.failure = failure

    # -- ports of the engine

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """All announcements go to one partition."""
        return 0

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Write, in batches of two."""
        deliveries = []
        for begin in range(0, len(records), 2):
            batch = list(records[begin : begin + 2])
            self.at("a write to the changelog" if topic == "changelog" else "a write of what is sent")
            await asyncio.sleep(0)
            serve = partial(self.kafka.append, topic, partition, batch)
            ack = self.kafka.request(self, f"produce {topic} {partition}", serve)
            deliveries.append(Delivery(ack, len(batch)))
            await asyncio.sleep(0)
        return deliveries

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit as a member of the generation that dealt the partitions."""
        generation = self.generation
        await self.kafka.request(self, "group", lambda: self.kafka.commit(self, generation, offsets))

    # -- what Faust would do

    async def _commit_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            await self.tenure.checkpoint()

    async def _fetch(self) -> None:
        while True:
            wanted = [each for each in self.pump.partitions if self.pump.hungry(each.number)]
            if not wanted:
                await self.pump.room(FETCH_S)
            for partition in wanted:
                position = partition.fetched
                records = await self._ask("fetch", lambda p=partition, at=position: self._source(p.number, at))
                if self.pump.get(partition.number) is partition and partition.fetched == position:
                    self.pump.deliver(partition.number, Stretch(position, records, position + len(records)))
            await asyncio.sleep(FETCH_S)

    def _source(self, number: int, position: int) -> Sequence[Record]:
        return self.kafka.source[number][position : position + BATCH + 1]

    async def _ask(self, place: str, serve: Any) -> Any:
        return await self.kafka.request(self, place, serve)

    async def _hear(self) -> bool:
        """Hear some of what is new on the board; return whether there was anything."""
        records = await self._ask("follow", lambda: self.kafka.board[self._heard : self._heard + CHUNK])
        for record in records:
            self.words.hear(record)
        self._heard += len(records)
        return bool(records)

    async def _follow(self) -> None:
        while True:
            await self._hear()
            await asyncio.sleep(FETCH_S)

    async def _board(self) -> AsyncIterator[Sequence[Record]]:
        end = await self._ask("look through", lambda: len(self.kafka.board))
        for at in range(0, end, CHUNK):
            yield await self._ask("look through", lambda at=at: self.kafka.board[at : min(end, at + CHUNK)])

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(MEND_S)
            await self._mending.look()

    async def _belong(self) -> None:
        while await self._hear():
            pass
        self._background.append(self.loop.create_task(self._guard(self._follow())))
        while True:
            self.generation, mine = await self._join()
            self.tenure.dealt()
            recovery = self.loop.create_task(self._guard(self._recover(mine)))
            while await self._well():
                await asyncio.sleep(HEARTBEAT_S)
            recovery.cancel()
            await asyncio.sleep(0)
            await self.tenure.release()
            self.at("rest")
            await asyncio.sleep(0)
            if self._leaving:
                await self._ask("group", lambda: self.kafka.group.leave(self.name))
                self.alive = False
                return

    async def _join(self) -> tuple[int, list[int]]:
        dealt: asyncio.Future[tuple[int, list[int]]] = self.loop.create_future()

        def answer(what: tuple[int, list[int]]) -> None:
            self.loop.call_soon(dealt.set_result, what)

        await self._ask("group", lambda: self.kafka.group.join(self, answer))
        return await dealt

    async def _well(self) -> bool:
        if self._leaving:
            return False
        generation = self.generation
        try:
            return bool(await self._ask("group", lambda: self.kafka.group.heartbeat(self, generation)) == "well")
        except OwnershipLost:
            return False

    async def _recover(self, mine: Sequence[int]) -> None:
        tenure, generation = self.tenure, self.generation
        tenure.let_go(set(mine))
        starts = {number: await self._ask("ask", lambda n=number: self.kafka.committed.get(n, 0)) for number in mine}
        for number in mine:
            standing = tenure.stores.of(number).standing
            written = standing.written_ms if standing is not None else 0
            log = await self._ask("ask", lambda n=number, w=written: self.kafka.describe(n, w))
            to_read = tenure.assess(number, starts[number], log, self.kafka.now_ms)
            self.takeovers.append(to_read.how.value)
            at = to_read.begin
            while at < to_read.end:
                records = await self._ask("ask", lambda n=number, at=at: self._changes(n, at))
                at += len(records)
                tenure.stores.of(number).load(records, at)
        tenure.open([self._revive(number, starts[number], generation) for number in mine])

    def _changes(self, number: int, at: int) -> Sequence[Record]:
        return self.kafka.changelogs[number].records[at : at + CHUNK]

    def _revive(self, number: int, start: int, generation: int) -> Partition:
        rested = self.tenure.resting(number, generation)
        if rested is not None:
            self.takeovers.append("went on")
            return rested
        task = Counting(number, self.tenure.stores.of(number), self._poison)
        task.ready()
        return self.tenure.appoint(number, task, start, generation)
