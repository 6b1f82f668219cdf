"""Input that is wrong, far too large, or all about one deal: told apart, buried once, and nobody else notices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.reliability.arena import Arena
from tests.reliability.hot import one_hot_deal
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery
from tests.reliability.wrong import poisoned

pytestmark = pytest.mark.kafka

POISON = 2_000
LARGE = 5


def test_thousands_of_poisonous_records_are_buried_once_and_the_rest_goes_on(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Poison among good events, and a kill: dead letters are exact, good events unaffected (S13, S14)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, seed=13) as arena:
            truth, verdict = await poisoned(arena, POISON, LARGE)
            assert verdict.differences == []
            assert len(truth.dead) > POISON * 0.9
            assert not arena.ended_alone

    asyncio.run(run())


def test_a_deal_that_gets_nine_events_of_ten_holds_up_no_other_partition(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Everybody else's events are committed while the hot deal's partition is still behind; nothing differs (S21)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            assert (await one_hot_deal(arena)).differences == []

    asyncio.run(run())
