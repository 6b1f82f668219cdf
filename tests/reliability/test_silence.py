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
SOON_S = 75.0
"""Each connection is found dead when it is used: reading first, then writing, then the group's."""


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
            await arena.rest(within_s=SOON_S)
            assert not arena.ended_alone
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())
