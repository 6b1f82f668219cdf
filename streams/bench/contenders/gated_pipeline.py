"""The track program on the generated log, as in `engine_pipeline`, behind a gate: so it can be said when it begins."""

from __future__ import annotations

import os
import signal

from streams.bench.contenders.engine_pipeline import Gate, track_app
from streams.bench.contenders.growing import Witness, open_when_told
from streams.bench.job import Job
from streams.bench.meter import Meter
from streams.engine.run import run as run_app


def run(job: Job, meter: Meter) -> None:
    """Say what is recovered; handle every record once something comes on standard input; stop as in production."""
    gate = Gate()
    app = track_app(job, meter, gate=gate, observer=Witness(meter))

    def go() -> None:
        gate.opened = True
        app.engine.wake()

    open_when_told(app, go)
    meter.on_finish = lambda: os.kill(os.getpid(), signal.SIGTERM)
    if run_app(app):
        raise RuntimeError("the worker did not stop in order")
