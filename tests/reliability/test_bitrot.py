"""A byte changes, or a file is cut off, where states lie (S17): noticed, or of no account; never silently otherwise."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from streams.engine.rocks import MANIFEST_HEADER, MANIFEST_TYPES, manifest_ends
from tests.reliability import faults
from tests.reliability.arena import Arena
from tests.reliability.bitrot import (
    ANEW,
    OLDER,
    REFUSED,
    SAME,
    SILENT,
    batch_starts,
    changelog_positions,
    damaged_worker_store,
    flipped,
    rebuilt,
    store_as_killed,
    store_positions,
    written_changelog,
)
from tests.reliability.grown import refuses
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

POSITIONS = 200
BASE_OFFSET_BYTES = 8
STUCK_S = "5"


@pytest.mark.kafka
def test_a_changelog_with_a_wrong_byte_is_never_read_otherwise(stage: Stage, nursery: Nursery, tmp_path: Path) -> None:
    """Of 200 positions, half of them in headers that no checksum covers, none gives other states unnoticed."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            topic, file = await written_changelog(arena)
            found = await changelog_positions(stage.bootstrap, topic, file, POSITIONS, seed=17)
            assert found.total() == POSITIONS and found[SILENT] == 0, found
            assert found[REFUSED] > POSITIONS / 2 and found[SAME] > 0, found
            starts = batch_starts(file.read_bytes())
            wrong = (
                ("length", starts[0] + BASE_OFFSET_BYTES, "not reached"),
                ("first", starts[0] + BASE_OFFSET_BYTES - 1, "says that it is"),
                ("last", starts[-1] + BASE_OFFSET_BYTES - 1, "behind the end"),
                ("state", (starts[0] + starts[1]) // 2, "Invalid CRC"),
            )
            for name, at, word in wrong:
                with flipped(file, at, 1 << 6):
                    await refuses(arena, word, name, **{faults.STUCK: STUCK_S})

    asyncio.run(run())


def test_a_store_on_disk_with_a_wrong_byte_is_never_read_otherwise(tmp_path: Path) -> None:
    """Of 200 files with a flipped bit or cut off, none gives other states: some are of no account, some read anew."""
    found = store_positions(tmp_path, POSITIONS, seed=17)
    assert found.total() == POSITIONS and found[SILENT] == 0, found
    assert all(found[each] > 0 for each in (SAME, OLDER, ANEW, REFUSED)), found


def test_a_manifest_that_rocksdb_would_read_for_ever_is_told(tmp_path: Path) -> None:
    """RocksDB 9.8 does not come back from a manifest in which one bit makes a record a recycled one."""
    left, _ = store_as_killed(tmp_path, seed=1)
    [manifest] = left.glob("MANIFEST-*")
    content = bytearray(manifest.read_bytes())
    assert manifest_ends(left)
    content[MANIFEST_HEADER.size - 1] = MANIFEST_TYPES.stop
    manifest.write_bytes(content)
    assert not manifest_ends(left)


@pytest.mark.kafka
def test_a_worker_with_a_damaged_store_reads_the_changelog_instead(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """A table of its RocksDB has a flipped bit: it says so, and its next life has everything."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            verdict = await damaged_worker_store(arena, Random(17), rounds=1)
            assert verdict.differences == []
            assert any("StoreFailed" in words for words in arena.ended_alone), arena.ended_alone

    asyncio.run(run())


@pytest.mark.kafka
def test_states_that_were_thrown_away_are_made_anew_from_the_events(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Without `deal.state`, and what the learner made of it, the same states and the same alert ids come again."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            verdict = await rebuilt(arena)
            assert verdict.differences == []
            assert verdict.repeats["alert"] == verdict.compared["alert"] > 0

    asyncio.run(run())
