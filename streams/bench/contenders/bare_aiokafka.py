"""Bare aiokafka: the client beneath Faust in batches and a dictionary. No changelog, no safety."""

from __future__ import annotations

import asyncio
from time import monotonic

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.bench.counting import Counter, State
from streams.bench.job import Job, Result
from streams.bench.meter import Meter

_AT_ONCE = 5_000


def run(job: Job, meter: Meter) -> Result:
    """Count, in a loop."""
    return asyncio.run(_count(job, meter))


async def _count(job: Job, meter: Meter) -> Result:
    consumer = AIOKafkaConsumer(
        job.source,
        bootstrap_servers=job.broker,
        group_id=job.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(bootstrap_servers=job.broker, acks="all", compression_type="lz4", linger_ms=5)
    await consumer.start()
    await producer.start()
    states: dict[bytes, State] = {}
    handle = Counter(meter).handle
    commit_at = monotonic() + job.commit_interval_s
    while not meter.finished:
        for records in (await consumer.getmany(timeout_ms=100, max_records=_AT_ONCE)).values():
            for record in records:
                key = record.key
                states[key], alert = handle(states.get(key), record.value)
                if alert is not None:
                    await producer.send(job.alerts, alert, key=key)
        if states and monotonic() >= commit_at:
            await consumer.commit()
            commit_at = monotonic() + job.commit_interval_s
    await producer.stop()
    await consumer.stop()
    return Result(sum(state[0] for state in states.values()))
