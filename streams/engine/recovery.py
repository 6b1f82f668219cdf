"""Getting the states back: the changelog read in batches to its end, folded, and handed to new tasks.

Faust decides which changelog partitions are ours (its assignor keeps them beside the source's) and when to recover
(its `Recovery` service, after every rebalance). What happens in between is replaced, because Faust's own way sends
each record through a queue, goes on with empty tables when the broker is slow to say where the log ends, and drops
errors from callbacks.

At every rebalance the group takes all partitions back and deals them anew; most come back to where they were. What a
worker still has of a partition is used as far as `resume` says that it may: a task that goes on, a store that needs the
changelog's tail, or one that is read whole. What was not read to its end is never handed to a task.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from time import monotonic, time
from typing import Any, TypeVar, cast

import faust
from aiokafka.errors import IllegalStateError, KafkaError
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.types import TP
from mode import Service

from streams.engine.consumer import QUESTION_S, EngineConsumer
from streams.engine.errors import EngineError, RecoveryFailed, TaskFailed
from streams.engine.intake import Intake
from streams.engine.owner import Owner
from streams.engine.partition import Partition, Stretch
from streams.engine.resume import Log
from streams.engine.task import Task
from streams.engine.tenure import Tenure, ToRead

READY_S = 0.010
"""Time for which a task is made ready before the loop gets its turn."""
T = TypeVar("T")


class EngineRecovery(Recovery):
    """Brings the partitions of a new assignment to life: read, restore, seek, open."""

    def __post_init__(self) -> None:
        """Start with nothing to read."""
        self._intake = Intake()
        self.progress = 0
        """Grows as long as a recovery gets on."""

    @Service.task
    async def _restart_recovery(self) -> None:
        while not self.should_stop:
            if await self.wait_for_stopped(self.signal_recovery_start):  # type: ignore[arg-type]  # any event will do
                return
            self.signal_recovery_start.clear()
            try:
                await self._recover()
            except (RebalanceAgain, IllegalStateError) as exc:
                self.log.info("The group rebalanced during recovery: %r", exc)
            except ServiceStopped:
                return
            except KafkaError as exc:
                raise RecoveryFailed(f"could not read the changelog: {exc!r}") from exc

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Do nothing: changelog records come through `absorb`, not through the queue."""

    @Service.task
    async def _publish_stats(self) -> None:
        """Do nothing: the statistics count what came through the queue."""

    async def _recover(self) -> None:
        began = monotonic()
        owner, tenure, thread = self._owner, self._tenure, self._consumer.thread
        term = tenure.term
        self._intake.begin({}, 0)
        self._set_recovery_started()
        sources = sorted(tp for tp in self._consumer.assignment() if tp.topic == owner.settings.source_topic)
        tenure.let_go({tp.partition for tp in sources})
        starts = await self._uninterrupted(thread.run(thread.starts(sources)))
        logs = await self._look_at_changelogs(sources)
        now_ms = int(time() * 1000)
        await self._read({tp.partition: tenure.assess(tp.partition, starts[tp], logs[tp], now_ms) for tp in sources})
        partitions = [await self._revive(tp.partition, starts[tp], began, term) for tp in sources]
        stands = {tp: partition.handled for tp, partition in zip(sources, partitions, strict=True)}
        self._check_term(term)
        # Opened before the seek: a fetch under way brings what it found behind it sooner than the seek is known here.
        owner.open(partitions, seek := thread.reserve_seek())
        await self._uninterrupted(thread.run(thread.seek_all(stands, seek)))
        self._check_term(term)
        await self._resume(sources)

    async def _look_at_changelogs(self, sources: Sequence[TP]) -> dict[TP, Log | None]:
        topic, thread = self._owner.settings.changelog_topic, self._consumer.thread
        if topic is None:
            return dict.fromkeys(sources)
        changelogs = {TP(topic, tp.partition): tp for tp in sources}
        if strangers := changelogs.keys() ^ self.active_tps:
            raise RecoveryFailed(f"the assignor did not deal source and changelog together: {sorted(strangers)}")
        if not changelogs:
            return {}
        first, ends = await self._uninterrupted(thread.run(thread.bounds(list(changelogs))))
        if missing := [tp for tp in changelogs if tp not in first or tp not in ends]:
            raise RecoveryFailed(f"Kafka did not say where these changelogs end: {missing}")
        standings = {tp: self._tenure.stores.of(tp.partition).standing for tp in changelogs}
        written = {tp: standing.written_ms for tp, standing in standings.items() if standing is not None}
        younger = await self._uninterrupted(thread.run(thread.younger(written)))
        return {source: Log(first[tp], ends[tp], younger.get(tp)) for tp, source in changelogs.items()}

    async def _read(self, readings: Mapping[int, ToRead]) -> None:
        owner, consumer = self._owner, self._consumer
        topic = owner.settings.changelog_topic
        if topic is None or not readings:
            return
        # Also those that are not read: aiokafka would fetch them from their beginning.
        begins = {TP(topic, number): reading.begin for number, reading in readings.items()}
        ends = {TP(topic, n): reading.end for n, reading in readings.items() if reading.end > reading.begin}
        seek = consumer.thread.reserve_seek()
        self._intake.begin({tp: (begins[tp], end) for tp, end in ends.items()}, seek)
        await self._uninterrupted(consumer.thread.run(consumer.thread.seek_all(begins, seek)))
        if ends:
            consumer.resume_partitions(ends)
            await self._flow()
            while not self._intake.done:
                await self._load_next()
            consumer.pause_partitions(begins)
            await self._see_that_it_ends(ends)

    async def _see_that_it_ends(self, ends: Mapping[TP, int]) -> None:
        """Refuse a changelog that claims to go on behind its end: its last batch is damaged (see `damage`)."""
        stands = {tp: self._tenure.stores.of(tp.partition).standing for tp in ends}
        beyond = {tp: at.position for tp, at in stands.items() if at is not None and at.position > ends[tp]}
        if not beyond:
            return
        thread = self._consumer.thread
        # A worker that had lost the partition may have written meanwhile: then it really is longer now.
        now = await self._uninterrupted(thread.run(thread.ends(list(beyond))))
        if wrong := sorted(tp for tp, position in beyond.items() if position > now[tp]):
            raise RecoveryFailed(f"damaged changelogs: their last batch claims offsets behind the end: {wrong}")

    async def _load_next(self) -> None:
        arrived = self._intake.take()
        if arrived is None:
            await self._uninterrupted(self._intake.news.wait(), timeout=None)
            return
        self._owner.make_room()
        store = self._tenure.stores.of(arrived.tp.partition)
        # In a thread, since packing and writing let the others run. Waited for whatever happens: it owns the store.
        await asyncio.to_thread(store.load, arrived.stretch.records, arrived.stretch.end)
        self._intake.loaded(arrived)
        self.progress += 1
        self._check_interruption()

    def absorb(self, tp: TP, stretch: Stretch, seek: int) -> None:
        """Take what was fetched of a changelog after a seek. Raises RecoveryFailed."""
        self._intake.absorb(tp, stretch, seek)

    def wants(self, tp: TP) -> bool:
        """Whether more of this changelog should be fetched now."""
        return self._intake.wants(tp)

    async def _revive(self, number: int, start: int, began: float, term: int) -> Partition:
        owner, tenure = self._owner, self._tenure
        generation = self.app.consumer_generation_id
        partition = tenure.resting(number, generation)
        if partition is None:
            try:
                task = owner.make_task(number, tenure.stores.of(number))
                await self._make_ready(task, term)
            except (RebalanceAgain, EngineError):
                raise
            except Exception as exc:
                raise TaskFailed(f"partition {number}: could not be recovered: {exc!r}") from exc
            partition = tenure.appoint(number, task, start, generation)
        owner.observer.on_recovered(number, len(partition.store), self._intake.n_read[number], monotonic() - began)
        return partition

    async def _make_ready(self, task: Task, term: int) -> None:
        turn = monotonic()
        for _ in task.ready() or ():
            if monotonic() - turn > READY_S:
                await asyncio.sleep(0)
                self._check_term(term)
                self.progress += 1
                turn = monotonic()

    async def _resume(self, sources: Sequence[TP]) -> None:
        app = self.app
        self._set_recovery_ended()
        app.consumer.resume_partitions(set(sources))
        self.completed.set()
        await self._flow()
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        app.on_rebalance_end()
        await app.on_rebalance_complete.send()
        self.log.info("Working on partitions %s", [tp.partition for tp in sources])

    async def _flow(self) -> None:
        self.app.flow_control.resume()
        self.app.consumer.resume_flow()
        await cast(faust.App, self.app)._fetcher.maybe_start()

    async def _uninterrupted(self, work: Coroutine[Any, Any, T], timeout: float | None = QUESTION_S) -> T:
        """Wait for `work`. Raises RebalanceAgain, ServiceStopped, or RecoveryFailed when it takes too long.

        Faust's own helper takes a timeout for a stop, and the worker then waits for ever.
        """
        future = asyncio.ensure_future(work)
        result = await self.wait_first(future, self.signal_recovery_start, timeout=timeout)  # type: ignore[arg-type]
        self._check_interruption()
        if result.stopped:
            raise RecoveryFailed(f"Kafka did not answer within {timeout:.0f} s")
        return future.result()

    def _check_interruption(self) -> None:
        if self.should_stop:
            raise ServiceStopped()
        if self.signal_recovery_start.is_set():
            raise RebalanceAgain()

    def _check_term(self, term: int) -> None:
        if self._tenure.term != term or self.signal_recovery_start.is_set():
            raise RebalanceAgain()

    @property
    def _tenure(self) -> Tenure:
        return self._owner.tenure

    @property
    def _owner(self) -> Owner:
        # Faust makes the recovery, so the owner cannot be handed in; it is the `engine` of the app.
        return cast(Owner, cast(Any, self.app).engine)

    @property
    def _consumer(self) -> EngineConsumer:
        return cast(EngineConsumer, self.app.consumer)


class EngineTableManager(TableManager):
    """Faust's table manager with this recovery, and without its pause of a second for tables that come late."""

    @property
    def recovery(self) -> EngineRecovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery = EngineRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        recovery: EngineRecovery = self._recovery  # type: ignore[assignment]  # set two lines up, and nowhere else
        return recovery

    async def on_start(self) -> None:
        """Subscribe to the changelogs, which were all declared before the app started."""
        await self._update_channels()
        await self.recovery.start()
