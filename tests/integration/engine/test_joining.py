"""Nobody waits for those who do not come: a rebalance has an end whoever is slow, dead or hung, and so has a join."""

import json

import pytest

from tests.integration.engine.conftest import Arena

LONG_S = 120.0
"""A bound that a test has no patience for: whoever waits for it fails."""


def exact(arena: Arena) -> bool:
    """Whether states and announcements are those of the truth."""
    states, alerts = arena.truth()
    return arena.states() == states and arena.alerts() == alerts


def test_a_slow_last_checkpoint_holds_the_group_up_no_longer_than_it_may_and_ends_nobody(arena: Arena) -> None:
    """The others go on after the rebalance timeout; the slow one joins again later, and only repeats."""
    arena.create_topics()
    arena.fill(2_000)
    slow = arena.worker("slow", rebalance_timeout_s=2.0, slow_release_s=LONG_S / 10, delay_s=0.002)
    slow.wait_for("first", count=4)
    other = arena.worker("other", rebalance_timeout_s=2.0, delay_s=0.0001)
    slow.wait_for("releasing")
    assert {said["partition"] for said in other.wait_for("recovered", count=4)} == {0, 1, 2, 3}
    assert len(slow.heard("rebalance")) == 1, "the group waited for the slow worker"
    arena.wait_until_committed()
    slow.wait_for("rebalance", count=2)
    slow.wait_for("recovered", count=6)
    arena.fill(800, start=2_000)
    arena.wait_until_committed()
    assert exact(arena)


@pytest.mark.parametrize("point", ["in the join", "before the sync"])
@pytest.mark.parametrize("static", [True, False])
def test_whoever_dies_in_a_join_is_waited_for_no_longer_than_its_session(
    arena: Arena, point: str, static: bool
) -> None:
    """Also the leader, whose share-out the others wait for; and a static member that nobody starts again."""
    arena.create_topics()
    arena.fill(400)
    doomed, other = ("one" if static else None), ("two" if static else None)
    # Its second request to join: when the other one comes; for a dynamic one, which asks for its name first, its own.
    if point == "in the join" and not static:
        survivor = arena.worker("two", rebalance_timeout_s=LONG_S)
        survivor.wait_for("recovered", count=4)
        victim = arena.worker("one", die=point, rebalance_timeout_s=LONG_S)
    else:
        victim = arena.worker("one", instance=doomed, die=point, rebalance_timeout_s=LONG_S)
        victim.wait_for("recovered", count=4)
        survivor = arena.worker("two", instance=other, rebalance_timeout_s=LONG_S)
    assert victim.exit_code() == -9
    arena.fill(400, start=400)
    arena.wait_until_committed()
    survivor.wait_for("recovered", count=4)
    assert exact(arena)


def test_a_join_that_does_not_end_ends_the_worker(arena: Arena) -> None:
    """The group waits for somebody who is there and does nothing; the worker that waits with it says so, and ends."""
    arena.create_topics()
    hung = arena.worker("hung", rebalance_timeout_s=LONG_S, slow_release_s=LONG_S)
    hung.wait_for("recovered", count=4)
    waiting = arena.worker("waiting", rebalance_timeout_s=1.0, stuck_timeout_s=1.5)
    hung.wait_for("releasing")
    assert waiting.exit_code() == 1
    assert "Stuck: joining the group has not got on" in "".join(waiting.errors)


def test_a_worker_that_is_dealt_nothing_is_not_stuck(arena: Arena) -> None:
    """A spare worker waits for as long as nobody leaves, longer than any join may take, and then takes over."""
    arena.create_topics(partitions=1)
    arena.fill(100)
    worker = arena.worker("one")
    arena.wait_until_committed()
    spare = arena.worker("spare", rebalance_timeout_s=1.0, stuck_timeout_s=1.5)
    spare.wait_for("rebalance")
    worker.wait_for("look", count=len(worker.heard("look")) + 18)
    assert spare.code is None and not spare.heard("recovered"), json.dumps(spare.said)
    assert worker.terminate()[0] == 0
    spare.wait_for("recovered")
    arena.fill(100, start=100)
    arena.wait_until_committed()
    assert exact(arena)
