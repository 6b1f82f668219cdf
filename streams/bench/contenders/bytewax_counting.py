"""Bytewax: Kafka in, a stateful operator with SQLite recovery every epoch, Kafka out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.errors import BytewaxRuntimeError
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from streams.bench.counting import Counter, State
from streams.bench.job import Job
from streams.bench.meter import Meter


class EnoughTime(Exception):
    """A dataflow has no other way to stop before its source does."""


def run(job: Job, meter: Meter) -> None:
    """Count in a dataflow that ends with the topic, or at the limit of time."""
    handle = Counter(meter).handle

    def count(state: State | None, value: bytes) -> tuple[State, tuple[bytes, ...]]:
        if meter.finished and meter.handled < job.events:
            raise EnoughTime
        new, alert = handle(state, value)
        return new, () if alert is None else (alert,)

    flow = Dataflow("counting")
    stream = op.input("source", flow, KafkaSource([job.broker], [job.source], tail=False))
    keyed = op.map("key", stream, lambda message: (message.key.decode(), message.value))
    alerts = op.stateful_flat_map("count", keyed, count)
    messages = op.map("message", alerts, lambda alert: KafkaSinkMessage(alert[0].encode(), alert[1]))
    producer = {"acks": "all", "compression.type": "lz4"}
    op.output("alerts", messages, KafkaSink([job.broker], job.alerts, add_config=producer))
    init_db_dir(Path(job.folder), job.partitions)
    try:
        cli_main(
            flow,
            epoch_interval=timedelta(seconds=job.commit_interval_s),
            recovery_config=RecoveryConfig(Path(job.folder)),
        )
    except BytewaxRuntimeError:
        if not meter.finished:
            raise
