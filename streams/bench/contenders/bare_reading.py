"""Bare aiokafka reading a changelog into a dictionary of bytes: as fast as states can come back at all."""

from __future__ import annotations

import asyncio
from time import monotonic

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.bench.job import Job, Recovered, Result
from streams.bench.meter import Meter


def run(job: Job, meter: Meter) -> Result:
    """Read the changelog once, to where it ends now."""
    return Result(asyncio.run(_read(job, meter)))


async def _read(job: Job, meter: Meter) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=job.broker, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    partitions = [TopicPartition(job.changelog, number) for number in range(job.partitions)]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    unread = {partition for partition, end in ends.items() if end > 0}
    states: dict[bytes, bytes] = {}
    n = 0
    began = monotonic()
    while unread:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                states[record.key] = record.value
            n += len(records)
        unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
    meter.say(Recovered(-1, n, monotonic() - began))
    await consumer.stop()
    return len(states)
