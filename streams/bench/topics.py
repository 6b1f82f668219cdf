"""Topics for the benchmark: made, filled in bulk, read whole, and removed again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.admin.client import admin
from streams.admin.provision import apply
from streams.config.topics import Topic

_BATCH_BYTES = 512 * 1024
_IN_FLIGHT = 64
#: Event time may be long ago: what is old must not be deleted.
KEPT = {"cleanup.policy": "delete", "retention.ms": "-1"}
COMPACTED = {"cleanup.policy": "compact"}


class Entry(NamedTuple):
    """A record to write; `at` in milliseconds, none for now."""

    partition: int
    key: bytes | None
    value: bytes
    at: int | None = None


def create(broker: str, topics: Sequence[Topic]) -> None:
    """Create topics with the broker's replication."""
    apply(broker, topics)


def remove(broker: str, prefix: str) -> None:
    """Delete every topic whose name has `prefix` in it: a peer puts its own words before the name of a changelog."""
    with admin(broker) as client:
        if found := [topic for topic in client.list_topics() if prefix in topic]:
            client.delete_topics(found)


@contextmanager
def borrowed(broker: str, prefix: str, topics: Sequence[Topic] = ()) -> Iterator[None]:
    """Have these topics, and everything else named after `prefix`, only as long as the block runs."""
    create(broker, topics)
    try:
        yield
    finally:
        remove(broker, prefix)


def fill(broker: str, topic: str, entries: Iterable[Entry]) -> int:
    """Write records, each partition in order, in large lz4 batches; return how many."""
    return asyncio.run(_fill(broker, topic, entries))


async def _fill(broker: str, topic: str, entries: Iterable[Entry]) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, acks="all", compression_type="lz4", max_batch_size=_BATCH_BYTES, linger_ms=0
    )
    await producer.start()
    builders: dict[int, Any] = {}
    sent: list[Any] = []
    n = 0

    async def send(partition: int) -> None:
        sent.append(await producer.send_batch(builders.pop(partition), topic, partition=partition))
        if len(sent) >= _IN_FLIGHT:
            await asyncio.gather(*sent)
            sent.clear()

    try:
        for partition, key, value, at in entries:
            builder = builders.setdefault(partition, None) or producer.create_batch()
            builders[partition] = builder
            if builder.append(key=key, value=value, timestamp=at) is None:
                await send(partition)
                builders[partition] = producer.create_batch()
                builders[partition].append(key=key, value=value, timestamp=at)
            n += 1
        for partition in list(builders):
            await send(partition)
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return n


def read(broker: str, topic: str) -> list[Any]:
    """Return every record of a topic (aiokafka's), each partition in order."""
    return asyncio.run(_read(broker, topic))


async def _read(broker: str, topic: str) -> list[Any]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 << 20,
    )
    await consumer.start()
    try:
        numbers = await consumer._client._wait_on_metadata(topic)  # the public call knows no topic it has not seen
        partitions = [TopicPartition(topic, number) for number in numbers]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        unread = {partition for partition, end in ends.items() if end > 0}
        records: list[Any] = []
        while unread:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
            unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
        return records
    finally:
        await consumer.stop()


def latest(broker: str, topic: str) -> dict[bytes, bytes]:
    """Return the last value of each key of a topic, without tombstones."""
    values = {record.key: record.value for record in read(broker, topic)}
    return {key: value for key, value in values.items() if value is not None}
