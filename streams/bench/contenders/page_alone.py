"""The page's view of all deals, fed with the states of a changelog as a worker with a page feeds it; nobody looks."""

from __future__ import annotations

import asyncio
import gc

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.bench.contenders.growing import resident
from streams.bench.job import Job, Resident, Result
from streams.bench.meter import Meter
from streams.web.read_model import ReadModel


def run(job: Job, meter: Meter) -> Result:
    """Read the changelog once, to where it ends now; say what the view weighs before and after."""
    view = ReadModel()
    gc.collect()
    meter.say(Resident("empty", resident()))
    asyncio.run(_read(job, meter, view))
    deals = view.summary().open_deals  # decodes what still waits
    gc.collect()
    meter.say(Resident("full", resident()))
    return Result(deals)


async def _read(job: Job, meter: Meter, view: ReadModel) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=job.broker, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    partitions = [TopicPartition(job.changelog, number) for number in range(job.partitions)]
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    unread = {partition for partition, end in ends.items() if end > 0}
    while unread:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                view.on_state(record.key, record.value, record.partition)
                meter.tick()
        unread = {partition for partition in unread if await consumer.position(partition) < ends[partition]}
    await consumer.stop()
