"""What cannot be done is never passed over: the worker waits, or it ends and says why."""

import time

import pytest

from tests.integration.engine.conftest import Arena


def test_a_waiting_task_holds_up_nobody_else_and_goes_on_when_woken(arena: Arena) -> None:
    """A partition whose task waits for something outside lets the others run, and continues after a wake."""
    arena.create_topics()
    arena.put("source", [(0, b"0-0", b"wait:model")])
    arena.fill(8_000)
    worker = arena.worker(follow=True)
    ends = arena.ends()
    others = {number: end for number, end in ends.items() if number != 0}
    arena.wait_until_committed(others)
    assert worker.heard("waiting")
    arena.put("side", [(0, b"model", b"wait:model")])
    arena.wait_until_committed(ends)


def test_a_waiting_task_is_fetched_for_no_further_than_its_backlog(arena: Arena) -> None:
    """While a partition waits, the worker keeps a bounded part of its records in memory."""
    arena.create_topics(partitions=1)
    arena.put("source", [(0, b"0-0", b"wait:model")])
    arena.fill(60_000)
    worker = arena.worker(follow=True, report_backlog=True)
    time.sleep(0.5)
    worker.wait_for("backlog", count=20)
    assert 0 < max(said["backlog"] for said in worker.heard("backlog")) < 20_000


@pytest.mark.parametrize("keeps_states", [True, False])
def test_a_failing_task_ends_the_worker_and_its_record_is_not_committed(arena: Arena, keeps_states: bool) -> None:
    """An exception in a task ends the worker with a message, and the offset stays before the record."""
    arena.create_topics(partitions=1)
    arena.fill(1_000)
    arena.put("source", [(0, b"0-0", b"poison")])
    arena.fill(100, start=1_000)
    worker = arena.worker(keeps_states=keeps_states, delay_s=0.001)
    assert worker.exit_code() != 0
    assert "TaskFailed: partition 0: failed at or after offset" in "".join(worker.errors)
    assert 0 < arena.committed()[0] <= 1_000


def test_a_record_kafka_refuses_ends_the_worker_before_its_offset_is_committed(arena: Arena) -> None:
    """When an outgoing record is too large for its topic, nothing from its source record on is committed."""
    arena.create_topics(partitions=1)
    arena.fill(100)
    arena.put("source", [(0, b"0-0", b"huge")])
    arena.fill(100, start=100)
    worker = arena.worker()
    assert worker.exit_code() != 0
    assert "DeliveryFailed" in "".join(worker.errors)
    assert arena.committed().get(0, 0) <= 100


def test_a_state_kafka_refuses_ends_the_worker_before_its_offset_is_committed(arena: Arena) -> None:
    """When a state is too large for the changelog, nothing of its checkpoint is committed."""
    arena.create_topics(partitions=1)
    arena.fill(100, keys=2)
    worker = arena.worker(state_padding=1_500_000)
    assert worker.exit_code() != 0
    assert "DeliveryFailed" in "".join(worker.errors)
    assert arena.committed() == {}


def test_missing_topics_are_named_at_once(arena: Arena) -> None:
    """A worker whose topics do not exist ends and names them instead of waiting for them."""
    worker = arena.worker()
    assert worker.exit_code() != 0
    complaint = "".join(worker.errors)
    assert "TopicsUnfit: no such topic" in complaint
    assert arena.prefix + "source" in complaint


def test_the_side_topic_is_read_before_the_first_record(arena: Arena) -> None:
    """Every record that was in a followed topic is known before any partition is even recovered."""
    arena.create_topics()
    arena.put("side", [(0, b"%d" % i, b"wait:%d" % i) for i in range(5_000)])
    arena.fill(400)
    worker = arena.worker(follow=True, follow_delay_s=0.0002)
    assert {said["known"] for said in worker.wait_for("ready", count=4)} == {5_000}
    assert {said["known"] for said in worker.wait_for("first", count=4)} == {5_000}


def test_a_long_side_topic_is_no_standstill(arena: Arena) -> None:
    """Reading it may take longer than the worker would stand still, as long as something comes."""
    arena.create_topics()
    arena.put("side", [(0, b"%d" % i, b"wait:%d" % i) for i in range(5_000)])
    worker = arena.worker(follow=True, follow_delay_s=0.001, stuck_timeout_s=3.0)
    assert {said["known"] for said in worker.wait_for("ready", count=4)} == {5_000}


def test_a_follower_that_fails_ends_the_worker(arena: Arena) -> None:
    """A worker that can no longer know what the side topic says does not go on without it."""
    arena.create_topics()
    worker = arena.worker(follow=True)
    worker.wait_for("ready", count=4)
    arena.put("side", [(0, b"x", b"refused")])
    assert worker.exit_code() != 0
    assert "FollowerFailed" in "".join(worker.errors)


def test_a_task_can_hold_its_commit_back(arena: Arena) -> None:
    """The committed offset goes no further than the task says, and the rest is read again by the next worker."""
    arena.create_topics(partitions=1)
    arena.fill(1_000)
    worker = arena.worker(keeps_states=False, hold_at=300)
    arena.wait_until_committed({0: 300})
    time.sleep(0.5)
    assert worker.terminate()[0] == 0
    assert arena.committed() == {0: 300}
    again = arena.worker(keeps_states=False)
    assert again.wait_for("first")[0]["offset"] == 300
    arena.wait_until_committed()


def test_looks_say_caught_up_only_when_everything_before_was_handled(arena: Arena) -> None:
    """A look at a busy partition says that it is not caught up; when all is handled it says so."""
    arena.create_topics(partitions=1)
    arena.fill(4_000)
    worker = arena.worker(delay_s=0.0006)
    assert not worker.wait_for("look")[0]["caught_up"]
    arena.wait_until_committed()
    so_far = len(worker.heard("look"))
    assert worker.wait_for("look", count=so_far + 2)[-1]["caught_up"]


def test_transactions_are_read_as_they_ended(arena: Arena) -> None:
    """Records of an aborted transaction are not counted, and the markers keep no partition from being caught up."""
    arena.create_topics(partitions=1)
    arena.put("source", [(0, b"0-0", b"5")] * 3, transaction="abort")
    arena.put("source", [(0, b"0-0", b"1")] * 10, transaction="commit")
    worker = arena.worker()
    arena.wait_until_committed({0: 15})
    seen = len(worker.heard("look"))
    assert worker.wait_for("look", count=seen + 2)[-1]["caught_up"]
    assert arena.states() == {b"0-0": (10, 10)}
