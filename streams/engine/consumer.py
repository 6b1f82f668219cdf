"""Faust's consumer, reading whole batches, and committing only through the checkpoint.

What is different from Faust, and which hole in it that closes:

- records move in batches from aiokafka to the partitions, not one by one through conductor, queue and stream;
- offsets come from the partitions' watermarks, not from acknowledged messages (a gap cannot be stepped over);
- before partitions are revoked the last checkpoint is taken, while Faust forgets what was done since the last one;
- a commit that fails raises, while Faust notes the offset as committed;
- a worker without partitions stays in the group, while aiokafka expels who does not fetch.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode import Service, get_logger

from streams.engine.errors import CommitFailed, OwnershipLost, PositionLost
from streams.engine.owner import Fetched, Owner
from streams.engine.partition import Stretch

FETCH_S = 0.2
"""How long a fetch waits for records; a partition that becomes hungry waits no longer than this."""
FETCH_RECORDS = 8192
"""Most records in one fetch: bounds what is decoded while another partition waits."""
QUESTION_S = 60.0
"""How long Kafka may take to say where logs begin and end, in as many requests as it takes."""
ALIVE_S = 1.0
"""Time between signs that the worker's loop turns."""

logger = get_logger(__name__)
T = TypeVar("T")


class EngineConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread aiokafka's consumer runs in: heartbeats go on while the main loop works."""

    _reserved = 0
    _seek = 0
    _stands: Mapping[TP, int] = {}

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks the broker to wait 1.5 s for data; partitions not in that request wait as long.
        consumer._fetch_max_wait_ms = int(FETCH_S * 1000)
        # One request may be lost with its connection; what is asked when partitions are dealt is asked again till then.
        consumer._request_timeout_ms = int(QUESTION_S * 1000)
        # What a producer took back in a transaction never happened; Faust would hand it over.
        consumer._isolation_level = "read_committed"
        return consumer

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in this thread's loop. Faust's own call queue has two workers, which one outage fills."""
        if self.thread_loop.is_closed():
            work.close()
            raise ConsumerStoppedError()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    def _stopped_set(self) -> None:
        # After a crash the thread ends by itself, before it is asked to.
        if self.thread_loop.is_closed():
            self._stopped.set()
        else:
            super()._stopped_set()

    async def fetch(self, partitions: frozenset[TP]) -> Fetched:
        """Fetch from the partitions; in this thread's loop."""
        consumer = self._ensure_consumer()
        fetcher, subscriptions = consumer._fetcher, consumer._subscription
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError()
        with subscriptions.fetch_context():
            records = await fetcher.fetched_records(partitions, timeout=FETCH_S, max_records=FETCH_RECORDS)
        # No await from here on: the positions are those right after the records.
        subscription = subscriptions.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None:
            return Fetched(self._seek, {})
        states = {tp: assignment.state_value(tp) for tp in partitions if tp in assignment.tps}
        ends = {tp: state.position for tp, state in states.items() if state.has_valid_position}
        # Before the first seek nobody knows where it stood, and nobody takes it.
        begins, self._stands = self._stands, {**self._stands, **ends}
        stretches = {tp: Stretch(begins.get(tp, end), records.get(tp, ()), end) for tp, end in ends.items()}
        return Fetched(self._seek, stretches)

    def reserve_seek(self) -> int:
        """Return the number of a seek to come. Whoever wants what lies behind it must be ready before it is made."""
        self._reserved += 1
        return self._reserved

    async def seek_all(self, offsets: Mapping[TP, int], number: int) -> None:
        """Stand at these offsets, which is the seek of this number. Raises aiokafka's IllegalStateError."""
        consumer = self._ensure_consumer()
        for tp, offset in offsets.items():
            consumer.seek(TopicPartition(*tp), offset)
        self._stands = {**self._stands, **offsets}
        self._seek = number

    async def bounds(self, partitions: list[TP]) -> tuple[dict[TP, int], dict[TP, int]]:
        """Return the first and the next offset of each log."""
        consumer = self._ensure_consumer()
        return await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)

    async def younger(self, instants_ms: Mapping[TP, int]) -> dict[TP, int | None]:
        """Return the offset of the first record in each log that is younger than an instant, None where none is."""
        asked = {TopicPartition(*tp): instant + 1 for tp, instant in instants_ms.items()}
        found = await self._ensure_consumer().offsets_for_times(asked) if asked else {}
        return {TP(*tp): None if answer is None else answer.offset for tp, answer in found.items()}

    async def ends(self, partitions: list[TP]) -> dict[TP, int]:
        """Return the next offset of each log."""
        return cast("dict[TP, int]", await self._ensure_consumer().end_offsets(partitions))

    async def starts(self, partitions: list[TP]) -> dict[TP, int]:
        """Return where to begin: at the committed offset, or at the first of the log for a group that is new to it.

        Raises PositionLost if the log ends before the committed offset.
        """
        consumer = self._ensure_consumer()
        first, last = await self.bounds(partitions)
        starts = {}
        for tp in partitions:
            committed = await consumer.committed(TopicPartition(*tp))
            if committed is None:
                starts[tp] = first[tp]
            elif committed > last[tp]:
                raise PositionLost(
                    f"{tp.topic}/{tp.partition} ends at {last[tp]}, but offset {committed} is committed: the topic was "
                    "recreated or lost its end. Reset the group's offsets and its changelog, or restore the topic."
                )
            else:
                if committed < first[tp]:
                    place = {"topic": tp.topic, "partition": tp.partition, "offset": committed}
                    said = "%s: records %d to %d expired before they were read"
                    logger.error(said, tp, committed, first[tp] - 1, extra=place)
                starts[tp] = max(committed, first[tp])
        return starts

    async def commit(self, tps: Mapping[TP, int]) -> bool:
        """Commit; from the main loop. Raises OwnershipLost or CommitFailed."""
        await self.run(self._commit_or_raise(tps))
        return True

    async def _commit_or_raise(self, offsets: Mapping[TP, int]) -> None:
        wanted = {TopicPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in offsets.items()}
        try:
            await self._ensure_consumer().commit(wanted)
        except (CommitFailedError, IllegalStateError) as exc:
            raise OwnershipLost(f"the group gave the partitions to another worker: {exc}") from exc
        except KafkaError as exc:
            raise CommitFailed(f"Kafka refused the offsets: {exc!r}") from exc

    async def show_life(self) -> None:
        """Tell aiokafka that the main loop turns, and raise what its coordinator could not solve."""
        consumer = self._ensure_consumer()
        with consumer._subscription.fetch_context():
            pass
        consumer._coordinator.check_errors()


