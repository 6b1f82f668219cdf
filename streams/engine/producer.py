"""Writing to Kafka: records in explicit batches, one future for each batch, every failure visible to who waits for it.

Faust's own producer puts each message through a buffer whose `flush()` gives up after 0.1 s without progress, and only
logs a delivery that failed. Nothing of ours goes that way: the outbox and the checkpoint build aiokafka batches and
wait for them. One batch costs one future, however many records are in it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple, Protocol, cast

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import DefaultPartitioner
from faust.transport.drivers import aiokafka as driver

from streams.engine.batch import Batch
from streams.engine.errors import DeliveryFailed, NotConnected
from streams.engine.turns import give_way

Headers = Sequence[tuple[str, bytes]]
ATTEMPTS = 3
"""How often a batch can be sent within the time for its delivery, each time without an answer."""
CRASH_FLUSH_S = 2.0
"""How long a crashed worker goes on trying to deliver: what it had is replayed anyway."""


class Writable(Protocol):
    """A record to write; a value of None is a tombstone."""

    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102


class Delivery(NamedTuple):
    """A batch of `n` records on its way; the result of `ack` has the offset of the first one as its `offset`."""

    ack: asyncio.Future[Any]
    n: int


class RecordWriter(Protocol):
    """The port through which the engine writes."""

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """Return the partition of a key."""

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Queue the records in order; return the batches they went into."""


class EngineProducer(driver.Producer):
    """Faust's producer, idempotent and acknowledged by all replicas."""

    async def on_start(self) -> None:
        """Connect. Raises NotConnected, with the reason: aiokafka only logs it."""
        try:
            await super().on_start()
        except KafkaConnectionError as exc:
            raise NotConnected(f"no connection to Kafka: {await _refusal(self.client.client) or exc!r}") from exc

    def _new_producer(self, transactional_id: str | None = None) -> AIOKafkaProducer:
        producer = super()._new_producer(transactional_id)
        # A request on a connection that died without a word must leave time for another one, on another connection.
        producer.client._request_timeout_ms = int(self.request_timeout * 1000 / ATTEMPTS)
        return producer

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def on_stop(self) -> None:
        """Flush and close; after a crash only as long as it makes sense."""
        if not self.app.crashed:
            await super().on_stop()
            return
        try:
            await asyncio.wait_for(super().on_stop(), CRASH_FLUSH_S)
        except (TimeoutError, KafkaError) as exc:
            self.log.warning("Closed the producer with records undelivered: %r", exc)

    @property
    def client(self) -> AIOKafkaProducer:
        """The aiokafka producer itself. Raises faust's NotReady before the start."""
        return self._ensure_producer()


async def _refusal(client: AIOKafkaClient) -> BaseException | None:
    """Return what hinders a connection to the first broker of a client; None if nothing does now."""
    host, port, _ = client.hosts[0]
    try:
        connection = await create_conn(
            host,
            port,
            ssl_context=client._ssl_context,
            security_protocol=client._security_protocol,
            sasl_mechanism=client._sasl_mechanism,
            sasl_plain_username=client._sasl_plain_username,
            sasl_plain_password=client._sasl_plain_password,
            sasl_oauth_token_provider=client._sasl_oauth_token_provider,
        )
    except (KafkaError, OSError, TimeoutError) as exc:
        return exc
    connection.close()
    return None


class BatchWriter:
    """A `RecordWriter` on top of the worker's producer.

    Raises DeliveryFailed where a record cannot even be queued; deliveries that fail later are in the futures.
    """

    def __init__(self, client: Callable[[], AIOKafkaProducer], batch_bytes: int, patience_s: float) -> None:
        """Write through the producer that `client` returns; it is asked when there is something to write.

        Batches have up to `batch_bytes` before they are compressed. A Kafka that does not know a topic's partitions, or
        does not answer, is asked again for `patience_s`.
        """
        self._client = client
        self._batch_bytes = batch_bytes
        self._patience_s = patience_s
        self._partitioner = DefaultPartitioner()

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """Return the partition of a key: murmur2, as Kafka's own clients do; any partition for no key."""
        partitions = sorted(await self._partitions_of(topic))
        return cast(int, self._partitioner(key, partitions, partitions))

    async def _partitions_of(self, topic: str) -> Iterable[int]:
        deadline = monotonic() + self._patience_s
        while True:
            try:
                return cast("Iterable[int]", await self._client().partitions_for(topic))
            except KafkaError as exc:
                # Kafka's clients say "unknown topic" also of a broker that is away when a topic is first written to.
                if not exc.retriable or monotonic() > deadline:
                    raise DeliveryFailed(f"Kafka did not say which partitions {topic} has: {exc!r}") from exc

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Queue the records in order; yields to the loop between batches."""
        await self._partitions_of(topic)
        client = self._client()
        deliveries = []
        try:
            batch = Batch(self._batch_bytes)
            for record in records:
                key, value, headers = record.key, record.value, list(record.headers)
                if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                    deliveries.append(await self._submit(client, batch, topic, partition))
                    batch = Batch(self._batch_bytes)
                    batch.append(timestamp=None, key=key, value=value, headers=headers)
            if batch.record_count():
                deliveries.append(await self._submit(client, batch, topic, partition))
        except KafkaError as exc:
            raise DeliveryFailed(f"{topic}/{partition} took no record: {exc!r}") from exc
        return deliveries

    async def _submit(self, client: AIOKafkaProducer, batch: Batch, topic: str, partition: int) -> Delivery:
        batch.close()  # a closed batch does not linger
        future = await client.send_batch(batch, topic, partition=partition)
        await give_way()
        return Delivery(future, batch.record_count())
