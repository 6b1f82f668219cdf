"""What a worker still has of a partition it uses, as far as it may, and reads no more of the changelog than it must."""

import signal
import time
from typing import Literal

import pytest

from tests.integration.engine.conftest import Arena, Worker

KEYS = 50


def settled(arena: Arena) -> None:
    """Wait until everything is committed, and compare the states with the truth."""
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


def worked(arena: Arena, store: str, partitions: int = 4, n: int = 8_000) -> Worker:
    """Return a worker that has written its changelog over and over again."""
    arena.create_topics(partitions)
    arena.fill(n, keys=KEYS)
    worker = arena.worker("one", store=store, delay_s=0.0002)
    arena.wait_until_committed()
    assert min(arena.written().values()) >= 3 * KEYS
    return worker


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_a_partition_that_stays_reads_nothing_and_keeps_its_task(
    arena: Arena, store: Literal["memory", "rocksdb"]
) -> None:
    """When a second worker joins, the first one goes on with the partitions that stay, tasks and all."""
    first = worked(arena, store)
    assert set(first.recoveries()) == {0, 1, 2, 3}
    second = arena.worker("two", store=store)
    second.wait_for("recovered", count=2)
    first.wait_for("recovered", count=6)
    assert list(first.recoveries(since=4).values()) == [(KEYS, 0)] * 2
    assert len(first.heard("ready")) == 4
    written = arena.written()
    assert {number: read for number, (_, read) in second.recoveries().items()} == {
        number: written[number] for number in second.recoveries()
    }
    arena.fill(800, keys=KEYS, start=8_000)
    settled(arena)


@pytest.mark.parametrize("store", ["memory", "rocksdb"])
def test_a_partition_that_comes_back_reads_what_is_missing(arena: Arena, store: Literal["memory", "rocksdb"]) -> None:
    """After a partition was lost and regained, a store on disk needs what others wrote, one in memory needs all."""
    first = worked(arena, store)
    second = arena.worker("two", store=store)
    second.wait_for("recovered", count=2)
    first.wait_for("recovered", count=6)
    before = arena.written()
    arena.fill(800, keys=KEYS, start=8_000)
    arena.wait_until_committed()
    assert second.terminate()[0] == 0
    first.wait_for("recovered", count=10)
    after = arena.written()
    for number, (states, read) in first.recoveries(since=6).items():
        assert states == KEYS
        if number not in second.recoveries():
            assert read == 0
        elif store == "memory":
            assert read == after[number]
        else:
            assert read == after[number] - before[number] > 0
    arena.fill(800, keys=KEYS, start=8_800)
    settled(arena)


def test_who_slept_through_a_takeover_reads_what_the_other_wrote(arena: Arena) -> None:
    """A worker frozen longer than the session timeout neither keeps its old tasks nor reads everything."""
    first = worked(arena, "memory", partitions=2)
    before = arena.written()
    first.freeze()
    arena.fill(400, keys=KEYS, start=8_000)
    second = arena.worker("two")
    second.wait_for("recovered", count=2)
    arena.wait_until_committed()
    written = arena.written()
    first.thaw()
    first.wait_for("recovered", count=3)
    ((number, (states, read)),) = first.recoveries(since=2).items()
    assert (states, read) == (KEYS, written[number] - before[number])
    assert 0 < read < written[number]
    assert len(first.heard("ready")) == 3
    arena.fill(400, keys=KEYS, start=8_400)
    settled(arena)


def test_states_on_disk_survive_kill_9(arena: Arena) -> None:
    """A worker killed again and again goes on from its own disk, reads only the changelog's end, and is exact."""
    arena.create_topics()
    arena.fill(16_000, keys=KEYS)
    for attempt in range(3):
        worker = arena.worker("one", store="rocksdb", instance="steady", delay_s=0.0003)
        worker.wait_for("first")
        time.sleep(0.9)
        worker.kill()
        assert worker.code == -signal.SIGKILL
        if attempt:
            assert sum(read for _, read in worker.recoveries().values()) < sum(arena.written().values()) / 2
    last = arena.worker("one", store="rocksdb", instance="steady")
    last.wait_for("recovered", count=4)
    assert sum(read for _, read in last.recoveries().values()) <= 2 * 4 * KEYS
    settled(arena)


