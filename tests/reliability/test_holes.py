"""The verifier is shown to work: each hole of plain Faust, put back into the engine, makes a run fail that else passes.

Every episode is a run with one trouble in it. The engine as it is comes through: here, in `test_fault_points` where it
is killed after a commit. With the hole open it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.reliability import faults, load
from tests.reliability.arena import Arena
from tests.reliability.stage import Stage
from tests.reliability.topics import ends_of
from tests.reliability.verifier import Verdict
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

LINES = 1_800
ENDS_WITHIN_S = 60.0
SMALL_BYTES = 200
"""No alert fits."""
RARE_COMMIT_S = 60.0
"""The most that can be set: commits come from handing over alone, however slow the machine is."""
PATIENCE_S = 30.0


async def killed_after_a_commit(arena: Arena, hole: dict[str, str]) -> Verdict:
    """The first life ends right after its first commit; whatever the offsets promise must be there."""
    arena.learner()
    await _end_after_the_first_commit(arena, hole)
    return await _finish(arena)


async def killed_while_all_waits(arena: Arena, hole: dict[str, str]) -> Verdict:
    """There are no models until the first life has ended: it handles nothing, and has nothing to commit."""
    await _end_after_the_first_commit(arena, hole)
    arena.learner()
    return await _finish(arena)


async def alerts_are_refused(arena: Arena, hole: dict[str, str]) -> Verdict:
    """Kafka refuses alerts for a while, as it does when a disk is full or a limit is too small."""
    arena.learner()
    await _limit_alerts(arena, str(SMALL_BYTES))
    arena.fill(arena.seat("one", 0, static=True, always=hole))
    trouble = asyncio.create_task(_ended_alone(arena))
    calm = asyncio.create_task(arena.topics.rest(ENDS_WITHIN_S))
    _, waiting = await asyncio.wait({trouble, calm}, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    await _limit_alerts(arena, "1048588")
    return await _finish(arena)


async def a_worker_joins(arena: Arena, hole: dict[str, str]) -> Verdict:
    """A second worker takes partitions from the first one, then the rest; nobody crashes, so nothing is said twice."""
    arena.learner()
    one = arena.seat("one", 0, always=hole | {"DEALWATCH_COMMIT_INTERVAL_SECONDS": str(RARE_COMMIT_S)})
    arena.fill(one)
    async with asyncio.timeout(PATIENCE_S):
        while not sum((await ends_of(arena.stage.bootstrap, arena.topics.plan.alerts.name)).values()):
            await asyncio.sleep(0.1)
    await arena.fill(arena.seat("two", 1, always=hole)).ready()
    await arena.leave(one)
    return await _finish(arena, repeats_allowed=False)


async def handling_raises_once(arena: Arena, hole: dict[str, str]) -> Verdict:
    """The core raises once; the record is handled by the next life."""
    arena.learner()
    hole = hole | {faults.STUMBLE: str(arena.folder / "stumbled")}
    arena.fill(arena.seat("one", 0, static=True, always=hole))
    verdict = await _finish(arena)
    assert (arena.folder / "stumbled").exists()
    return verdict


Episode = Callable[[Arena, dict[str, str]], Awaitable[Verdict]]
TROUBLE: dict[str, Episode] = {
    "L1": killed_after_a_commit,
    "L2": alerts_are_refused,
    "L3": a_worker_joins,
    "L5": killed_while_all_waits,
    "L6": handling_raises_once,
}
LEAVES = {
    "L1": {"state differs", "state missing"},
    "L2": {"alert missing"},
    "L3": {"alert repeated"},
    "L5": {"state differs", "state missing"},
    "L6": {"state differs"},
}
"""What is told of each, at least one of it. What was lost is missing, or differs where something came after it."""


def play(stage: Stage, nursery: Nursery, folder: Path, episode: Episode, hole: dict[str, str]) -> Verdict:
    """Run an episode and return its verdict."""

    async def run() -> Verdict:
        async with Arena(stage, nursery, folder) as arena:
            await load.fill(stage.bootstrap, arena.topics.plan.activity.name, seed=5, count=LINES)
            return await episode(arena, hole)

    return asyncio.run(run())


@pytest.mark.parametrize("episode", [a_worker_joins, alerts_are_refused, handling_raises_once])
def test_nothing_differs_without_the_hole(stage: Stage, nursery: Nursery, tmp_path: Path, episode: Episode) -> None:
    """The engine as it is comes through each trouble."""
    assert play(stage, nursery, tmp_path, episode, {}).differences == []


@pytest.mark.parametrize("hole", sorted(TROUBLE))
def test_every_hole_is_noticed_when_it_is_open(stage: Stage, nursery: Nursery, tmp_path: Path, hole: str) -> None:
    """With one of plain Faust's holes open, the same trouble leaves the differences that this hole makes."""
    verdict = play(stage, nursery, tmp_path, TROUBLE[hole], {faults.MUTANT: hole})
    assert LEAVES[hole] & {each.kind for each in verdict.differences}


async def _end_after_the_first_commit(arena: Arena, hole: dict[str, str]) -> None:
    seat = arena.seat("one", 0, static=True, always=hole)
    worker = arena.fill(seat, **{faults.POINT: "after commit", faults.TURN: "1"})
    await worker.ended(ENDS_WITHIN_S)


async def _finish(arena: Arena, *, repeats_allowed: bool = True) -> Verdict:
    await arena.rest()
    await arena.stop()
    _, verdict = await arena.verdict(repeats_allowed=repeats_allowed)
    return verdict


async def _ended_alone(arena: Arena) -> None:
    while not arena.ended_alone:
        await asyncio.sleep(0.1)


async def _limit_alerts(arena: Arena, most_bytes: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=arena.stage.bootstrap)
    await admin.start()
    try:
        topic = arena.topics.plan.alerts.name
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": most_bytes})])
    finally:
        await admin.close()
