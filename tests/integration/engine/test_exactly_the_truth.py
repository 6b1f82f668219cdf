"""Whatever happens to the workers, states and announcements come out as if nothing had happened."""

import random
import signal
import time

import pytest

from tests.integration.engine.conftest import Arena


def test_drains_a_filled_topic_exactly(arena: Arena) -> None:
    """Every record of a topic that was there before the worker is counted once, and everything is committed."""
    arena.create_topics()
    arena.fill(20_000)
    arena.worker()
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


def test_survives_being_killed_again_and_again(arena: Arena) -> None:
    """A worker killed in the middle, several times, leaves the states and announcements of an undisturbed one."""
    arena.create_topics()
    arena.fill(16_000)
    chance = random.Random(11)
    for attempt in range(3):
        worker = arena.worker(instance="steady", delay_s=0.0003)
        worker.wait_for("first", count=1)
        time.sleep(chance.uniform(0.2, 0.9))
        worker.kill()
        assert sum(arena.committed().values()) < 16_000, f"the kill after attempt {attempt} came too late to matter"
    arena.worker(instance="steady")
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


@pytest.mark.parametrize("point", ["between the states", "after the states"])
def test_survives_being_killed_inside_a_checkpoint(arena: Arena, point: str) -> None:
    """Wherever in a checkpoint a worker dies, its successor ends with the states and announcements of no death."""
    arena.create_topics()
    arena.fill(2_000)
    assert arena.worker(delay_s=0.0003, die=point, instance="steady").exit_code() == -signal.SIGKILL
    assert sum(arena.committed().values()) < 2_000
    arena.worker(instance="steady")
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


def test_sigterm_commits_what_was_handled_and_leaves_at_once(arena: Arena) -> None:
    """A worker that is asked to stop in the middle exits with 0 in time, and what it handled is committed with it."""
    arena.create_topics()
    arena.fill(16_000)
    worker = arena.worker(delay_s=0.0003, commit_interval_s=60)
    worker.wait_for("first", count=4)
    time.sleep(0.5)
    code, seconds = worker.terminate()
    assert code == 0, arena.complaints()
    assert seconds < 10
    committed = sum(arena.committed().values())
    assert 0 < committed < 16_000
    assert sum(n for n, _ in arena.states().values()) == committed


def test_another_worker_takes_over_from_a_killed_one(arena: Arena) -> None:
    """Two workers share the partitions; when one is killed, the other one counts everything to the end."""
    arena.create_topics()
    arena.fill(8_000)
    first = arena.worker("one", delay_s=0.0003)
    first.wait_for("recovered", count=4)
    second = arena.worker("two", delay_s=0.0003)
    second.wait_for("recovered", count=2)
    first.wait_for("recovered", count=6)
    arena.fill(4_000, start=8_000)
    second.wait_for("first", count=1)
    first.kill()
    second.wait_for("recovered", count=6)
    arena.fill(4_000, start=12_000)
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


def test_partitions_move_to_a_new_worker_without_losing_or_repeating_work(arena: Arena) -> None:
    """When a second worker joins under load, what the first one did is committed before its partitions move."""
    arena.create_topics()
    arena.fill(12_000)
    first = arena.worker("one", delay_s=0.0003, commit_interval_s=60)
    first.wait_for("first", count=4)
    second = arena.worker("two", delay_s=0.0003)
    moved = second.wait_for("ready", count=2)
    handed_over = {said["partition"]: said["offset"] for said in second.wait_for("first", count=2)}
    assert {said["partition"] for said in moved} == set(handed_over)
    assert all(offset > 0 for offset in handed_over.values())
    second.wait_for("look", count=2)
    assert first.terminate()[0] == 0
    arena.wait_until_committed()
    states, alerts = arena.truth()
    assert arena.states() == states
    assert arena.alerts() == alerts


def test_a_worker_without_partitions_waits_and_takes_over(arena: Arena) -> None:
    """The third worker of two partitions stays in the group with nothing to do, and works when the others go."""
    arena.create_topics(partitions=2)
    arena.fill(200)
    workers = [arena.worker(name, stuck_timeout_s=1.5) for name in ("one", "two", "three")]
    for worker in workers:
        worker.wait_for("started")
    arena.wait_until_committed()
    before = [len(worker.heard("look")) for worker in workers]
    time.sleep(3.0)
    busy = [worker for worker, looks in zip(workers, before, strict=True) if len(worker.heard("look")) > looks]
    assert len(busy) == 2
    for worker in busy:
        assert worker.terminate()[0] == 0
    arena.fill(200, start=200)
    arena.wait_until_committed()
    assert arena.states() == arena.truth()[0]
