"""A worker that ends, or is away, exactly between two steps of the engine's theory (S2, and the worst of S6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.reliability.arena import Arena
from tests.reliability.episodes import absence, fault_points
from tests.reliability.stage import Stage
from tests.reliability.verifier import Verdict
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

ROUNDS = 2


def play(
    stage: Stage, nursery: Nursery, folder: Path, seed: int, episode: Callable[[Arena], Awaitable[Verdict]]
) -> Verdict:
    """Run an episode in an arena of its own."""

    async def run() -> Verdict:
        async with Arena(stage, nursery, folder, seed=seed) as arena:
            return await episode(arena)

    return asyncio.run(run())


def test_a_worker_killed_before_or_after_any_step_leaves_the_truth(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Killed before and after sending alerts, writing states and committing, twice each: nothing differs."""
    verdict = play(stage, nursery, tmp_path, 2, lambda arena: fault_points(arena, ROUNDS))
    assert verdict.differences == []
    assert verdict.repeats["alert"] > 0, "no kill fell between an alert and its state"


@pytest.mark.parametrize("cut_off", [False, True], ids=["stopped", "cut off"])
def test_a_worker_absent_while_it_writes_its_states_does_no_harm_when_it_is_back(
    stage: Stage, nursery: Nursery, tmp_path: Path, cut_off: bool
) -> None:
    """Away right before the write, for longer than its session, it goes on when another one has its partitions."""
    verdict = play(stage, nursery, tmp_path, 3, lambda arena: absence(arena, "before states", 3, cut_off=cut_off))
    assert verdict.differences == []
