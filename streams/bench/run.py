"""DOOR: a plan -> every figure, as one value that is printed or written as JSON."""

from __future__ import annotations

import logging
import time
from typing import Any

from msgspec import Struct

from streams.bench.capacity import run_capacity
from streams.bench.engine import run_engine
from streams.bench.figures import Score
from streams.bench.growth import Size, run_growth
from streams.bench.latency import Latency, run_latency
from streams.bench.machine import Machine, describe
from streams.bench.modelling import ModelScores, run_models
from streams.bench.pipeline import run_pipeline
from streams.bench.plan import Listener, Plan
from streams.bench.revenue import RevenueFigures, run_revenue
from streams.bench.targets import (
    Target,
    contest_targets,
    growth_targets,
    latency_targets,
    model_targets,
    revenue_targets,
)
from streams.capacity.figures import Figures


class Report(Struct, frozen=True, kw_only=True):
    """All that was measured; a part that was not asked for is none."""

    machine: Machine
    engine: dict[str, Score] | None = None
    pipeline: dict[str, Score] | None = None
    models: ModelScores | None = None
    latency: Latency | None = None
    growth: list[Size] | None = None
    capacity: Figures | None = None
    revenue: RevenueFigures | None = None
    targets: list[dict[str, Any]] = []


def bench(plan: Plan, kafka: str, listener: Listener) -> Report:
    """Run the parts of the plan, one after the other; `kafka` says which Kafka is used."""
    machine = describe(kafka)
    # A topic that was made a moment ago has no leader yet; the client tries again, and needs not say so.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    prefix = f"bench-{time.time_ns():x}."
    engine = run_engine(plan, f"{prefix}engine.", listener) if "engine" in plan.parts else None
    pipeline = run_pipeline(plan, f"{prefix}pipeline.", listener) if "pipeline" in plan.parts else None
    models = run_models(plan, f"{prefix}models.", listener) if "models" in plan.parts else None
    latency = run_latency(plan, f"{prefix}latency.", listener) if "latency" in plan.parts else None
    growth = run_growth(plan, f"{prefix}growth.", listener) if "growth" in plan.parts else None
    capacity = run_capacity(plan, f"{prefix}capacity.", kafka, listener) if "capacity" in plan.parts else None
    revenue = run_revenue(plan, f"{prefix}revenue.", listener) if "revenue" in plan.parts else None
    targets = [
        *contest_targets("engine", engine),
        *contest_targets("pipeline", pipeline),
        *model_targets(models),
        *latency_targets(latency),
        *growth_targets(growth),
        *revenue_targets(revenue),
    ]
    return Report(
        machine=machine,
        engine=engine,
        pipeline=pipeline,
        models=models,
        latency=latency,
        growth=growth,
        capacity=capacity,
        revenue=revenue,
        targets=[_told(each) for each in targets],
    )


def _told(target: Target) -> dict[str, Any]:
    limits = {"at_least": target.at_least, "at_most": target.at_most}
    return {
        "name": target.name,
        "figure": target.figure,
        **{name: limit for name, limit in limits.items() if limit is not None},
        "reached": target.reached,
    }
