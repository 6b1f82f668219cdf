"""What must be true before an offset is committed.

The theory. A worker may vanish between any two instructions; its successor reads the changelog, takes the committed
offset, and handles the source from there. So the committed offset is a promise: *everything that follows from the
records below it is already in Kafka*. Two things follow from a record, what the task sends and what it remembers, and
they are written in this order:

    1. cut        at one moment, for each partition: the watermark, and which states changed since the last cut
    2. outbox     everything sent up to the cut is acknowledged
    3. changelog  every changed state is acknowledged
    4. offsets    the watermarks of the cut are committed

A crash after 1 or 2 replays records onto the old states: the same things are sent again, under the same ids. A crash
after 3 replays records onto states that have already seen them: the task skips them, and may, because by step 2 all
they led to is out. The other order (changelog before outbox) would lose what a skipped record should have sent. A
crash after 4 replays nothing.

A cut is atomic for each partition, which is all that Kafka commits by. Serialising what was cut takes longer: between
partitions, and between some hundred states, the loop gets its turn. What is handled meanwhile, and while steps 2 to 4
wait, belongs to the next checkpoint. Only one checkpoint runs at a time.

Every acknowledgement is awaited and every error raised. After the first failure there is no further checkpoint: the
states of the failed cut are in nobody's hands any more, so the only way on is a restart and a replay.

The store. What is cut goes into the partition's store at once, as an overlay that the task can read; when the changelog
has acknowledged it, it settles there, together with the changelog's next offset (see `store`). So what the store has
settled is never ahead of the changelog, on disk as in memory, and after a failure or a lost partition it is still the
fold of a prefix. A checkpoint that is complete, with nothing handled since, leaves a task that may go on with the same
partition after a rebalance (see `resume`).

The zombie. A worker that was stopped for longer than the session timeout has lost its partitions without knowing it;
its old states must not overwrite those of the new owner. So step 3 only begins when the group confirmed our membership
a short while ago; otherwise the offsets already committed are committed again, which changes nothing and fails if
somebody else owns the partition. While partitions are handed over it always asks: the group passes over a member that
lives when its last checkpoint takes longer than the rebalance may.

That is not quite enough: a worker may be stopped between the question and the writing, and its states arrive when it
wakes, hours later. Three things make that harmless. Acknowledgements say where states stand, so the owner notices at
its next write that a stranger's stand between; it commits nothing more and ends. Every state carries its owner's term,
so whoever reads the changelog next leaves the stranger's states out (`store`). And it writes what they overran again,
with its first checkpoint, before compaction can take them for the last word.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from time import monotonic, time
from typing import NamedTuple, Protocol

from streams.engine.errors import (
    ChangelogIntruded,
    CommitFailed,
    DeliveryFailed,
    EngineError,
    OwnershipLost,
    TaskFailed,
)
from streams.engine.observer import Observer
from streams.engine.partition import Partition
from streams.engine.producer import Delivery, Headers, RecordWriter
from streams.engine.store import State, term_headers
from streams.engine.turns import give_way

NOWHERE = -1
"""Kafka says this of an acknowledged batch whose offset it has forgotten."""


class _StateRecord(NamedTuple):
    key: bytes
    value: bytes | None
    headers: Headers


class Settler(Protocol):
    """The outbox, as far as a checkpoint needs it."""

    async def settle(self, timeout_s: float) -> None:
        """Return when everything sent so far is acknowledged. Raises DeliveryFailed."""


class Offsets(Protocol):
    """The consumer group, as far as a checkpoint needs it."""

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit the next offset of each partition. Raises OwnershipLost or CommitFailed."""


@dataclass(slots=True)
class Cut:
    """What one checkpoint makes true."""

    offsets: dict[Partition, int] = field(default_factory=dict)
    states: dict[Partition, Sequence[State]] = field(default_factory=dict)
    n_states: int = 0


