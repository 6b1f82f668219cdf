"""Our learner with its default recipes: the labels of an epoch at once, as they fell due."""

from __future__ import annotations

from hashlib import sha256

from models.learn import Learner
from models.snapshot import encode_models
from streams.bench.epochs import read_epochs
from streams.bench.job import Job, Result
from streams.bench.meter import Meter


def run(job: Job, meter: Meter) -> Result:
    """Learn epoch after epoch."""
    learner = Learner()
    for cases in read_epochs(job.source):
        learner.learn(cases)
        for _ in cases:
            meter.tick()
        if meter.finished:
            break
    models = learner.publish(0)
    learned = sum(each.trained for each in models.targets.values())
    return Result(learned, sha256(encode_models(models)).hexdigest()[:16])
