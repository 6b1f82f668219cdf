"""DOOR: a plan -> every figure, as one value that is printed or written as JSON."""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct

from streams.bench.engine import run_engine
from streams.bench.figures import Score
from streams.bench.machine import Machine, describe
from streams.bench.pipeline import run_pipeline
from streams.bench.plan import Listener, Plan
from streams.bench.targets import Target, contest_targets


class Report(Struct, frozen=True, kw_only=True):
    """All that was measured; a part that was not asked for is none."""

    machine: Machine
    engine: dict[str, Score] | None = None
    pipeline: dict[str, Score] | None = None
    targets: list[dict[str, Any]] = []


def bench(plan: Plan, kafka: str, listener: Listener) -> Report:
    """Run the parts of the plan, one after the other; `kafka` says which Kafka is used."""
    machine = describe(kafka)
    prefix = f"bench-{time.time_ns():x}."
    engine = run_engine(plan, f"{prefix}engine.", listener) if "engine" in plan.parts else None
    pipeline = run_pipeline(plan, f"{prefix}pipeline.", listener) if "pipeline" in plan.parts else None
    targets = contest_targets("engine", engine) + contest_targets("pipeline", pipeline)
    return Report(machine=machine, engine=engine, pipeline=pipeline, targets=[_told(each) for each in targets])


def _told(target: Target) -> dict[str, Any]:
    limits = {"at_least": target.at_least, "at_most": target.at_most}
    return {
        "name": target.name,
        "figure": target.figure,
        **{name: limit for name, limit in limits.items() if limit is not None},
        "reached": target.reached,
    }
