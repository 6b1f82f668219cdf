"""How far a partition has come: the watermark, and what is waiting."""

from collections.abc import Sequence

import pytest

from streams.engine.errors import PositionLost, TaskFailed
from streams.engine.partition import Partition, Stretch
from streams.engine.task import Record
from tests.unit.engine.fakes import PlainRecord, PlainTask, partition_at


def records(*offsets: int) -> list[PlainRecord]:
    """Return records with these offsets."""
    return [PlainRecord(offset) for offset in offsets]


def sized() -> tuple[Partition, list[int]]:
    """Return a partition, and the sizes of the slices that its task is given."""
    sizes: list[int] = []

    def process(slice_: Sequence[Record], _start: int) -> int:
        sizes.append(len(slice_))
        return len(slice_)

    return partition_at(0, PlainTask(process), 0), sizes


def drain(partition: Partition, most: int = 100) -> None:
    """Run slices until nothing can run."""
    while partition.runnable:
        partition.step(1.0, most)


def test_the_watermark_follows_what_is_handled() -> None:
    """Only handled records move it, and it stands at the first record that is not."""
    task = PlainTask()
    task.stop = 12
    partition = partition_at(0, task, 10)
    partition.extend(Stretch(10, records(10, 11, 12, 13), 14))
    assert partition.handled == 10
    drain(partition)
    assert (partition.handled, partition.backlog, partition.stalled) == (12, 2, True)


def test_a_waiting_task_is_given_the_same_records_again() -> None:
    """After a wake the task goes on where it stopped, with nothing lost and nothing twice."""
    task = PlainTask()
    task.stop = 12
    partition = partition_at(0, task, 10)
    partition.extend(Stretch(10, records(10, 11, 12, 13), 14))
    drain(partition)
    task.stop = None
    partition.stalled = False
    drain(partition)
    assert task.seen == [10, 11, 12, 13]
    assert partition.handled == 14


def test_lag_is_counted_in_records_and_since_the_first_of_them_was_produced() -> None:
    """While that one is not fetched, since all was handled."""
    task = PlainTask()
    task.stop = 11
    partition = partition_at(0, task, 10)
    assert partition.lag(10, 1_000, 1_100) == (0, 0.0)
    assert partition.lag(12, 2_000, 2_500) == (2, 1.5)
    partition.extend(Stretch(10, [PlainRecord(10, timestamp=1_800), PlainRecord(11, timestamp=2_100)], 12))
    assert partition.lag(12, 3_000, 3_000) == (2, 1.2)
    drain(partition)
    assert partition.lag(12, 4_000, 4_100) == (1, 2.0)
    task.stop, partition.stalled = None, False
    drain(partition)
    assert partition.lag(12, 5_000, 5_100) == (0, 0.0)


def test_a_record_without_a_time_of_its_own_counts_since_all_was_handled() -> None:
    """A producer may stamp nothing; and where nothing is known yet it counts from now."""
    partition = partition_at(0, PlainTask(), 10)
    partition.extend(Stretch(10, [PlainRecord(10, timestamp=-1)], 11))
    assert partition.lag(11, 1_000, 1_000) == (1, 0.0)
    assert partition.lag(11, 9_000, 9_000) == (1, 8.0)


def test_offsets_without_a_record_are_passed_once_nothing_is_waiting() -> None:
    """Transaction markers and compacted records at the end do not hold the watermark back for ever."""
    partition = partition_at(0, PlainTask(), 0)
    partition.extend(Stretch(0, records(0, 4), 9))
    assert partition.handled == 0
    drain(partition)
    assert partition.handled == 9
    partition.extend(Stretch(9, [], 11))
    assert partition.handled == 11


def test_slices_keep_the_order_across_batches() -> None:
    """However the batches are cut, records come in order."""
    task = PlainTask()
    partition = partition_at(0, task, 0)
    partition.extend(Stretch(0, records(*range(7)), 7))
    partition.extend(Stretch(7, records(*range(7, 20)), 20))
    drain(partition, most=3)
    assert task.seen == list(range(20))


def test_records_that_trickle_in_are_handled_together() -> None:
    """However small the fetches, a slice is as long as it may be."""
    partition, sizes = sized()
    for offset in range(0, 21, 3):
        partition.extend(Stretch(offset, records(*range(offset, offset + 3)), offset + 3))
    drain(partition, most=8)
    assert sizes == [6, 6, 6, 3]
    assert partition.handled == 21


def test_a_log_that_goes_backwards_is_noticed() -> None:
    """A recreated topic, which would be counted twice, ends the worker."""
    partition = partition_at(0, PlainTask(), 50)
    with pytest.raises(PositionLost, match="recreated"):
        partition.extend(Stretch(50, records(3), 4))


@pytest.mark.parametrize("begin", [12, 8])
def test_what_was_fetched_and_did_not_arrive_is_noticed(begin: int) -> None:
    """The next stretch does not begin where the last one ended: nobody goes on without what lies between."""
    partition = partition_at(0, PlainTask(), 0)
    partition.extend(Stretch(0, records(*range(10)), 10))
    with pytest.raises(PositionLost, match=f"from offset 10, got those from {begin}"):
        partition.extend(Stretch(begin, records(12), 13))


@pytest.mark.parametrize("answer", [-1, 5])
def test_an_impossible_answer_is_refused(answer: int) -> None:
    """A task cannot have handled fewer than none or more than all."""
    partition = partition_at(0, PlainTask(lambda *_: answer), 0)
    partition.extend(Stretch(0, records(0, 1), 2))
    with pytest.raises(TaskFailed):
        partition.step(1.0, 10)
    assert partition.broken


def test_a_slice_grows_with_cheap_records_and_shrinks_with_dear_ones() -> None:
    """The number of records in a slice follows the time they take."""
    partition, sizes = sized()
    partition.extend(Stretch(0, records(*range(5_000)), 5_000))
    for _ in range(5):
        partition.step(0.010, 2_000)
    assert sizes[0] < sizes[-1]
