"""Our engine, as a program written on it: the only place in the benchmark that speaks the engine's task protocol."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import orjson

from streams.bench.counting import Counter, State
from streams.bench.job import Job
from streams.bench.meter import Meter
from streams.engine.build import build_app
from streams.engine.run import run as run_app
from streams.engine.settings import EngineSettings, StoreKind
from streams.engine.task import Outgoing, Record, StateStore


class CountingTask:
    """The counts of one partition; a state carries the offset it has seen last, so a repeat counts nothing twice."""

    def __init__(self, store: StateStore, job: Job, meter: Meter, *, decoded: bool = True) -> None:
        """Go on from what is in the store; keep all counts `decoded`, or only those of the checkpoint to come."""
        self._store = store
        self._decoded = decoded
        self._alerts = job.alerts
        self._handle = Counter(meter).handle
        self._states: dict[bytes, State] = {}
        self._dirty: set[bytes] = set()
        self._outgoing: list[Outgoing] = []

    def ready(self) -> None:
        """Take the counts back."""
        if self._decoded:
            self._states = {key: orjson.loads(value) for key, value in self._store.items()}

    def _state(self, key: bytes) -> State | None:
        state = self._states.get(key)
        if state is None and not self._decoded and (value := self._store.get(key)) is not None:
            return cast(State, orjson.loads(value))
        return state

    def process(self, records: Sequence[Record], start: int) -> int:
        """Count all records."""
        states, state_of, handle, dirty = self._states, self._state, self._handle, self._dirty
        for index in range(start, len(records)):
            record = records[index]
            key, value = record.key, record.value
            assert key is not None and value is not None
            state = state_of(key)
            if state is not None and record.offset <= state[2]:
                continue
            new, alert = handle(state, value)
            new.append(record.offset)
            states[key] = new
            dirty.add(key)
            if alert is not None:
                self._outgoing.append(Outgoing(self._alerts, key, alert))
        return len(records)

    def outbox(self) -> list[Outgoing]:
        """Hand over the alerts."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Hand over the changed counts."""
        states, dumps = self._states, orjson.dumps
        changed: list[tuple[bytes, bytes | None]] = [(key, dumps(states[key])) for key in self._dirty]
        self._dirty.clear()
        if not self._decoded:
            self._states.clear()
        return changed

    def resume_offset(self) -> None:
        """Nothing is held back."""

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Nothing falls due."""


def engine_settings(job: Job, store: StoreKind = "memory") -> EngineSettings:
    """Return the engine's settings for a run: its defaults, but for what is the same for all contenders."""
    return EngineSettings(
        app_id=job.group,
        broker=job.broker,
        source_topic=job.source,
        changelog_topic=job.changelog,
        state_dir=Path(job.folder),
        commit_interval_s=job.commit_interval_s,
        store=store,
    )


def run(job: Job, meter: Meter) -> None:
    """Count in the tasks of a worker; a signal stops it, as in production."""
    count(job, meter, "memory")


def count(job: Job, meter: Meter, kind: StoreKind) -> None:
    """Count with states in memory, or on disk with nothing else of them in memory than what changed last."""
    decoded = kind == "memory"
    app = build_app(engine_settings(job, kind), lambda _number, store: CountingTask(store, job, meter, decoded=decoded))
    meter.on_finish = lambda: os.kill(os.getpid(), signal.SIGTERM)
    if run_app(app):
        raise RuntimeError("the worker did not stop in order")
