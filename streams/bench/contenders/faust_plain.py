"""Faust as in its tutorial: a JSON topic, an agent, and `table[key] = state` for every event."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import faust

from streams.bench.counting import Counter
from streams.bench.job import Job, Result
from streams.bench.meter import Meter


def run(job: Job, meter: Meter) -> Result:
    """Count in an agent; a signal stops the worker, as in production."""
    app = faust.App(
        job.group,
        broker=f"kafka://{job.broker}",
        datadir=job.folder,
        store="memory://",
        topic_partitions=job.partitions,
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=job.commit_interval_s,
        producer_compression_type="lz4",
        web_enabled=False,
        autodiscover=False,
    )
    source = app.topic(job.source, key_type=str, value_serializer="json")
    alerts = app.topic(job.alerts, key_type=str, value_type=bytes, value_serializer="raw")
    table = app.Table("counts", key_type=str, value_type=list)
    update = Counter(meter).update

    async def count(stream: Any) -> AsyncIterator[None]:
        async for key, event in stream.items():
            table[key], alert = update(table.get(key), event)
            if alert is not None:
                await alerts.send(key=key, value=alert)
            yield

    app.agent(source)(count)
    meter.on_finish = lambda: os.kill(os.getpid(), signal.SIGTERM)
    worker = faust.Worker(app, loglevel="WARNING", quiet=True)
    try:
        worker.execute_from_commandline()
    except SystemExit as stopped:
        if stopped.code:
            raise
    return Result(sum(state[0] for state in table.values()))
