"""The product's learner on our engine, without anything beside it: lessons of a topic in, models out."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Sequence
from dataclasses import replace

from streams.bench.contenders.engine_counting import engine_settings
from streams.bench.contenders.growing import Witness, resident
from streams.bench.job import Job, Resident
from streams.bench.meter import Meter
from streams.config.settings import load
from streams.config.topics import Topics, plan
from streams.engine.build import build_app
from streams.engine.run import run as run_app
from streams.engine.task import Record, StateStore
from streams.runtime.learn import LearnTask
from streams.telemetry.emit import Metrics


class MeteredLearner(LearnTask):
    """The product's task, with a tick for every lesson it has heard."""

    def __init__(self, store: StateStore, topics: Topics, meter: Meter) -> None:
        """Begin with what is in the store, once ready."""
        super().__init__(store, topics, Metrics("learn"))
        self._meter = meter

    def process(self, records: Sequence[Record], start: int) -> int:
        """Hear lessons, and count them."""
        upto = super().process(records, start)
        for _ in range(upto - start):
            self._meter.tick()
        return upto


def run(job: Job, meter: Meter) -> None:
    """Learn all lessons, say what it weighs before and after, and stop; one without lessons waits for a signal."""
    topics = plan(load(prefix=job.prefix, partitions=job.partitions))
    app = build_app(
        replace(engine_settings(job), changelog_topic=topics.learner.name),
        lambda _number, store: MeteredLearner(store, topics, meter),
        observer=Witness(meter),
    )
    meter.on_finish = lambda: said_and_stopped(meter)
    gc.collect()
    meter.say(Resident("empty", resident()))
    if run_app(app):
        raise RuntimeError("the learner did not stop in order")


def said_and_stopped(meter: Meter) -> None:
    """Say what the process weighs, and stop it as a signal does."""
    gc.collect()
    meter.say(Resident("full", resident()))
    os.kill(os.getpid(), signal.SIGTERM)
