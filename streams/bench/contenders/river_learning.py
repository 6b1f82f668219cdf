"""River's logistic regression, a model for each target: `learn_one`, label after label, on encoded measurements."""

from __future__ import annotations

from typing import Any

from river import linear_model

from models.hats import encode
from models.schema import Vector
from streams.bench.epochs import read_epochs
from streams.bench.job import Job, Result
from streams.bench.meter import Meter
from streams.bench.spoken import said_of


def run(job: Job, meter: Meter) -> Result:
    """Learn label after label."""
    coded: dict[Vector, dict[Any, float]] = {}
    models: dict[str, Any] = {}
    lessons = []
    for cases in read_epochs(job.source):
        for case in cases:
            measured = coded.get(case.vector)
            if measured is None:
                measured = coded[case.vector] = dict(encode(case.vector))
            model = models.setdefault(case.target, linear_model.LogisticRegression())
            lessons.append((model, measured, case.label))
    learned = 0
    for model, measured, label in lessons:
        model.learn_one(measured, label)
        learned += 1
        meter.tick()
        if meter.finished:
            break
    said = [
        {name: float(each.predict_proba_one(measured)[True]) for name, each in models.items()}
        for measured in coded.values()
    ]
    return Result(learned, said_of(said))
