"""A worker that ends, or is stopped, exactly between two steps of the engine's theory (S2, and the worst of S6)."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.reliability import faults, load
from tests.reliability.arena import REST_WITHIN_S, Arena
from tests.reliability.proxy import Weather
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

LIVES = 3
PACE = 250.0
BACK_S = 2.0


def test_a_worker_killed_before_or_after_any_step_leaves_the_truth(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Killed before and after sending alerts, writing states and committing, three times each: nothing differs."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            ended = asyncio.Event()
            loading = asyncio.create_task(
                load.flow(stage.bootstrap, arena.topics.plan.activity.name, seed=2, per_second=PACE, until=ended)
            )
            arena.learner()
            seat = arena.seat("one", 0, static=True)
            for life in range(LIVES):
                for point in faults.POINTS:
                    # Later in each life: another record, another state, another of the partitions.
                    worker = arena.fill(seat, **{faults.POINT: point, faults.TURN: str(2 + life)})
                    seat.wanted = False
                    assert await worker.ended(60) == -signal.SIGKILL, point
            ended.set()
            await loading
            arena.fill(seat)
            await arena.rest()
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []
            assert verdict.repeats["alert"] > 0, "no kill fell between an alert and its state"

    asyncio.run(run())


@pytest.mark.parametrize("absence", ["stopped", "cut off"])
@pytest.mark.parametrize(("point", "turn"), [("before send", 3), ("before commit", 2), ("before states", 3)])
def test_a_worker_absent_in_the_middle_of_a_checkpoint_does_no_harm_when_it_is_back(
    stage: Stage, nursery: Nursery, tmp_path: Path, point: str, turn: int, absence: str
) -> None:
    """Away right before it writes, for longer than its session, it goes on when another one has its partitions."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            activity = arena.topics.plan.activity.name
            await load.fill(stage.bootstrap, activity, seed=3, count=3_000)
            arena.learner()
            seat, heir = arena.seat("absent", 0), arena.seat("heir", 1)
            absent = arena.fill(seat, **{faults.POINT: point, faults.TURN: str(turn), faults.DEED: "stop"})
            await absent.stopped()
            if absence == "cut off":
                arena.proxies[seat.door].turn(Weather.DEAF)
                absent.send(signal.SIGCONT)
            arena.fill(heir)
            await arena.topics.rest(REST_WITHIN_S)
            arena.proxies[seat.door].turn(Weather.CLEAR)
            absent.send(signal.SIGCONT)
            await asyncio.sleep(BACK_S)
            # Whoever takes the partitions over now reads what the absent one may have written.
            await arena.leave(heir, signal.SIGKILL)
            await arena.leave(seat)
            arena.fill(heir)
            await load.fill(stage.bootstrap, activity, seed=3, count=3_500)
            await arena.rest()
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())
