"""The product's track program on our engine: what `dealwatch worker` runs, without its page and its learner.

The only place in this part that speaks the engine's task protocol.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic, time

from streams.alerts.policy import Policy
from streams.bench.contenders.engine_counting import engine_settings
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job, Progress
from streams.bench.meter import Meter
from streams.config.plays import shipped
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.app import EngineApp
from streams.engine.build import build_app
from streams.engine.observer import Observer
from streams.engine.run import run as run_app
from streams.engine.settings import StoreKind
from streams.engine.task import Record, StateStore
from streams.runtime.program import program, tracing_of
from streams.runtime.track import Liveness, TrackParts, TrackTask
from streams.state.codec import gist_of
from streams.state.sample import typical_state
from streams.telemetry.emit import Metrics


class MeteredTask(TrackTask):
    """The product's task, with a tick for every record it has handled."""

    def __init__(self, number: int, store: StateStore, parts: TrackParts, meter: Meter) -> None:
        """Go on from what is in the store."""
        super().__init__(number, store, parts)
        self._meter = meter

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle records, and count them."""
        upto = super().process(records, start)
        tick = self._meter.tick
        for _ in range(upto - start):
            tick()
        return upto


class Gate:
    """Closed until somebody opens it; records wait behind it. It knows how far the worker came, and when."""

    def __init__(self) -> None:
        """Begin closed."""
        self.opened = False
        self.progress = Progress(0, monotonic())


class GatedTask(MeteredTask):
    """The product's task behind a gate."""

    def __init__(self, number: int, store: StateStore, parts: TrackParts, meter: Meter, gate: Gate) -> None:
        """Go on from what is in the store, when the gate is open."""
        super().__init__(number, store, parts, meter)
        self._gate = gate

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle records, if the gate is open."""
        if not self._gate.opened:
            return start
        upto = super().process(records, start)
        self._gate.progress = Progress(self._meter.handled, monotonic())
        return upto


def track_app(
    job: Job,
    meter: Meter,
    *,
    gate: Gate | None = None,
    observer: Observer | None = None,
    store: StoreKind = "memory",
) -> EngineApp:
    """The worker of a run; behind a gate if there is one."""
    settings = load(prefix=job.prefix, partitions=job.partitions)
    topics = plan(settings)
    topics = replace(topics, activity=replace(topics.activity, name=job.source))
    # Nobody waits for models here, so nobody has to be woken.
    shelf, liveness = fixed_shelf(job.models), Liveness(job.clock)
    parts = TrackParts(
        topics,
        Policy(playbook=shipped()),
        shelf,
        liveness,
        Metrics("track"),
        _nothing,
        settings.deals_at_work,
        _nothing,
        lambda: int(time() * 1000),
    )

    def make_task(number: int, store: StateStore) -> TrackTask:
        if gate is None:
            return MeteredTask(number, store, parts, meter)
        return GatedTask(number, store, parts, meter, gate)

    engine = replace(
        engine_settings(job, store),
        store_sample=typical_state(),
        store_gist=gist_of,
        last_word_topics=(topics.open_alerts.name,),
    )
    if observer is not None:
        return build_app(engine, make_task, observer=observer)
    # With DEALWATCH_OTEL_ENDPOINT in the environment it is measured what traces cost.
    said = (topics.alerts.name, topics.open_alerts.name)
    return program(engine, make_task, parts.metrics, tracing_of(settings, "track"), services=(), said=said)


def _nothing() -> None:
    pass


def run(job: Job, meter: Meter) -> None:
    """Handle every record in a worker; a signal stops it, as in production."""
    app = track_app(job, meter)
    meter.on_finish = lambda: os.kill(os.getpid(), signal.SIGTERM)
    if run_app(app):
        raise RuntimeError("the worker did not stop in order")
