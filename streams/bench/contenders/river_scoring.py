"""River's logistic regression with our weights: `predict_proba_one` for each target, on what is encoded already."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from river import linear_model
from river.utils import VectorDict

from models.hats import encode
from models.snapshot import decode_models
from streams.bench.epochs import read_epochs, vectors_of
from streams.bench.job import Job, Result
from streams.bench.meter import Meter
from streams.bench.spoken import said_of


def run(job: Job, meter: Meter) -> Result:
    """Score the measurements again and again."""
    targets = decode_models(Path(job.models).read_bytes()).targets
    models = {name: _with_weights(each.weights) for name, each in targets.items()}
    coded: list[dict[Any, float]] = [dict(encode(vector)) for vector in vectors_of(read_epochs(job.source))]
    one, two, three, four, five = (each.predict_proba_one for each in models.values())
    tick = meter.tick
    for measured in cycle(coded):
        one(measured)
        two(measured)
        three(measured)
        four(measured)
        five(measured)
        tick()
        if meter.finished:
            break
    said = [
        {name: float(each.predict_proba_one(measured)[True]) for name, each in models.items()} for measured in coded
    ]
    return Result(meter.handled, said_of(said))


def _with_weights(weights: dict[str, float]) -> Any:
    """A regression that says what these weights say: the constant is among them."""
    model = linear_model.LogisticRegression()
    model._weights = VectorDict(weights)
    return model
