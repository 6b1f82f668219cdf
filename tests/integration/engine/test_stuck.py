"""A worker that does not get on ends itself and says so; one that cannot get rid of its work takes on no more."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker.server import Broker
from streams.broker.start import start
from tests.integration.engine.conftest import Arena


def test_a_blocked_event_loop_ends_the_worker(arena: Arena) -> None:
    """A task that never returns does not keep its partitions for ever."""
    arena.create_topics(partitions=1)
    arena.fill(100)
    arena.put("source", [(0, b"0-0", b"block")])
    worker = arena.worker(stuck_timeout_s=3.0)
    assert worker.exit_code() == 1
    assert "Stuck: the event loop has not turned for 3 s" in "".join(worker.errors)
    assert arena.committed().get(0, 0) <= 100


def test_a_task_that_waits_is_not_stuck_but_does_not_wait_for_ever(arena: Arena) -> None:
    """A waiting task has its own, longer bound, after which the worker ends and says what it waited for."""
    arena.create_topics(partitions=1)
    arena.put("source", [(0, b"0-0", b"wait:model")])
    arena.fill(100)
    worker = arena.worker(follow=True, stuck_timeout_s=1.5, stall_timeout_s=6.0)
    worker.wait_for("waiting")
    waited_from = time.monotonic()
    assert worker.exit_code() == 1
    assert time.monotonic() - waited_from > 4.0
    assert "Stuck: partition 0 has not got on" in "".join(worker.errors)
    assert "waiting for something outside" in "".join(worker.errors)
    assert arena.committed() == {}


def test_a_worker_with_nothing_to_do_is_not_stuck(arena: Arena) -> None:
    """An idle worker lives on, and takes up work when it comes."""
    arena.create_topics(partitions=1)
    arena.fill(100)
    worker = arena.worker(stuck_timeout_s=1.5, hold_at=60)
    arena.wait_until_committed({0: 60})
    worker.wait_for("look", count=len(worker.heard("look")) + 4)
    assert worker.terminate()[0] == 0


@pytest.fixture
def frozen(broker_directory: Path, jars: Path) -> Iterator[Broker]:
    """Return a broker of the test's own, which thaws when the test is over."""
    broker = start(broker_directory, jars=jars)
    yield broker
    os.kill(broker.pid, signal.SIGCONT)


def test_a_worker_stops_in_time_though_its_broker_does_not_answer(
    frozen: Broker, topic_prefix: str, tmp_path: Path
) -> None:
    """SIGTERM ends the worker within 10 s also when Kafka hangs; it says that the last commit is missing."""
    arena = Arena(frozen.bootstrap, topic_prefix, tmp_path)
    arena.create_topics()
    arena.fill(16_000)
    worker = arena.worker(delay_s=0.0003)
    try:
        worker.wait_for("first", count=4)
        os.kill(frozen.pid, signal.SIGSTOP)
        time.sleep(0.5)
        code, seconds = worker.terminate()
        assert seconds < 10
        assert code == 1
        assert "CommitFailed" in "".join(worker.errors) or "could not stop" in "".join(worker.errors)
    finally:
        if worker.code is None:
            worker.kill()
        os.kill(frozen.pid, signal.SIGCONT)
    again = arena.worker()
    arena.wait_until_committed()
    assert arena.states() == arena.truth()[0]
    assert again.terminate()[0] == 0


def test_a_broker_that_hangs_bounds_memory_and_then_ends_the_worker(
    frozen: Broker, topic_prefix: str, tmp_path: Path
) -> None:
    """Without acknowledgements no more is handled than the outbox holds, and after the timeout the worker says so."""
    arena = Arena(frozen.bootstrap, topic_prefix, tmp_path)
    arena.create_topics(partitions=1)
    arena.fill(60_000)
    limit = 2_000
    worker = arena.worker(report_backlog=True, outbox_limit_bytes=limit, delivery_timeout_s=6.0, delay_s=0.0001)
    try:
        worker.wait_for("first")
        os.kill(frozen.pid, signal.SIGSTOP)
        assert worker.exit_code() == 1
        complaint = "".join(worker.errors)
        assert "DeliveryFailed" in complaint or "CommitFailed" in complaint
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
    reports = worker.heard("backlog")
    assert max(said["outgoing"] for said in reports) < limit + 200 * 100
    assert max(said["backlog"] for said in reports) < 20_000
    stood_at = reports[-1]["handled"]
    assert stood_at == reports[-20]["handled"] < 60_000
    again = arena.worker()
    arena.wait_until_committed()
    assert arena.states() == arena.truth()[0]
    assert arena.alerts() == arena.truth()[1]
    assert again.terminate()[0] == 0
