"""Getting the states back: the changelog read in batches to its end, folded, and handed to new tasks.

Faust decides which changelog partitions are ours (its assignor keeps them beside the source's) and when to recover
(its `Recovery` service, after every rebalance). What happens in between is replaced, because Faust's own way sends
each record through a queue, goes on with empty tables when the broker is slow to say where the log ends, and drops
errors from callbacks.

The simplest correct way is taken: at every rebalance all partitions are given up, also those that come back, and
every changelog is read whole. What was not read to its end is never handed to a task.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from time import monotonic
from typing import Any, TypeVar, cast

import faust
from aiokafka.errors import IllegalStateError, KafkaError
from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped
from faust.types import TP
from mode import Service

from streams.engine.consumer import EngineConsumer
from streams.engine.errors import EngineError, RecoveryFailed, TaskFailed
from streams.engine.owner import Owner
from streams.engine.partition import Partition
from streams.engine.task import Record, Task

QUESTION_S = 60.0
"""How long Kafka may take to answer where a log begins and ends."""
RESTORE_S = 0.010
"""Time for which states are restored before the loop gets its turn."""
T = TypeVar("T")


class EngineRecovery(Recovery):
    """Brings the partitions of a new assignment to life: read, restore, seek, open."""

    def __post_init__(self) -> None:
        """Start with nothing to read."""
        self._unread: dict[TP, int] = {}
        self._since = 0
        self._all_read = asyncio.Event()

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
        owner, consumer = self._owner, self._consumer
        term = owner.term
        self._unread = {}
        self._set_recovery_started()
        await self._read(sorted(self.active_tps))
        sources = sorted(tp for tp in consumer.assignment() if tp.topic == owner.settings.source_topic)
        tasks = {}
        for tp in sources:
            tasks[tp] = await self._revive(tp.partition, began, term)
        starts = await self._uninterrupted(self._consumer.thread.run(self._consumer.thread.starts(sources)))
        seek = await self._uninterrupted(self._consumer.thread.run(self._consumer.thread.seek_all(starts)))
        self._check_term(term)
        owner.open([Partition(tp.partition, task, starts[tp]) for tp, task in tasks.items()], seek)
        await self._resume(sources)

    async def _read(self, changelogs: Sequence[TP]) -> None:
        if not changelogs:
            return
        store = self._owner.store
        store.forget()
        first, ends = await self._uninterrupted(
            self._consumer.thread.run(self._consumer.thread.bounds(list(changelogs)))
        )
        missing = [tp for tp in changelogs if tp not in first or tp not in ends]
        if missing:
            raise RecoveryFailed(f"Kafka did not say where these changelogs end: {missing}")
        self._unread = {tp: ends[tp] for tp in changelogs if ends[tp] > first[tp]}
        self._all_read.clear()
        if not self._unread:
            return
        self._since = await self._uninterrupted(
            self._consumer.thread.run(self._consumer.thread.seek_all({tp: first[tp] for tp in ends}))
        )
        consumer = self._consumer
        consumer.resume_partitions(self._unread)
        await self._flow()
        await self._uninterrupted(self._all_read.wait(), timeout=None)
        consumer.pause_partitions(changelogs)

    def absorb(self, tp: TP, records: Sequence[Record], position: int, seeks: int) -> None:
        """Take changelog records, and where the consumer stands after them."""
        if seeks < self._since or tp not in self._unread:
            return
        self._owner.store.load(tp.partition, records)
        if position >= self._unread[tp]:
            del self._unread[tp]
            if not self._unread:
                self._all_read.set()

    def wants(self, tp: TP) -> bool:
        """Whether this changelog is not read to its end yet."""
        return tp in self._unread

    async def _revive(self, number: int, began: float, term: int) -> Task:
        owner = self._owner
        states = owner.store.take(number) if owner.settings.changelog_topic else {}
        try:
            task = owner.make_task(number)
            turn = monotonic()
            for key, value in states.items():
                task.restore(key, value)
                if monotonic() - turn > RESTORE_S:
                    await asyncio.sleep(0)
                    self._check_term(term)
                    turn = monotonic()
            task.ready()
        except (RebalanceAgain, EngineError):
            raise
        except Exception as exc:
            raise TaskFailed(f"partition {number}: could not be recovered: {exc!r}") from exc
        owner.observer.on_recovered(number, len(states), monotonic() - began)
        return task

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
        if self.should_stop:
            raise ServiceStopped()
        if self.signal_recovery_start.is_set():
            raise RebalanceAgain()
        if result.stopped:
            raise RecoveryFailed(f"Kafka did not answer within {timeout:.0f} s")
        return future.result()

    def _check_term(self, term: int) -> None:
        if self._owner.term != term or self.signal_recovery_start.is_set():
            raise RebalanceAgain()

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
