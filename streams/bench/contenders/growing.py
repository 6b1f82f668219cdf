"""Our worker with many open deals: says when its states are back, what they weigh, and how long checkpoints take.

It waits behind a gate until it is told to go, so that recovery and throughput are measured apart.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from streams.bench.contenders.engine_pipeline import Gate, track_app
from streams.bench.job import Committed, Job, Progress, Rebalanced, Recovered, Resident
from streams.bench.meter import Meter
from streams.engine.app import EngineApp
from streams.engine.run import run as run_app
from streams.engine.settings import StoreKind

_TELL_EVERY_S = 0.05
"""Told after every slice, what it costs to tell would be measured: in live operation a slice has a record or two."""
_PAGE_BYTES = 4096
_STATM = Path("/proc/self/statm")


class Witness:
    """An observer that says what it is told."""

    def __init__(self, meter: Meter) -> None:
        """Say it through the meter."""
        self._say = meter.say

    def on_batch(self, partition: int, n: int, seconds: float) -> None:
        """Ignore it: the task says how far it is."""

    def on_commit(self, seconds: float, n_offsets: int, n_states: int) -> None:
        """Say it."""
        self._say(Committed(seconds, n_states))

    def on_lag(self, partition: int, lag: int, seconds: float) -> None:
        """Ignore it."""

    def on_size(self, partition: int, n_bytes: int) -> None:
        """Ignore it."""

    def on_rebalance(self) -> None:
        """Say it."""
        self._say(Rebalanced())

    def on_recovered(self, partition: int, n_states: int, n_read: int, seconds: float) -> None:
        """Say it."""
        self._say(Recovered(partition, n_states, seconds))

    def on_mended(self, topic: str, n: int) -> None:
        """Ignore it."""


def resident() -> int:
    """Return the resident memory of this process in bytes; 0 where the system does not say."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def run(job: Job, meter: Meter) -> None:
    """Work until a signal comes, with states in memory."""
    grow(job, meter, "memory")


def grow(job: Job, meter: Meter, store: StoreKind) -> None:
    """Work until a signal comes; whatever comes on standard input opens the gate."""
    gate = Gate()
    app = track_app(job, meter, gate=gate, observer=Witness(meter), store=store)
    gc.collect()
    meter.say(Resident("empty", resident()))

    def go() -> None:
        gc.collect()
        meter.say(Resident("full", resident()))
        gate.opened = True
        meter.say(Progress(meter.handled, monotonic()))
        app.engine.wake()

    async def tell() -> None:
        told = gate.progress
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            if gate.progress is not told:
                told = gate.progress
                meter.say(told)

    open_when_told(app, go)
    app.task(tell)
    if run_app(app):
        raise RuntimeError("the worker did not stop in order")


def open_when_told(app: EngineApp, go: Callable[[], None]) -> None:
    """Have `go` called in the worker's loop for whatever comes on standard input."""

    async def listen() -> None:
        loop = asyncio.get_running_loop()

        def hear() -> None:
            # The bare descriptor: a thread inside of Python's buffered reader would block the interpreter's own end.
            while os.read(0, 1024):
                loop.call_soon_threadsafe(go)

        threading.Thread(target=hear, daemon=True).start()

    app.task(listen)