class Checkpoint:
    """The one way in which offsets are committed. Not for concurrent owners: one for each worker."""

    states_at_once = 200
    """States that a task serialises before the loop gets its turn."""

    def __init__(
        self,
        *,
        outbox: Settler,
        writer: RecordWriter,
        offsets: Offsets,
        observer: Observer,
        changelog_topic: str | None,
        timeout_s: float,
        lease_s: float,
        clock: Callable[[], float] = monotonic,
        wall_ms: Callable[[], int] = lambda: int(time() * 1000),
    ) -> None:
        """Give up on Kafka after `timeout_s`; ask the group anew when its last answer is older than `lease_s`."""
        self._outbox = outbox
        self._writer = writer
        self._offsets = offsets
        self._observer = observer
        self._changelog_topic = changelog_topic
        self._timeout_s = timeout_s
        self._lease_s = lease_s
        self._clock = clock
        self._wall_ms = wall_ms
        self._confirmed_at = clock()
        self._lock = asyncio.Lock()
        self._failure: EngineError | None = None
        self.count = 0
        self.completed_at: float | None = None

    async def run(self, partitions: Callable[[], Sequence[Partition]]) -> None:
        """Take a cut of the partitions and make it true.

        Raises OwnershipLost when the group has given them away; TaskFailed, DeliveryFailed or CommitFailed when the
        worker must end. `partitions` is asked when it is this checkpoint's turn.
        """
        async with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                await self._run(partitions())
            except EngineError as exc:
                if not isinstance(exc, OwnershipLost):
                    self._failure = exc
                raise
            except asyncio.CancelledError:
                self._failure = CommitFailed("a checkpoint was interrupted; what it had cut is not written")
                raise

    def granted(self) -> None:
        """Note that the group has just dealt us our partitions."""
        self._confirmed_at = self._clock()

    def doubt(self) -> None:
        """Ask the group anew before states are written: a rebalance passes over members that live, but are slow."""
        self._confirmed_at = -inf

    async def _run(self, partitions: Sequence[Partition]) -> None:
        began = self._clock()
        cut = await self._cut(partitions)
        await self._outbox.settle(self._timeout_s)
        if cut.n_states:
            await self._prove_ownership(partitions)
            await self._write(cut.states)
        if cut.offsets:
            await self._commit({partition.number: offset for partition, offset in cut.offsets.items()})
            for partition, offset in cut.offsets.items():
                partition.committed = offset
        if cut.offsets or cut.n_states:
            self.count += 1
            self.completed_at = self._clock()
            self._observer.on_commit(self.completed_at - began, len(cut.offsets), cut.n_states)
        for partition in cut.states:
            while partition.store.tidy(self.states_at_once):
                await give_way()

    async def _cut(self, partitions: Sequence[Partition]) -> Cut:
        cut = Cut()
        for partition in partitions:
            if partition.broken:
                raise TaskFailed(f"partition {partition.number}: its states are not to be trusted")
            try:
                offset, changed = partition.may_commit(), await self._taken(partition.task.dirty())
            except Exception as exc:
                partition.broken = True
                raise TaskFailed(f"partition {partition.number}: could not say its states: {exc!r}") from exc
            if offset is not None:
                cut.offsets[partition] = offset
            if states := partition.store.cut(changed):
                cut.states[partition] = states
                cut.n_states += len(states)
            await give_way()
        return cut

    async def _taken(self, changed: Iterable[State]) -> Sequence[State]:
        """Return all of them. Nothing is awaited after the last one: then it counts as being in the store.

        A list is there already, and its task may have dropped what is in it: nobody gets a turn before it is cut.
        """
        if isinstance(changed, Sequence):
            return changed
        taken: list[State] = []
        for state in changed:
            taken.append(state)
            if len(taken) % self.states_at_once == 0:
                await give_way()
        return taken

    async def _prove_ownership(self, partitions: Sequence[Partition]) -> None:
        if self._clock() - self._confirmed_at > self._lease_s:
            await self._commit({partition.number: partition.committed for partition in partitions})

    async def _write(self, states: Mapping[Partition, Sequence[State]]) -> None:
        if self._changelog_topic is None:
            raise TaskFailed("a task has states to remember, but the program has no changelog topic")
        try:
            async with asyncio.timeout(self._timeout_s):
                sent: dict[Partition, list[Delivery]] = {}
                for partition, changed in states.items():
                    headers = term_headers(partition.store.term)
                    records = [_StateRecord(key, value, headers) for key, value in changed]
                    sent[partition] = await self._writer.send(self._changelog_topic, partition.number, records)
                # All are waited for, also after one has failed: an error nobody looks at would be logged as such.
                acks = [delivery.ack for deliveries in sent.values() for delivery in deliveries]
                results = await asyncio.gather(*acks, return_exceptions=True)
        except TimeoutError as exc:
            raise DeliveryFailed(f"the changelog took no states within {self._timeout_s:.0f} s") from exc
        for result in results:
            if isinstance(result, BaseException):
                raise DeliveryFailed(f"{self._changelog_topic} did not take a state: {result!r}") from result
        for partition, deliveries in sent.items():
            self._settle(partition, deliveries)
            await give_way()

    def _settle(self, partition: Partition, deliveries: Sequence[Delivery]) -> None:
        offsets = [delivery.ack.result().offset for delivery in deliveries]
        first = end = offsets[0]
        for offset, delivery in zip(offsets, deliveries, strict=True):
            if offset != end:
                first = NOWHERE
            end = offset + delivery.n
        try:
            partition.store.settle(first, end, self._wall_ms())
        except ChangelogIntruded as exc:
            raise ChangelogIntruded(
                f"{self._changelog_topic}/{partition.number} has records of somebody who does not own it: {exc}"
            ) from exc

    async def _commit(self, offsets: Mapping[int, int]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._offsets.commit(offsets)
        except TimeoutError as exc:
            raise CommitFailed(f"Kafka took no offsets within {self._timeout_s:.0f} s") from exc
        self._confirmed_at = self._clock()
