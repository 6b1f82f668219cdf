"""Our engine with its states on disk (`store="rocksdb"`): what states larger than memory cost."""

from __future__ import annotations

from streams.bench.contenders.engine_counting import count
from streams.bench.job import Job
from streams.bench.meter import Meter


def run(job: Job, meter: Meter) -> None:
    """Count in the tasks of a worker that keeps nothing decoded beyond a checkpoint."""
    count(job, meter, "rocksdb")
