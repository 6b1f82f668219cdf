"""A connection that dies without a word: nobody is told, and what was asked on it is never answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.reliability import load
from tests.reliability.arena import LONG_SESSION_S, Arena
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

LINES = 300
KAFKAS_OWN_S = 45.0
"""What the bound on a request must stay below, or a partition stands still for as long."""


@pytest.mark.kafka
def test_a_worker_whose_connections_died_without_a_word_gets_on_soon_and_is_not_ended(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """It is the only one, so nobody takes over: it notices by itself, connects anew, and nothing is missing."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, session_s=LONG_SESSION_S) as arena:
            topic = arena.topics.plan.activity.name
            arena.learner()
            arena.fill(arena.seat("one", 0))
            await load.fill(stage.bootstrap, topic, seed=3, count=LINES)
            await arena.rest()
            arena.proxies[0].forget()
            await load.fill(stage.bootstrap, topic, seed=3, count=2 * LINES)
            await arena.rest(within_s=KAFKAS_OWN_S)
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())
