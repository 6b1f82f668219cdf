"""What befalls the topics: full disks (S12), states that are none (S17), added partitions (S19)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.reliability.arena import Arena
from tests.reliability.disks import full_disks
from tests.reliability.grown import added_partitions, refuses
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka


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
            await refuses(arena, "partition 2")

    asyncio.run(run())


@pytest.mark.parametrize("also_the_changelog", [False, True])
def test_added_partitions_are_refused(stage: Stage, nursery: Nursery, tmp_path: Path, also_the_changelog: bool) -> None:
    """States lie where the old number of partitions put them: no worker starts with another one (S19)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            await added_partitions(arena, 6, also_the_changelog=also_the_changelog)

    asyncio.run(run())
