"""Handovers in which nobody crashes: rolling restarts (S3) and a rebalance storm (S4). Nothing may come twice."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

pytestmark = pytest.mark.kafka

PACE = 120.0
ROUNDS = 2
SETTLE_S = 1.0
STORM_BEATS = 10
STORM_BEAT_S = 2.0


def test_restarts_and_rebalances_in_order_repeat_nothing(stage: Stage, nursery: Nursery, tmp_path: Path) -> None:
    """Three workers restarted one after the other, twice; then one comes or goes every two seconds, ten times."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            ended = asyncio.Event()
            loading = asyncio.create_task(
                load.flow(stage.bootstrap, arena.topics.plan.activity.name, seed=4, per_second=PACE, until=ended)
            )
            arena.learner()
            seats = [arena.seat(f"w{number}", number, static=number != 2) for number in range(3)]
            for seat in seats:
                arena.fill(seat)
            await asyncio.sleep(SETTLE_S)
            for _ in range(ROUNDS):
                for seat in seats:
                    assert await arena.replace(seat, signal.SIGTERM) == 0, seat.worker and seat.worker.last_words()
                    await asyncio.sleep(SETTLE_S)
            guest = arena.seat("guest", 3)
            for _ in range(STORM_BEATS // 2):
                arena.fill(guest)
                await asyncio.sleep(STORM_BEAT_S)
                assert await arena.leave(guest) == 0, guest.worker and guest.worker.last_words()
                await asyncio.sleep(STORM_BEAT_S)
            ended.set()
            await loading
            await arena.rest()
            await arena.stop()
            _, verdict = await arena.verdict(repeats_allowed=False)
            assert verdict.differences == []
            assert not arena.ended_alone

    asyncio.run(run())
