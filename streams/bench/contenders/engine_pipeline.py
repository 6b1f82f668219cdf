"""The product's track program on our engine: what `dealwatch worker` runs, without its page and its learner.

The only place in this part that speaks the engine's task protocol.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace

from streams.alerts.policy import Policy
from streams.bench.contenders.engine_counting import engine_settings
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job
from streams.bench.meter import Meter
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.app import EngineApp
from streams.engine.build import build_app
from streams.engine.run import run as run_app
from streams.engine.task import Record
from streams.runtime.track import Liveness, TrackParts, TrackTask
from streams.telemetry.emit import Metrics


class MeteredTask(TrackTask):
    """The product's task, with a tick for every record it has handled."""

    def __init__(self, number: int, parts: TrackParts, meter: Meter) -> None:
        """Begin empty."""
        super().__init__(number, parts)
        self._meter = meter

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle records, and count them."""
        upto = super().process(records, start)
        tick = self._meter.tick
        for _ in range(upto - start):
            tick()
        return upto


def track_app(job: Job, meter: Meter) -> EngineApp:
    """The worker of a run."""
    topics = plan(load(prefix=job.prefix, partitions=job.partitions))
    topics = replace(topics, activity=replace(topics.activity, name=job.source))
    # Nobody waits for models here, so nobody has to be woken.
    parts = TrackParts(topics, Policy(), fixed_shelf(job), Liveness("event"), Metrics(), _nothing)
    return build_app(engine_settings(job), lambda number: MeteredTask(number, parts, meter), observer=parts.metrics)


def _nothing() -> None:
    pass


def run(job: Job, meter: Meter) -> None:
    """Handle every record in a worker; a signal stops it, as in production."""
    app = track_app(job, meter)
    meter.on_finish = lambda: os.kill(os.getpid(), signal.SIGTERM)
    if run_app(app):
        raise RuntimeError("the worker did not stop in order")
