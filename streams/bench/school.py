"""The log of another organisation that models learn from: fixed models for all parts, epochs for the part `models`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from models.case import Case
from models.snapshot import encode_models
from streams.alerts.policy import Policy
from streams.backtest.run import run as backtest
from streams.bench.epochs import write_epochs
from streams.bench.plan import Listener, Plan
from streams.config.plays import shipped
from streams.demo.world import World, generate
from streams.labels.classroom import Classroom
from streams.labels.lesson import Lesson

#: When the generated logs begin.
START = datetime(2025, 1, 6, tzinfo=UTC)
_SEED = 5
_DEALS = 400


def fixed_models(plan: Plan, listener: Listener) -> Path:
    """Return the file with the snapshot of the models that were learned from a small log of their own."""
    return _schooled(plan, listener)[0]


def fixed_epochs(plan: Plan, listener: Listener) -> Path:
    """Return the file with the cases that these models learned, epoch by epoch."""
    return _schooled(plan, listener)[1]


def appended_at(days: int) -> int:
    """When the records of a generated log were appended, in milliseconds: a month after its end."""
    return int(START.timestamp() * 1000) + (days + 30) * 86_400_000


def _schooled(plan: Plan, listener: Listener) -> tuple[Path, Path]:
    """Let the models learn, once in a run."""
    snapshot, epochs = plan.folder / "models.bin", plan.folder / "epochs.bin"
    if not (snapshot.exists() and epochs.exists()):
        listener.begin("learning the fixed models", 0)
        lessons: list[Lesson] = []
        lines = (line.value for line in generate(World(_SEED, START), min(_DEALS, plan.deals), plan.school_days))
        models = backtest(
            lines, Policy(playbook=shipped()), appended_at(plan.school_days), listen=lessons.append
        ).models
        assert models is not None
        snapshot.write_bytes(encode_models(models))
        write_epochs(epochs, _epochs(lessons))
    return snapshot, epochs


def _epochs(lessons: Iterable[Lesson]) -> Iterator[list[Case]]:
    classroom = Classroom()
    for lesson in lessons:
        classroom.hear(lesson)
        while (epoch := classroom.ready()) is not None:
            yield [case for case in classroom.close(epoch) if case.taken_back is None]
