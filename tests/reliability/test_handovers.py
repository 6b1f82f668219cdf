"""Handovers in which nobody crashes: rolling restarts (S3) and a rebalance storm (S4). Nothing may come twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.reliability.arena import LONG_SESSION_S, Arena
from tests.reliability.episodes import handovers
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

ROUNDS, BEATS = 1, 6


@pytest.mark.kafka
def test_restarts_and_rebalances_in_order_repeat_nothing(stage: Stage, nursery: Nursery, tmp_path: Path) -> None:
    """Three workers restarted one after the other; then one comes or goes every two seconds, six times."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, seed=4, session_s=LONG_SESSION_S) as arena:
            verdict = await handovers(arena, ROUNDS, BEATS)
            assert verdict.differences == []
            assert not arena.ended_alone

    asyncio.run(run())
