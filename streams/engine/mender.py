"""Keeps topics true on which the last record of a key counts: what was said too late is written over (`lastwords`)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from mode import Service, get_logger

from streams.engine.followers import FETCH_RECORDS, POLL_MS, partitions_of, reader
from streams.engine.lastwords import LastWords, Recall
from streams.engine.settings import EngineSettings
from streams.engine.task import Outgoing, Record

LOOK_S = 0.2
"""Time between two looks whether something is to be mended."""
AGAIN_S = 5.0
"""Time until the next look where the topic could not be read."""

logger = get_logger(__name__)


class Mending:
    """What is done about it, whoever reads the topic and wherever it is written."""

    def __init__(
        self,
        words: LastWords,
        owned: Callable[[], Mapping[int, int]],
        read: Callable[[], AsyncIterator[Sequence[Record]]],
        put: Callable[[Sequence[Outgoing]], None],
    ) -> None:
        """`owned` says which partitions are owned in which term; `read` begins at the topic's first record."""
        self._words = words
        self._owned = owned
        self._read = read
        self._put = put

    async def look(self) -> int:
        """Mend what there is to mend; return how many records were written again."""
        wanted = self._words.wanted(self._owned())
        if not wanted:
            return 0
        said = Recall(wanted)
        async for records in self._read():
            for record in records:
                said.take(record)
        mended = self._words.mend(wanted, said, self._owned())
        self._put(mended)
        return len(mended)


class Mender(Service):
    """Mends as long as the worker lives."""

    abstract = False

    def __init__(
        self,
        settings: EngineSettings,
        words: Sequence[LastWords],
        owned: Callable[[], Mapping[int, int]],
        put: Callable[[Sequence[Outgoing]], None],
        on_mended: Callable[[str, int], None],
        **kwargs: Any,
    ) -> None:
        """Mend each of these topics; `on_mended` is told of the topic and how many records were written again."""
        self._settings = settings
        self._mendings = {each.topic: Mending(each, owned, self._reading(each.topic), put) for each in words}
        self._on_mended = on_mended
        super().__init__(**kwargs)

    def _reading(self, topic: str) -> Callable[[], AsyncIterator[Sequence[Record]]]:
        return lambda: _whole(self._settings, topic)

    @Service.task
    async def _mend(self) -> None:
        while self._mendings and not self.should_stop:
            await self.sleep(LOOK_S)
            for topic, mending in self._mendings.items():
                await self._look(topic, mending)

    async def _look(self, topic: str, mending: Mending) -> None:
        try:
            mended = await mending.look()
        except (KafkaError, TimeoutError) as exc:
            logger.warning("%s cannot be looked through for what was said too late, trying again: %r", topic, exc)
            await self.sleep(AGAIN_S)
            return
        if mended:
            logger.warning(
                "%s: %d keys said again, over what a worker wrote that had lost their partition", topic, mended
            )
            self._on_mended(topic, mended)


async def _whole(settings: EngineSettings, topic: str) -> AsyncIterator[Sequence[Record]]:
    """Yield all that is in a topic now, in order within each partition. Raises KafkaError."""
    consumer: AIOKafkaConsumer = reader(settings, f"{settings.app_id}-mender")
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, topic)
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        unread = {each for each, end in ends.items() if end > 0}
        while unread:
            fetched = await consumer.getmany(*unread, timeout_ms=POLL_MS, max_records=FETCH_RECORDS)
            for records in fetched.values():
                yield records
            await asyncio.sleep(0)
            unread = {each for each in unread if await consumer.position(each) < ends[each]}
    finally:
        with suppress(KafkaError):
            await consumer.stop()
