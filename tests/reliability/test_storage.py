"""What befalls the topics: full disks (S12), damaged changelogs (S17), added partitions (S19)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from tests.reliability import load
from tests.reliability.arena import Arena, Seat
from tests.reliability.disks import full_disks
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

LINES = 1_500
PACE = 150.0
FULL_BYTES = 4_096
FILLS_UP_AFTER_S = 2.0
ENDS_WITHIN_S = 60.0


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_a_full_disk_under_the_broker_and_the_worker_loses_nothing(
    stage: Stage, nursery: Nursery, tmp_path: Path, store: str
) -> None:
    """The broker dies of it, a worker with RocksDB says so, one without needs none; with room nothing differs (S12)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, seed=6) as arena:
            verdict = await full_disks(arena, store, rounds=1)
            assert verdict.differences == []

    asyncio.run(run())


@pytest.mark.parametrize("value", [b"{", b'{"schema":99,"deal":{}}', b"\xff\xfe"])
def test_a_state_that_cannot_be_read_stops_the_worker(
    stage: Stage, nursery: Nursery, tmp_path: Path, value: bytes
) -> None:
    """Somebody wrote to `deal.state` what is no state: the worker ends and says which partition (S17)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            producer = AIOKafkaProducer(bootstrap_servers=stage.bootstrap)
            await producer.start()
            await producer.send_and_wait(arena.topics.plan.state.name, value, key=b"opp-1", partition=2)
            await producer.stop()
            assert await _refuses(arena, "partition 2")

    asyncio.run(run())


@pytest.mark.parametrize("also_the_changelog", [False, True])
def test_added_partitions_are_refused(stage: Stage, nursery: Nursery, tmp_path: Path, also_the_changelog: bool) -> None:
    """States lie where the old number of partitions put them: no worker starts with another one (S19)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            await _handled(arena)
            plan = arena.topics.plan
            grown = [plan.activity.name, *([plan.state.name] if also_the_changelog else [])]
            admin = AIOKafkaAdminClient(bootstrap_servers=stage.bootstrap)
            await admin.start()
            await admin.create_partitions({name: NewPartitions(6) for name in grown})
            await admin.close()
            word = "has 6 partitions" if also_the_changelog else "has 6 partitions but its changelog"
            assert await _refuses(arena, word)

    asyncio.run(run())


async def _handled(arena: Arena) -> None:
    """Let a worker and a learner handle a log, and leave."""
    await load.fill(arena.stage.bootstrap, arena.topics.plan.activity.name, seed=8, count=LINES)
    arena.learner()
    arena.fill(arena.seat("one", 0))
    await arena.rest()
    await arena.stop()


async def _refuses(arena: Arena, word: str) -> bool:
    """Start a worker and see that it ends by itself, with 1, a line that has the word, and nothing written."""
    seat: Seat = arena.seat("late", 1)
    worker = arena.fill(seat)
    seat.wanted = False
    assert await worker.ended(ENDS_WITHIN_S) == 1, worker.log.read_text()
    last = worker.log.read_text().strip().splitlines()[-1]
    assert word in last, last
    return True