class EngineConsumer(driver.Consumer):
    """The consumer of an engine program; what it reads and commits is decided by its owner, the engine."""

    _thread: EngineConsumerThread

    def _new_consumer_thread(self) -> EngineConsumerThread:
        return EngineConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def thread(self) -> EngineConsumerThread:
        """The thread in which aiokafka runs."""
        return self._thread

    @property
    def _owner(self) -> Owner:
        # Faust makes the consumer, so the owner cannot be handed in; it is the `engine` of the app.
        return cast(Owner, cast(Any, self.app).engine)

    async def _drain_messages(self, fetcher: Any) -> None:
        # Runs as long as Faust's Fetcher service; Faust starts and stops that around rebalances.
        owner = self._owner
        try:
            while not (self.should_stop or fetcher.should_stop):
                if not self.flow_active:
                    await self.wait(self.can_resume_flow)  # type: ignore[arg-type]  # any event will do
                    continue
                wanted = owner.wanted(self._get_active_partitions())
                if wanted:
                    owner.deliver(await self._thread.run(self._thread.fetch(wanted)))
                else:
                    await owner.room(timeout_s=FETCH_S)
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.app.should_stop:
                raise

    @Service.task
    async def _show_life(self) -> None:
        while not self.should_stop:
            await self.sleep(ALIVE_S)
            if not self.should_stop:
                await self._thread.run(self._thread.show_life())

    @Service.task
    async def _commit_handler(self) -> None:
        # Faust's timer would complain of every checkpoint that takes longer than the interval.
        while not self.should_stop:
            await self.sleep(self.commit_interval)
            await self._owner.checkpoint()

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: Faust's livelock detector looks at streams, which we have none of."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Take a checkpoint."""
        return await self._owner.checkpoint()

    async def wait_empty(self) -> None:
        """Take the last checkpoint and give the partitions up. Called by Faust when the worker stops."""
        await self._owner.leave()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Take the last checkpoint while the partitions are still ours, then let Faust do its part."""
        await self._owner.release()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Note that the group has dealt the partitions, then let Faust begin recovery."""
        self._owner.dealt()
        await super().on_partitions_assigned(assigned, generation_id)
