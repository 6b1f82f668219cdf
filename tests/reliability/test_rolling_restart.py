"""An upgrade as Kubernetes makes it: every worker by name, one after the other, under load; told in docs/upgrade.md."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import pytest

from tests.reliability.arena import LEARNER_DOOR, LONG_SESSION_S, Arena, Seat
from tests.reliability.episodes import finish, under_load
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

ROUNDS = 2
WORKERS = 3
ROCKSDB = {"DEALWATCH_STORE": "rocksdb", "DEALWATCH_PAGE": "false"}


def rebalances(seat: Seat) -> float:
    """How often the group has dealt partitions since this life of a worker began."""
    assert seat.worker is not None
    found = re.search(r"^dealwatch_rebalances_total\S* (\S+)", seat.worker.get("/metrics") or "", re.MULTILINE)
    assert found is not None
    return float(found[1])


@pytest.mark.kafka
def test_named_workers_restarted_one_after_the_other_lose_nothing_repeat_nothing_and_disturb_nobody(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Trackers with their states on disk, and the learner, two rounds: the truth, and each of it once.

    While one is away the others are dealt nothing anew; its partitions wait for it.
    """

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, seed=7, session_s=LONG_SESSION_S) as arena:
            learner = arena.seat("learner", LEARNER_DOOR, role="learn", static=True)
            trackers = [arena.seat(f"track-{number}", number, static=True, always=ROCKSDB) for number in range(WORKERS)]
            seats = [*trackers, learner]
            async with under_load(arena):
                for seat in seats:
                    arena.fill(seat)
                # Until all have come the group is dealt anew for each.
                await asyncio.gather(*(arena.ready(seat) for seat in seats))
                for _ in range(ROUNDS):
                    for seat in seats:
                        others = [each for each in trackers if each is not seat]
                        before = [await asyncio.to_thread(rebalances, each) for each in others]
                        code = await arena.replace(seat, signal.SIGTERM)
                        assert code == 0, f"{seat.name} ended with {code}"
                        await arena.ready(seat)
                        assert [await asyncio.to_thread(rebalances, each) for each in others] == before, seat.name
            verdict = await finish(arena, repeats_allowed=False)
            assert verdict.differences == []
            assert verdict.compared["alert"] > 0 and verdict.compared["state"] > 0
            assert not arena.ended_alone

    asyncio.run(run())
