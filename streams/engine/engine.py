"""The engine: the partitions this worker owns, from when the group deals them to when it takes them away."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from time import monotonic, time
from typing import Any, cast

from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from aiokafka.protocol.metadata import MetadataRequest
from faust.types import TP, AppT
from mode import Service, get_logger

from streams.engine.checkpoint import Checkpoint
from streams.engine.consumer import EngineConsumer, EngineConsumerThread
from streams.engine.errors import CommitFailed, EngineError, Stuck, TopicsUnfit
from streams.engine.followers import Followers
from streams.engine.lastwords import LastWords
from streams.engine.observer import EngineStatus, Observer, PartitionStatus, State
from streams.engine.outbox import Outbox
from streams.engine.owner import Fetched
from streams.engine.partition import Mark, Partition
from streams.engine.producer import BatchWriter, EngineProducer
from streams.engine.pump import Pump
from streams.engine.recovery import EngineRecovery, EngineTableManager
from streams.engine.settings import EngineSettings
from streams.engine.shelves import shelf_maker
from streams.engine.store import Stores
from streams.engine.task import MakeTask, Outgoing
from streams.engine.tenure import Tenure
from streams.engine.watchdog import Heartbeat, Watch, Work

LOOK_S = 1.0
"""Time between two looks at the wall clock."""
ENDS_S = 2.0
"""How long Kafka may take to say where the logs end before a look goes without."""

logger = get_logger(__name__)


class Engine(Service):
    """Owns partitions, runs their tasks, and sees to it that every offset is committed by the checkpoint.

    Programs use `wake` and `status`; the rest is called by the consumer, by recovery and by the app.
    """

    abstract = False

    def __init__(
        self,
        app: AppT,
        settings: EngineSettings,
        make_task: MakeTask,
        observer: Observer,
        followers: Followers,
        words: Sequence[LastWords] = (),
        **kwargs: Any,
    ) -> None:
        """Work for `app`, with tasks from `make_task`; the topics of `followers` must exist too.

        On the topics of `words` tasks say what is kept true.
        """
        self.app = app
        self._followers = followers
        self._words = words
        self.settings = settings
        self.make_task = make_task
        self.observer = observer
        self.stop_failure: EngineError | None = None
        self._seek = 0
        self._rebalances = 0
        super().__init__(**kwargs)

    def __post_init__(self) -> None:
        """Put the parts together."""
        settings = self.settings
        # Not the producer itself: asking for it would bind the app to a loop that is not running yet.
        writer = BatchWriter(lambda: self._producer.client, settings.batch_bytes, settings.delivery_timeout_s)
        self._outbox = Outbox(writer, settings.outbox_limit_bytes, self._on_failure)
        self.pump = Pump(
            self._outbox,
            self.observer,
            slice_s=settings.slice_s,
            slice_records=settings.slice_records,
            backlog=settings.backlog_records,
            words=self._words,
        )
        self._checkpoint = Checkpoint(
            outbox=self._outbox,
            writer=writer,
            offsets=self,
            observer=self.observer,
            changelog_topic=settings.changelog_topic,
            timeout_s=settings.delivery_timeout_s,
            lease_s=min(settings.session_timeout_s, settings.rebalance_timeout_s) / 2,
        )
        stores = Stores(shelf_maker(settings))
        self.tenure = Tenure(self.pump, self._checkpoint, stores, int(settings.store_max_age_s * 1000))

    # -- for programs

    def wake(self) -> None:
        """Let every task that waits for something outside try again. Call it in the worker's loop."""
        self.pump.wake()

    def status(self) -> EngineStatus:
        """Return what the worker is doing at this moment."""
        completed = self._checkpoint.completed_at
        return EngineStatus(
            state=self._state(),
            partitions=tuple(
                PartitionStatus(p.number, p.handled, p.committed, p.end, p.backlog, p.stalled)
                for p in sorted(self.pump.partitions, key=lambda partition: partition.number)
            ),
            outgoing_bytes=self._outbox.bytes,
            rebalances=self._rebalances,
            commits=self._checkpoint.count,
            seconds_since_commit=None if completed is None else monotonic() - completed,
        )

    def _state(self) -> State:
        if self.should_stop:
            return "stopped"
        if not self.started:
            return "starting"
        if self.tenure.joining:
            return "joining"
        if self.tenure.reviving:
            return "recovering"
        return "running" if self.pump.partitions else "waiting"

    # -- its own work

    async def on_start(self) -> None:
        """Look at the topics before anything depends on them. Raises TopicsUnfit."""
        cluster = await self._producer.client.client.fetch_all_metadata()
        settings = self.settings
        wanted = {settings.source_topic, *self._followers.topics}
        if settings.changelog_topic is not None:
            wanted.add(settings.changelog_topic)
        counts = {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in wanted}
        if missing := sorted(topic for topic, count in counts.items() if not count):
            await self._refuse_unseen(missing)
            raise TopicsUnfit(f"no such topic: {', '.join(missing)}. The engine creates none: provision them first.")
        if settings.changelog_topic is not None and counts[settings.changelog_topic] != counts[settings.source_topic]:
            raise TopicsUnfit(
                f"{settings.source_topic} has {counts[settings.source_topic]} partitions but its changelog "
                f"{settings.changelog_topic} has {counts[settings.changelog_topic]}: they must be the same"
            )

    async def _refuse_unseen(self, topics: list[str]) -> None:
        """Raise TopicsUnfit where topics seem to be missing because this client has no right to see them."""
        client = self._producer.client.client
        request = MetadataRequest(topics, allow_auto_topic_creation=False)
        answer = await client.send(client.get_random_node(), request)
        hidden = sorted(name for code, name, *_ in answer.topics if code == TopicAuthorizationFailedError.errno)
        if hidden:
            refusal = TopicAuthorizationFailedError(*hidden)
            raise TopicsUnfit(f"no right to see {', '.join(hidden)}: {refusal!r}") from refusal

    async def on_stop(self) -> None:
        """Close what is on disk."""
        self.tenure.stores.close()

    @Service.task
    async def _pump(self) -> None:
        await self.pump.run()

    @Service.task
    async def _send(self) -> None:
        await self._outbox.run()

    @Service.task
    async def _watch_progress(self) -> None:
        settings = self.settings
        watch = Watch(settings.stuck_timeout_s, settings.stall_timeout_s)
        heartbeat = Heartbeat(settings.app_id, settings.stuck_timeout_s)
        heartbeat.start()
        try:
            while not self.should_stop:
                heartbeat.beat()
                if complaint := watch.look(monotonic(), self._works()):
                    raise Stuck(complaint)
                await self.sleep(min(LOOK_S, settings.stuck_timeout_s / 10))
        finally:
            heartbeat.end()

    def _works(self) -> Iterator[Work]:
        tenure, settings = self.tenure, self.settings
        # A join has to wait for those who are slow, or dead, or died twice over: in the join and in what follows it.
        others_s = settings.rebalance_timeout_s + 2 * settings.session_timeout_s
        yield Work("joining the group", (tenure.term,), tenure.joining and self.app.consumer.started, grace_s=others_s)
        yield Work("recovery", (tenure.term, self._rebalances, self._recovery.progress), tenure.reviving)
        for partition in self.pump.partitions:
            at = (tenure.term, partition.handled, partition.committed)
            yield Work(f"partition {partition.number}", at, partition.has_work, partition.stalled)

    @Service.task
    async def _watch_the_clock(self) -> None:
        while not self.should_stop:
            await self.sleep(LOOK_S)
            if self.pump.partitions:
                await self._look()

    async def _look(self) -> None:
        asked_ms = int(time() * 1000)
        partitions = self.pump.partitions
        ends = await self._ends([TP(self.settings.source_topic, partition.number) for partition in partitions])
        for partition in partitions:
            end = ends.get(TP(self.settings.source_topic, partition.number))
            if end is not None:
                partition.end = end
                records, seconds = partition.lag(end, asked_ms, int(time() * 1000))
                self.observer.on_lag(partition.number, records, seconds)
                if partition.mark is None:
                    partition.mark = Mark(asked_ms, end)
            self.observer.on_size(partition.number, partition.store.size)
            self.pump.look(partition, int(time() * 1000))
            await asyncio.sleep(0)

    async def _ends(self, partitions: list[TP]) -> Mapping[TP, int]:
        try:
            async with asyncio.timeout(ENDS_S):
                return await self._thread.run(self._thread.ends(partitions))
        except (TimeoutError, KafkaError) as exc:
            logger.debug("Kafka did not say where the logs end: %r", exc)
            return {}

    def _on_failure(self, failure: BaseException) -> None:
        self.add_future(self.app.crash(failure))

    # -- for the mender

    def owned(self) -> Mapping[int, int]:
        """Return the partitions that are worked on, each with the term of its ownership."""
        return self.pump.owned

    def put(self, records: Sequence[Outgoing]) -> None:
        """Send records, in order with what the tasks send."""
        self._outbox.put(records)

    # -- for the consumer

    def wanted(self, active: Collection[TP]) -> frozenset[TP]:
        """Return which of the active partitions should be fetched from."""
        source, recovery = self.settings.source_topic, self._recovery
        return frozenset(
            tp for tp in active if (self.pump.hungry(tp.partition) if tp.topic == source else recovery.wants(tp))
        )

    async def room(self, timeout_s: float) -> None:
        """Wait until a partition may have become hungry."""
        await self.pump.room(timeout_s)

    def make_room(self) -> None:
        """Let the consumer look again for partitions to fetch from."""
        self.pump.make_room()

    def deliver(self, fetched: Fetched) -> None:
        """Hand out what was fetched. Raises PositionLost or RecoveryFailed."""
        for tp, stretch in fetched.stretches.items():
            if tp.topic != self.settings.source_topic:
                self._recovery.absorb(tp, stretch, fetched.seek)
            elif fetched.seek >= self._seek:
                self.pump.deliver(tp.partition, stretch)

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets of the source's partitions. Raises OwnershipLost or CommitFailed."""
        await self._thread.commit({TP(self.settings.source_topic, n): offset for n, offset in offsets.items()})

    async def checkpoint(self) -> bool:
        """Take a checkpoint of what is owned; return whether it is complete. Raises what must end the worker."""
        return await self.tenure.checkpoint()

    async def release(self) -> None:
        """Take the last checkpoint and give everything up. A failure ends the worker."""
        try:
            await self.tenure.release()
        except EngineError as exc:
            await self.app.crash(exc)

    async def leave(self) -> None:
        """Do as `release`, when the worker stops; after a crash without the checkpoint."""
        self.pump.close()
        try:
            async with asyncio.timeout(self.settings.stop_timeout_s / 2):
                if not self.app.crashed:
                    await self.checkpoint()
        except TimeoutError:
            self.stop_failure = CommitFailed("no last commit: Kafka did not answer; what was handled is read again")
        except EngineError as exc:
            self.stop_failure = exc
        self.tenure.give_up()

    def dealt(self) -> None:
        """Note that the group has dealt the partitions."""
        self._rebalances += 1
        self.tenure.dealt()
        self.observer.on_rebalance()

    # -- for recovery

    def open(self, partitions: Sequence[Partition], seek: int) -> None:
        """Own these partitions; only what is fetched after this seek, which is still to come, is theirs."""
        self._seek = seek
        self.tenure.open(partitions)

    # -- what Faust made of our classes

    @property
    def _thread(self) -> EngineConsumerThread:
        return cast(EngineConsumer, self.app.consumer).thread

    @property
    def _producer(self) -> EngineProducer:
        return cast(EngineProducer, self.app.producer)

    @property
    def _recovery(self) -> EngineRecovery:
        return cast(EngineTableManager, self.app.tables).recovery
