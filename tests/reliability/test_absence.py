"""What the worker needs and does not find (S24): it says so in one line, and works as soon as it is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.proxy import Weather
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

ENDS_WITHIN_S = 60.0
LINES = 800


@pytest.mark.parametrize(
    ("broker", "word"),
    [("127.0.0.1:1", "no Kafka answers"), ("no-such-host.invalid:9092", "no Kafka answers"), ("nonsense", "host:port")],
)
def test_a_worker_without_its_kafka_says_so(
    stage: Stage, nursery: Nursery, tmp_path: Path, broker: str, word: str
) -> None:
    """Nobody listens, no such host, no address at all: one line, exit code not 0, no traceback."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            seat = arena.seat("one", 0, always={"DEALWATCH_BROKER": broker})
            worker = arena.fill(seat)
            seat.wanted = False
            assert await worker.ended(ENDS_WITHIN_S) != 0
            said = worker.log.read_text()
            assert word in said and "Traceback" not in said, said

    asyncio.run(run())


def test_a_worker_that_was_started_before_its_kafka_works_once_it_is_there(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Whoever restarts it (systemd, Kubernetes, here the harness) needs to know nothing of the order of starts."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            arena.proxies[0].turn(Weather.CUT)
            seat = arena.seat("one", 0)
            arena.fill(seat)
            arena.learner()
            await load.fill(stage.bootstrap, arena.topics.plan.activity.name, seed=9, count=LINES)
            async with asyncio.timeout(ENDS_WITHIN_S):
                while seat.lives < 2:
                    await asyncio.sleep(0.1)
            arena.proxies[0].turn(Weather.CLEAR)
            await arena.rest()
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())
