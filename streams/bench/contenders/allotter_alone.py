"""The product's program that decides who is told, on our engine: alerts of a topic in, deliveries out; none is sent."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import time

from streams.alerts.policy import Policy
from streams.bench.contenders.engine_counting import engine_settings
from streams.bench.contenders.growing import Witness, resident
from streams.bench.contenders.learner_alone import said_and_stopped
from streams.bench.job import Job, Resident
from streams.bench.meter import Meter
from streams.config.delivery import read_delivery
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.build import build_app
from streams.engine.run import run as run_app
from streams.engine.task import Record, StateStore
from streams.runtime.allotter import AllotParts, AllotTask
from streams.telemetry.emit import Metrics

_DELIVERY = 'fallback = ["all"]\n[channels.all]\nurl = "json://127.0.0.1:9/"\nkind = "chat"\n'


class MeteredAllotter(AllotTask):
    """The product's task, with a tick for every alert it has heard."""

    def __init__(self, store: StateStore, parts: AllotParts, meter: Meter) -> None:
        """Begin with what is in the store, once ready."""
        super().__init__(store, parts)
        self._meter = meter

    def process(self, records: Sequence[Record], start: int) -> int:
        """Hear alerts, and count them."""
        upto = super().process(records, start)
        for _ in range(upto - start):
            self._meter.tick()
        return upto


def run(job: Job, meter: Meter) -> None:
    """Hear all alerts, say what it weighs before and after, and stop."""
    topics = plan(load(prefix=job.prefix, partitions=job.partitions))
    file = Path(job.folder) / "delivery.toml"
    file.write_text(_DELIVERY, encoding="utf-8")
    parts = AllotParts(
        topics=topics,
        plan=read_delivery(file, Policy(), ""),
        simulated=True,
        wall_ms=lambda: int(time() * 1000),
        metrics=Metrics("allot"),
    )
    app = build_app(
        replace(engine_settings(job), changelog_topic=topics.notifier.name),
        lambda _number, store: MeteredAllotter(store, parts, meter),
        observer=Witness(meter),
    )
    meter.on_finish = lambda: said_and_stopped(meter)
    gc.collect()
    meter.say(Resident("empty", resident()))
    if run_app(app):
        raise RuntimeError("the program did not stop in order")
