"""Quix Streams: a StreamingDataFrame with state in RocksDB and its changelog topic."""

from __future__ import annotations

from quixstreams import Application, State

from streams.bench.counting import Counter
from streams.bench.job import Job
from streams.bench.meter import Meter


def application(job: Job) -> Application:
    """Return an application with its defaults, but for what is the same for all contenders."""
    return Application(
        broker_address=job.broker,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        commit_interval=job.commit_interval_s,
        producer_extra_config={"acks": "all", "compression.type": "lz4"},
        state_dir=job.folder,
        loglevel="WARNING",
    )


def run(job: Job, meter: Meter) -> None:
    """Count in a stateful function."""
    app = application(job)
    source = app.topic(job.source, value_deserializer="bytes")
    alerts = app.topic(job.alerts, value_serializer="bytes")
    handle = Counter(meter).handle

    def count(value: bytes, state: State) -> bytes | None:
        new, alert = handle(state.get("count"), value)
        state.set("count", new)
        return alert

    sdf = app.dataframe(source)
    sdf = sdf.apply(count, stateful=True)
    sdf = sdf.filter(lambda alert: alert is not None)
    sdf.to_topic(alerts)
    meter.on_finish = app.stop
    app.run()
