"""Puts records into `deal.activity`: idempotent, acknowledged, in order per partition, with bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.structs import RecordMetadata

from streams.access.kafka import Address
from streams.admin.client import why_refused
from streams.admin.errors import AccessDenied
from streams.config.topics import MAX_SOURCE_BYTES
from streams.errors import BrokerUnreachable, TopicsWrong
from streams.replay.sequence import Outbound
from streams.runtime.clients import REFUSALS, options_of

#: Records on their way to Kafka before the sender waits for the oldest.
_IN_FLIGHT = 10_000
_LINGER_MS = 5


class Feeder:
    """An open producer for one topic; use it as an async context manager."""

    def __init__(self, bootstrap: Address, topic: str) -> None:
        """Prepare to send to `topic`; nothing is connected yet."""
        self._bootstrap = bootstrap
        self._topic = topic
        self._pending: list[asyncio.Future[RecordMetadata]] = []
        self._producer: AIOKafkaProducer | None = None
        self.sent = 0
        self.ends: dict[int, int] = {}
        """The offset after the last acknowledged record of each partition that was sent to."""

    async def __aenter__(self) -> Feeder:
        """Connect; raises `BrokerUnreachable` and `AccessDenied`."""
        self._producer = AIOKafkaProducer(
            **options_of(self._bootstrap),
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            linger_ms=_LINGER_MS,
            max_batch_size=256 * 1024,
            max_request_size=MAX_SOURCE_BYTES,
        )
        try:
            with self._naming_what_is_denied():
                await self._producer.start()
        except AccessDenied:
            await self._producer.stop()
            raise
        except KafkaConnectionError as error:
            await self._producer.stop()
            why = await asyncio.to_thread(why_refused, self._bootstrap)
            raise BrokerUnreachable(why or f"no Kafka answers at {self._bootstrap}; is it running?") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way, unless an error is passing through, and disconnect."""
        try:
            if kind is None:
                await self.flush()
        finally:
            if self._producer is not None:
                await self._producer.stop()

    async def partitions(self) -> int:
        """How many partitions the topic has; raises `TopicsWrong` where it does not exist, and `AccessDenied`."""
        assert self._producer is not None
        try:
            with self._naming_what_is_denied():
                found = await self._producer.partitions_for(self._topic)
        except KafkaError as error:
            raise TopicsWrong(f"topic {self._topic} does not exist; run `dealwatch topics apply`") from error
        return len(found)

    async def send(self, records: Iterable[Outbound]) -> None:
        """Queue records; waits while too many are under way. Raises KafkaError where one was refused."""
        assert self._producer is not None
        with self._naming_what_is_denied():
            for record in records:
                future = await self._producer.send(
                    self._topic, value=record.value, key=record.key, partition=record.partition
                )
                self._pending.append(future)
                self.sent += 1
        if len(self._pending) >= _IN_FLIGHT:
            await self.flush()

    async def flush(self) -> None:
        """Wait until every record is acknowledged. Raises `AccessDenied`, and KafkaError where one was refused."""
        pending, self._pending = self._pending, []
        if pending and self._producer is not None:
            await self._producer.flush()
            with self._naming_what_is_denied():
                acknowledgements = await asyncio.gather(*pending)
            for acknowledged in acknowledgements:
                place = acknowledged.partition
                self.ends[place] = max(self.ends.get(place, 0), acknowledged.offset + 1)

    @contextmanager
    def _naming_what_is_denied(self) -> Iterator[None]:
        try:
            yield
        except REFUSALS as error:
            raise AccessDenied(
                f"{self._bootstrap} does not allow to write to {self._topic} ({type(error).__name__}); let its operator"
                " give the right WRITE, `dealwatch topics acls feed` prints it"
            ) from error