@pytest.mark.parametrize("length", ["shorter", "longer"])
def test_a_recreated_changelog_is_not_taken_for_the_old_one(arena: Arena, length: str) -> None:
    """States on disk are dropped when the changelog they belong to is gone, however long the new one is."""
    worker = worked(arena, "rocksdb", partitions=1, n=2_000)
    assert worker.terminate()[0] == 0
    records = arena.records("changelog")
    latest = {record.key: record.value for record in records}
    assert len(latest) == KEYS
    arena.recreate("changelog")
    ghost = (0, b"ghost", b'{"n":7,"total":7,"seen":1}')
    copies = 1 if length == "shorter" else len(records)
    arena.put("changelog", [ghost] * copies + [(0, key, value) for key, value in latest.items()])
    again = arena.worker("one", store="rocksdb")
    again.wait_for("recovered")
    assert again.recoveries() == {0: (KEYS + 1, copies + KEYS)}


def test_states_on_disk_grow_too_old(arena: Arena) -> None:
    """What was not touched for longer than Kafka keeps tombstones is read anew, unless nothing was written since."""
    worker = worked(arena, "rocksdb", partitions=1, n=2_000)
    assert worker.terminate()[0] == 0
    time.sleep(0.2)
    unchanged = arena.worker("one", store="rocksdb", store_max_age_s=0.1)
    unchanged.wait_for("recovered")
    assert unchanged.recoveries() == {0: (KEYS, 0)}
    assert unchanged.terminate()[0] == 0
    arena.put("changelog", [(0, b"0-0", b'{"n":7,"total":7,"seen":1}')])
    changed = arena.worker("one", store="rocksdb", store_max_age_s=0.1)
    changed.wait_for("recovered")
    assert changed.recoveries() == {0: (KEYS, arena.written()[0])}


def test_a_named_worker_that_restarts_in_time_disturbs_nobody(arena: Arena) -> None:
    """With static membership a restart within the session timeout is no rebalance; its partitions wait for it."""
    arena.create_topics()
    arena.fill(2_000, keys=KEYS)
    first = arena.worker("one", instance="one", session_timeout_s=40.0)
    first.wait_for("recovered", count=4)
    second = arena.worker("two", instance="two", session_timeout_s=40.0)
    second.wait_for("recovered", count=2)
    first.wait_for("recovered", count=6)
    arena.wait_until_committed()
    rebalances = len(first.heard("rebalance"))
    assert second.terminate()[0] == 0
    arena.fill(400, keys=KEYS, start=2_000)
    again = arena.worker("two", instance="two", session_timeout_s=40.0)
    again.wait_for("recovered", count=2)
    assert again.recoveries().keys() == second.recoveries().keys()
    settled(arena)
    assert len(first.heard("rebalance")) == rebalances
    assert len(first.heard("recovered")) == 6


def test_what_a_fetch_finds_behind_a_seek_arrives_however_late_the_worker_hears_of_the_seek(arena: Arena) -> None:
    """Fetches span rebalances: one that was under way before is the first to find records at the new place."""
    arena.create_topics()
    arena.fill(400)
    worker = arena.worker("one", seek_known_late_s=2.0)
    arena.wait_until_committed()
    with arena.trickling(every_s=0.8):
        guest = arena.worker("guest")
        guest.wait_for("recovered", count=2)
        ends = arena.ends()
        arena.wait_until(lambda: all(arena.committed()[number] > end for number, end in ends.items()))
    settled(arena)
    assert worker.code is None, worker.errors
