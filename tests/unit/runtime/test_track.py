"""The track task refuses another number of partitions than its states were written for."""

from __future__ import annotations

import pytest

from streams.alerts.policy import Policy
from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.errors import TopicsWrong
from streams.runtime.shelf import ModelShelf
from streams.runtime.track import Liveness, TrackParts, TrackTask
from streams.state.codec import PARTITION_KEY, decode_partition, encode_partition
from streams.state.feeds import PartitionState
from streams.telemetry.emit import Metrics


def parts(partitions: int) -> TrackParts:
    """What the tasks of a worker share, for a topic of so many partitions."""
    topics = plan(load(broker="localhost:9092", partitions=partitions))
    return TrackParts(
        topics, Policy(), ModelShelf(1.0, lambda: 0.0), Liveness("event"), Metrics(), lambda: None, 10, lambda: None
    )


def a_task(number: int, partitions: int, state: PartitionState | None = None) -> TrackTask:
    """A task whose store has the partition's state, if there is one."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    if state is not None:
        store.cut([(PARTITION_KEY, encode_partition(state))])
    return TrackTask(number, store, parts(partitions))


def test_a_state_written_for_fewer_partitions_is_refused() -> None:
    """Both numbers are named, and what to do."""
    with pytest.raises(TopicsWrong, match=r"has 6 partitions, but .* had 4: .*--prefix"):
        list(a_task(0, 6, PartitionState(partitions=4)).ready())


def test_a_partition_that_was_added_while_the_worker_ran_is_refused() -> None:
    """There was no partition 4 when the worker began with four of them."""
    with pytest.raises(TopicsWrong, match="more than 4"):
        a_task(4, 4)


@pytest.mark.parametrize("noted", [0, 4])
def test_a_state_says_for_how_many_partitions_it_was_written(noted: int) -> None:
    """One that does not say it, as before this was noted, is taken and says it from then on."""
    task = a_task(0, 4, PartitionState(offset=7, partitions=noted))
    list(task.ready())
    assert task._partition.state == PartitionState(offset=7, partitions=4)
    assert decode_partition(encode_partition(task._partition.state)).partitions == 4
