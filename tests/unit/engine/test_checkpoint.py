"""The order in which a checkpoint makes things true, and what it does when one of them does not become true."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from streams.engine.checkpoint import Checkpoint
from streams.engine.errors import CommitFailed, DeliveryFailed, OwnershipLost, TaskFailed
from streams.engine.memory import MemoryShelf
from streams.engine.observer import Unobserved
from streams.engine.packing import Plain
from streams.engine.partition import Partition
from streams.engine.producer import Delivery, Writable
from streams.engine.store import PartitionStore
from tests.unit.engine.fakes import PlainTask, partition_at


class Acknowledged(NamedTuple):
    """What a batch is told."""

    offset: int


class Kafka:
    """What a checkpoint needs of Kafka, kept in memory: a journal of what happened, and what shall go wrong."""

    def __init__(self) -> None:
        """Start empty and well."""
        self.journal: list[tuple[Any, ...]] = []
        self.refuses: dict[str, Exception] = {}
        self.silent: set[str] = set()
        self.committed: dict[int, int] = {}
        self.changelog_end = 0
        self.while_settling: Callable[[], None] = lambda: None

    async def settle(self, timeout_s: float) -> None:
        """Acknowledge the outbox."""
        self._note("settled")
        self.while_settling()

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """Every key belongs to the first partition."""
        return 0

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Write to the changelog; acknowledged a moment later."""
        ack = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.001, self._acknowledge, ack, partition, records)
        return [Delivery(ack, len(records))]

    def _acknowledge(self, ack: asyncio.Future[Any], partition: int, records: Sequence[Writable]) -> None:
        if "wrote" in self.silent:
            return
        try:
            self._note("wrote", partition, tuple((record.key, record.value) for record in records))
        except (DeliveryFailed, RuntimeError) as exc:
            ack.set_exception(exc)
        else:
            ack.set_result(Acknowledged(self.changelog_end))
            self.changelog_end += len(records)

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit."""
        if "committed" in self.silent:
            await asyncio.sleep(3600)
        self._note("committed", dict(offsets))
        self.committed.update(offsets)

    def _note(self, what: str, *details: Any) -> None:
        if what in self.refuses:
            raise self.refuses[what]
        self.journal.append((what, *details))

    @property
    def steps(self) -> list[str]:
        """Only the names of what happened."""
        return [record[0] for record in self.journal]


class Clock:
    """A clock that only the test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def kafka() -> Kafka:
    """Return a Kafka in which nothing has happened."""
    return Kafka()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands."""
    return Clock()


@pytest.fixture
def task() -> PlainTask:
    """Return a task with one changed state."""
    task = PlainTask()
    task.changed = [(b"k", b"v")]
    return task


@pytest.fixture
def partition(task: PlainTask) -> Partition:
    """Return a partition of which 5 records are handled and 3 committed."""
    partition = partition_at(2, task, 3)
    partition.handled = 5
    return partition


def checkpoint(kafka: Kafka, clock: Clock, changelog: str | None = "changelog", timeout_s: float = 0.05) -> Checkpoint:
    """Return a checkpoint on the given Kafka."""
    return Checkpoint(
        outbox=kafka,
        writer=kafka,
        offsets=kafka,
        observer=Unobserved(),
        changelog_topic=changelog,
        timeout_s=timeout_s,
        lease_s=10.0,
        clock=clock,
    )


def run(checkpoint: Checkpoint, *partitions: Partition) -> None:
    """Take one checkpoint."""
    asyncio.run(checkpoint.run(lambda: partitions))


def test_what_is_settled_is_put_away_after_the_commit(kafka: Kafka, clock: Clock, task: PlainTask) -> None:
    """However many states there are: the loop gets its turn after each piece, the last ones are not left lying."""
    shelf = MemoryShelf(Plain())
    store = PartitionStore(shelf)
    store.restart(0)
    partition = Partition(2, task, 3, store)
    many = 2 * Checkpoint.states_at_once + 1
    task.changed = [(b"%d" % number, b"v") for number in range(many)]
    run(checkpoint(kafka, clock), partition)
    assert len(store) == many
    assert not shelf.tidy()
    assert all(kept for kept in shelf._kept.values())


def test_outbox_then_changelog_then_offsets(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """States are written after everything sent is acknowledged, offsets after every state is."""
    run(checkpoint(kafka, clock), partition)
    assert kafka.journal == [("settled",), ("wrote", 2, ((b"k", b"v"),)), ("committed", {2: 5})]
    assert partition.committed == 5


def test_what_happens_while_a_checkpoint_waits_belongs_to_the_next(
    kafka: Kafka, clock: Clock, partition: Partition, task: PlainTask
) -> None:
    """Records handled during the writes are not committed with them."""

    def meanwhile() -> None:
        partition.handled = 9
        task.changed.append((b"later", b"v"))

    kafka.while_settling = meanwhile
    run(checkpoint(kafka, clock), partition)
    assert kafka.committed == {2: 5}
    assert task.changed == [(b"later", b"v")]


def test_records_are_handled_while_states_are_serialised(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """The offset is the one at which the task said what changed; what is handled until it has said all comes later."""
    taking = checkpoint(kafka, clock)
    taking.states_at_once = 1
    said: list[bytes] = []

    def states() -> Iterator[tuple[bytes, bytes | None]]:
        for key in (b"a", b"b", b"c"):
            said.append(key)
            yield key, b"as it was"

    partition.task.dirty = states  # type: ignore[method-assign]

    async def handle() -> None:
        while len(said) < 2:
            await asyncio.sleep(0)
        partition.handled = 9

    async def both() -> None:
        await asyncio.gather(taking.run(lambda: [partition]), handle())

    asyncio.run(both())
    assert kafka.journal[-1] == ("committed", {2: 5})
    assert partition.committed == 5
    assert partition.store.get(b"c") == b"as it was"


def test_what_a_task_hands_over_as_a_list_is_in_the_store_before_anybody_gets_a_turn(
    kafka: Kafka, clock: Clock, partition: Partition
) -> None:
    """Such a task may drop its own copies at once, and its next record finds them in the store."""
    taking = checkpoint(kafka, clock)
    taking.states_at_once = 1
    found: list[bytes | None] = []

    def states() -> list[tuple[bytes, bytes | None]]:
        asyncio.get_running_loop().call_soon(lambda: found.extend(map(partition.store.get, (b"a", b"b", b"c"))))
        return [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]

    partition.task.dirty = states  # type: ignore[method-assign]
    run(taking, partition)
    assert found == [b"1", b"2", b"3"]


def test_after_a_checkpoint_that_was_interrupted_there_is_none(
    kafka: Kafka, clock: Clock, partition: Partition
) -> None:
    """The task has said its states and forgotten that they changed: an offset committed now would lose them."""
    taking = checkpoint(kafka, clock)

    async def interrupt() -> None:
        first = asyncio.ensure_future(taking.run(lambda: [partition]))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(CommitFailed, match="interrupted"):
            await taking.run(lambda: [partition])

    asyncio.run(interrupt())
    assert "committed" not in kafka.steps


def test_a_task_that_fails_half_way_through_its_states_commits_nothing(
    kafka: Kafka, clock: Clock, partition: Partition
) -> None:
    """Some of them said is as good as none."""

    def states() -> Iterator[tuple[bytes, bytes | None]]:
        yield b"a", b"1"
        raise ValueError("no such stage")

    partition.task.dirty = states  # type: ignore[method-assign]
    with pytest.raises(TaskFailed, match="no such stage"):
        run(checkpoint(kafka, clock), partition)
    assert kafka.journal == []
    assert partition.broken
    assert partition.store.get(b"a") is None


def test_nothing_new_writes_and_commits_nothing(
    kafka: Kafka, clock: Clock, partition: Partition, task: PlainTask
) -> None:
    """Without progress there is only the outbox to wait for."""
    partition.handled = 3
    task.changed = []
    run(checkpoint(kafka, clock), partition)
    assert kafka.steps == ["settled"]


def test_a_task_holds_its_offset_back_but_not_its_states(
    kafka: Kafka, clock: Clock, partition: Partition, task: PlainTask
) -> None:
    """The commit goes no further than the task allows, and never backwards."""
    task.limit = 4
    held = checkpoint(kafka, clock)
    run(held, partition)
    assert kafka.committed == {2: 4}
    task.limit = 1
    run(held, partition)
    assert kafka.committed == {2: 4}


@pytest.mark.parametrize(
    ("broken", "error"),
    [("settled", DeliveryFailed("outbox")), ("wrote", DeliveryFailed("changelog")), ("committed", CommitFailed("no"))],
)
def test_a_failure_stops_everything_after_it_for_good(
    kafka: Kafka, clock: Clock, partition: Partition, broken: str, error: Exception
) -> None:
    """After a failure nothing later is done, now or by another attempt."""
    kafka.refuses[broken] = error
    failed = checkpoint(kafka, clock)
    with pytest.raises(type(error)):
        run(failed, partition)
    kafka.refuses.clear()
    with pytest.raises(type(error)):
        run(failed, partition)
    assert "committed" not in kafka.steps
    assert partition.committed == 3


def test_any_error_of_a_delivery_is_a_failed_delivery(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """An error nobody expected does not pass for an acknowledgement."""
    kafka.refuses["wrote"] = RuntimeError("surprise")
    with pytest.raises(DeliveryFailed, match="surprise"):
        run(checkpoint(kafka, clock), partition)
    assert kafka.committed == {}


@pytest.mark.parametrize(("silent", "error"), [("wrote", DeliveryFailed), ("committed", CommitFailed)])
def test_silence_is_a_failure(
    kafka: Kafka, clock: Clock, partition: Partition, silent: str, error: type[Exception]
) -> None:
    """A Kafka that never answers is given up after the timeout."""
    kafka.silent.add(silent)
    with pytest.raises(error, match="within"):
        run(checkpoint(kafka, clock), partition)


def test_a_broken_partition_is_never_written(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """States that an exception left half changed do not reach the changelog."""
    partition.broken = True
    with pytest.raises(TaskFailed):
        run(checkpoint(kafka, clock), partition)
    assert kafka.steps == []


def test_in_doubt_ownership_is_proved_however_short_the_silence(
    kafka: Kafka, clock: Clock, partition: Partition
) -> None:
    """In a rebalance the group may have passed over a member that it heard a moment ago."""
    passed_over = checkpoint(kafka, clock)
    passed_over.granted()
    passed_over.doubt()
    run(passed_over, partition)
    assert kafka.steps == ["settled", "committed", "wrote", "committed"]


def test_lost_ownership_is_no_failure_of_the_worker(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """Partitions that went to somebody else end their checkpoint; the next assignment has checkpoints again."""
    kafka.refuses["committed"] = OwnershipLost("gone")
    survivor = checkpoint(kafka, clock)
    with pytest.raises(OwnershipLost):
        run(survivor, partition)
    kafka.refuses.clear()
    survivor.granted()
    again = partition_at(3, PlainTask(), 0)
    again.handled = 1
    run(survivor, again)
    assert kafka.committed == {3: 1}


def test_after_a_long_silence_ownership_is_proved_before_a_state_is_written(
    kafka: Kafka, clock: Clock, partition: Partition
) -> None:
    """A worker that may have lost its partitions commits what is committed already, and writes only if that works."""
    slow = checkpoint(kafka, clock)
    clock.now += 11
    run(slow, partition)
    assert kafka.journal[:2] == [("settled",), ("committed", {2: 3})]
    assert kafka.steps == ["settled", "committed", "wrote", "committed"]


def test_a_zombie_writes_no_state(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """A worker whose partitions belong to somebody else since long does not overwrite the new owner's states."""
    zombie = checkpoint(kafka, clock)
    clock.now += 11
    kafka.refuses["committed"] = OwnershipLost("gone")
    with pytest.raises(OwnershipLost):
        run(zombie, partition)
    assert "wrote" not in kafka.steps


