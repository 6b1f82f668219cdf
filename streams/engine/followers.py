"""Side topics that every worker reads whole: to their end before any partition starts, and live from then on."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from mode import Service

from streams.engine.errors import FollowerFailed
from streams.engine.settings import EngineSettings
from streams.engine.task import Record

FETCH_RECORDS = 500
"""Most records in one fetch, so that a stop is noticed."""
TURN_S = 0.010
"""Time for which records are handed over before the loop gets its turn."""
ANSWER_S = 30.0
"""How long one answer may take, as in Kafka's own clients; a connection that died without a word is noticed then."""
WAIT_S = 0.05
"""How long nothing is fetched where nothing has room."""
POLL_MS = 200
"""How long one fetch waits for records."""


@dataclass(frozen=True, slots=True)
class Follower:
    """Read all partitions of `topic` (a compacted one, as a rule) and hand every record to `on_record`, synchronously.

    `on_record` may call `Engine.wake()`. Order holds within a partition only. If it raises, the worker ends. A topic
    that has no room is not fetched from until it has: who puts records aside, for a thread of its own to read, says so.
    """

    topic: str
    on_record: Callable[[Record], None]
    has_room: Callable[[], bool] = lambda: True


def reader(settings: EngineSettings, client_id: str) -> AIOKafkaConsumer:
    """A consumer without a group, that begins at the beginning of what it is assigned."""
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        client_id=client_id,
        request_timeout_ms=int(ANSWER_S * 1000),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **credentials_to_aiokafka_auth(settings.credentials),
    )


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """All partitions of a topic."""
    numbers = await consumer._client._wait_on_metadata(topic)  # the public call knows no topic it has not seen
    return [TopicPartition(topic, number) for number in numbers]


class Followers(Service):
    """Reads the side topics without a consumer group: nothing is committed, every start reads from the beginning.

    The service has started when all that was in the topics at its start has been handed over. The worker joins its
    group after that, so no task exists before.
    """

    abstract = False

    def __init__(self, settings: EngineSettings, followers: Sequence[Follower], **kwargs: Any) -> None:
        """Follow each of the topics; none of them twice."""
        self._settings = settings
        self._on_record = {follower.topic: follower.on_record for follower in followers}
        self._has_room = {follower.topic: follower.has_room for follower in followers}
        self._partitions: list[TopicPartition] = []
        self._consumer: AIOKafkaConsumer | None = None
        if len(self._on_record) < len(followers):
            raise ValueError("a topic can have only one follower")
        super().__init__(**kwargs)

    @property
    def topics(self) -> frozenset[str]:
        """The topics followed."""
        return frozenset(self._on_record)

    async def on_start(self) -> None:
        """Connect, and read to the end. Raises FollowerFailed."""
        if not self._on_record:
            return
        consumer = self._consumer = reader(self._settings, f"{self._settings.app_id}-follower")
        try:
            await consumer.start()
            await self._read_to_end(consumer)
        except KafkaError as exc:
            raise FollowerFailed(f"could not read {', '.join(sorted(self.topics))} to the end: {exc!r}") from exc

    async def _read_to_end(self, consumer: AIOKafkaConsumer) -> None:
        partitions: list[TopicPartition] = []
        for topic in self._on_record:
            partitions += await partitions_of(consumer, topic)
        consumer.assign(partitions)
        self._partitions = partitions
        ends = await consumer.end_offsets(partitions)
        unread = {partition for partition, end in ends.items() if end > 0}
        patience_s, moved = self._settings.stuck_timeout_s, monotonic()
        while unread and not self.should_stop:
            if await self._fetch(consumer):
                moved = monotonic()
            elif monotonic() - moved > patience_s:
                names = ", ".join(f"{each.topic}/{each.partition}" for each in sorted(unread))
                raise FollowerFailed(f"nothing came of {names} for {patience_s:.0f} s, and their ends are not reached")
            unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}

    @Service.task
    async def _follow(self) -> None:
        while self._consumer is not None and not self.should_stop:
            try:
                await self._fetch(self._consumer)
            except KafkaError as exc:
                raise FollowerFailed(f"could not follow {', '.join(sorted(self.topics))}: {exc!r}") from exc

    async def _fetch(self, consumer: AIOKafkaConsumer) -> bool:
        """Hand over what there is, and there is room for; return whether there was anything, or no room somewhere."""
        wanted = [each for each in self._partitions if self._has_room[each.topic]()]
        if not wanted:
            await asyncio.sleep(WAIT_S)
            return True
        fetched = await consumer.getmany(*wanted, timeout_ms=POLL_MS, max_records=FETCH_RECORDS)
        turn = monotonic()
        for record in chain.from_iterable(fetched.values()):
            try:
                self._on_record[record.topic](record)
            except Exception as exc:
                raise FollowerFailed(
                    f"{record.topic}/{record.partition}: the record at offset {record.offset} was refused: {exc!r}"
                ) from exc
            if monotonic() - turn > TURN_S:
                await asyncio.sleep(0)
                turn = monotonic()
        return bool(fetched) or len(wanted) < len(self._partitions)

    async def on_stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            await self._consumer.stop()
