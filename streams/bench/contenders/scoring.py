"""Our scorer: all five probabilities of a measurement in one walk."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from models.scorer import Scorer
from models.snapshot import decode_models
from streams.bench.epochs import read_epochs, vectors_of
from streams.bench.job import Job, Result
from streams.bench.meter import Meter
from streams.bench.spoken import said_of


def run(job: Job, meter: Meter) -> Result:
    """Score the measurements again and again."""
    scorer = Scorer(decode_models(Path(job.models).read_bytes()))
    vectors = vectors_of(read_epochs(job.source))
    probabilities, tick = scorer.probabilities, meter.tick
    for vector in cycle(vectors):
        probabilities(vector)
        tick()
        if meter.finished:
            break
    return Result(meter.handled, said_of([probabilities(vector) for vector in vectors]))