def test_states_without_a_changelog_are_refused(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """A program that declared no changelog cannot have states silently dropped."""
    with pytest.raises(TaskFailed, match="no changelog"):
        run(checkpoint(kafka, clock, changelog=None), partition)
    assert kafka.committed == {}


def test_checkpoints_do_not_overlap(kafka: Kafka, clock: Clock, partition: Partition) -> None:
    """A second checkpoint starts when the first is complete, and sees what was handled meanwhile."""
    twice = checkpoint(kafka, clock)

    async def both() -> None:
        first = asyncio.create_task(twice.run(lambda: [partition]))
        await asyncio.sleep(0)
        partition.handled = 7
        await asyncio.gather(first, twice.run(lambda: [partition]))

    asyncio.run(both())
    assert [record[1] for record in kafka.journal if record[0] == "committed"] == [{2: 5}, {2: 7}]


def test_a_task_that_is_asked_again_knows_that_what_it_handed_over_is_written(
    kafka: Kafka, clock: Clock, task: PlainTask, partition: Partition
) -> None:
    """Programs that act only on what is written down go by that; after a failure nobody asks."""
    hand_over, written_when_asked = task.dirty, []

    def dirty() -> list[tuple[bytes, bytes | None]]:
        written_when_asked.append(kafka.steps.count("wrote"))
        return hand_over()

    task.dirty = dirty  # type: ignore[method-assign]
    again = checkpoint(kafka, clock)

    async def some() -> None:
        first = asyncio.create_task(again.run(lambda: [partition]))
        await asyncio.sleep(0)
        task.changed = [(b"k", b"w")]
        await asyncio.gather(first, again.run(lambda: [partition]))
        kafka.refuses["wrote"] = DeliveryFailed("no")
        for _ in range(2):
            task.changed = [(b"k", b"x")]
            with pytest.raises(DeliveryFailed):
                await again.run(lambda: [partition])

    asyncio.run(some())
    assert written_when_asked == [0, 1, 2]
