"""The part `models`: what scoring a deal and learning a label cost, beside River's own logistic regression.

No Kafka. *Scoring*: the five probabilities of a deal from what was measured of it, with the fixed models. *Learning*:
the labels of a generated log, epoch by epoch as they came. River is given every measurement encoded already, as a
dictionary of the same slots; our programs encode it themselves, inside the time that counts. In scoring River has our
weights, so both must say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from models.schema import Vector
from models.score import probability
from models.snapshot import decode_models
from streams.bench.bout import Bout
from streams.bench.contenders import LEARNING, SCORING, Contender
from streams.bench.epochs import read_epochs, vectors_of
from streams.bench.figures import Score
from streams.bench.job import Job, Result
from streams.bench.plan import Listener, Plan
from streams.bench.rounds import Contest
from streams.bench.school import fixed_epochs, fixed_models
from streams.bench.spoken import said_of


class ModelScores(Struct, frozen=True, kw_only=True):
    """All of the part; an event is a deal in `scoring`, a label in `learning`."""

    scoring: dict[str, Score]
    learning: dict[str, Score]


def run_models(plan: Plan, prefix: str, listener: Listener) -> ModelScores:
    """Let ours and River score the same deals, and learn the same labels."""
    models, epochs = fixed_models(plan, listener), fixed_epochs(plan, listener)
    cases = read_epochs(str(epochs))
    wanted = _said(models, vectors_of(cases))
    learned: dict[str, Result] = {}

    def contest(
        part: str,
        contenders: Sequence[Contender],
        events: int,
        faults: Callable[[Contender, Job, Bout], Sequence[str]],
    ) -> dict[str, Score]:
        return Contest(
            part=part,
            contenders=contenders,
            source=str(epochs),
            events=events,
            limit_s=plan.limit_s,
            topics=lambda _contender, _job: [],
            faults=faults,
            models=str(models),
        ).hold(plan, f"{prefix}{part}.", listener)

    return ModelScores(
        scoring=contest("scoring", SCORING, plan.scored_deals, lambda _contender, _job, bout: _misread(bout, wanted)),
        learning=contest(
            "learning",
            LEARNING,
            sum(map(len, cases)),
            lambda contender, job, bout: _mislearned(contender, job, bout, learned),
        ),
    )


def _said(models: Path, vectors: Sequence[Vector]) -> str:
    """What must be said of the measurements: by the sum over all slots, which no fast path has touched."""
    targets = decode_models(models.read_bytes()).targets
    return said_of([{name: probability(each, vector) for name, each in targets.items()} for vector in vectors])


def _misread(bout: Bout, wanted: str) -> list[str]:
    assert bout.ended is not None and bout.ended.result is not None
    said = bout.ended.result.digest
    return [] if said == wanted else [f"says {said} on average, where {wanted} is right"]


def _mislearned(contender: Contender, job: Job, bout: Bout, learned: dict[str, Result]) -> list[str]:
    """Compare what was learned with what was handled, and, after all labels, with what another round came to."""
    assert bout.ended is not None and bout.ended.result is not None
    handled, result = bout.ended.handled, bout.ended.result
    if result.counted != handled:
        return [f"has learned {result.counted:,} labels of {handled:,}"]
    if handled < job.events:
        return []
    return [] if result == learned.setdefault(contender.name, result) else ["learned otherwise than in another round"]
