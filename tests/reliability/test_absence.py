"""What the worker needs and does not find (S24): it says so in one line, and works as soon as it is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.episodes import finish
from tests.reliability.proxy import Weather
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

ENDS_WITHIN_S = 60.0
LINES = 800
ABSENT = {
    "nobody": ("127.0.0.1:1", "no Kafka answers"),
    "nowhere": ("no-such-host.invalid:9092", "no Kafka answers"),
    "nonsense": ("nonsense", "host:port"),
}


@pytest.mark.kafka
def test_a_worker_without_its_kafka_says_so_and_works_once_it_is_there(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Nobody listens, no such host, no address: one line each. One started too early works when started again."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            arena.proxies[0].turn(Weather.CUT)
            early = arena.seat("early", 0)
            arena.fill(early)
            for name, (broker, word) in ABSENT.items():
                seat = arena.seat(name, 1, always={"DEALWATCH_BROKER": broker})
                worker = arena.fill(seat)
                seat.wanted = False
                assert await worker.ended(ENDS_WITHIN_S) != 0
                said = worker.log.read_text()
                assert word in said and "Traceback" not in said, said

            arena.learner()
            await load.fill(stage.bootstrap, arena.topics.plan.activity.name, seed=9, count=LINES)
            async with asyncio.timeout(ENDS_WITHIN_S):
                while early.lives < 2:
                    await asyncio.sleep(0.1)
            arena.proxies[0].turn(Weather.CLEAR)
            assert (await finish(arena)).differences == []

    asyncio.run(run())
