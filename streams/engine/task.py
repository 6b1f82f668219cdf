"""What a program built on the engine looks like: one task for each assigned partition, synchronous, without I/O."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol


class Record(Protocol):
    """A record as it came from Kafka, undecoded. The engine hands over aiokafka's `ConsumerRecord`."""

    @property
    def topic(self) -> str:
        """The topic it was read from."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its place in the partition; offsets grow, with gaps."""

    @property
    def timestamp(self) -> int:
        """When it was produced, or appended if the topic says so: ms since 1970, UTC."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value; None is a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers, in order; a name may come twice."""


class Outgoing(NamedTuple):
    """A record the task wants written. Without a `partition` the key decides (murmur2, as in Kafka's clients).

    One that is not `urgent` may wait some hundredths of a second for others, to go with them in one batch.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None
    urgent: bool = True


class StateStore(Protocol):
    """The states of one partition as the task last said them, serialised; for reading only.

    What `Task.dirty` hands over is here from then on, long before Kafka has acknowledged it. So a task may drop its own
    decoded copy of a state at any time after that and read it back when it is needed.
    """

    def get(self, key: bytes) -> bytes | None:
        """Return the state of a key, or None."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every live key with its state, in no particular order. Not to be used across a change."""

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every live key with the gist of its state (see `Gist`). No state is unpacked for it."""

    def __len__(self) -> int:
        """How many keys are live. May take as long as going through the keys."""


Gist = Callable[[bytes, bytes], bytes]
"""Says what a task must know of a state before it needs it: some bytes, 255 at most, given its key and the state.

A gist is kept beside its state, so that many states come back from the changelog without being read one by one. Must
not raise: what it cannot make sense of has a gist too, an empty one, say.
"""


def no_gist(_key: bytes, _state: bytes) -> bytes:
    """Say nothing."""
    return b""


class Task(Protocol):
    """All the work of one partition. The engine never calls two methods of a task at once.

    Life: `ready` once, then `process` and `look` in any order, `outbox` after each of them, `dirty` and `resume_offset`
    at every checkpoint. In a rebalance a task may stay with its worker and go on as if nothing had happened; when the
    partition goes away, or somebody else has worked on it in between, so does the object.

    A record may come twice: after a crash the partition is replayed from the last commit, while the states that were
    written before the crash are already there. Keep the offset that a state has seen *inside* the state and skip what
    it has seen. Nothing is lost by skipping: a state reaches the changelog only after everything the outbox held at
    that moment was acknowledged (see `checkpoint`).

    An exception from any method ends the worker; the record is not committed.
    """

    def ready(self) -> Iterable[None] | None:
        """The store is complete: read from it what is needed, and rebuild what is derived (a heap of deadlines, say).

        Where that takes longer than some hundredths of a second, be a generator and yield now and then: the worker's
        loop gets its turn.
        """

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle `records[start:]` in order and return the index of the first record NOT handled.

        `len(records)` says all are done. Anything less says that something outside is missing: the engine keeps the
        rest, feeds the other partitions, stops fetching for this one when much is waiting, and calls again with the
        same list after `Engine.wake()` (after a rebalance: with a new list that begins with the same record). The
        engine sizes `records` so that a call takes about ten milliseconds.
        """

    def outbox(self) -> list[Outgoing]:
        """Hand over what is to be sent, and forget it. It is acknowledged before the offsets are committed."""

    def dirty(self) -> Iterable[tuple[bytes, bytes | None]]:
        """Hand over the states changed since the last call, and forget that they changed.

        None is a tombstone: the key is gone. With a list, the store has them when the call returns. Where serialising
        takes long, return a generator: which states these are is settled when the call returns, and they are
        serialised some hundred at a time, from values that cannot change any more, while further records are handled.
        The store has them when the generator has come to its end.

        Checkpoints follow one another and none follows one that failed: a call says that what the call before it handed
        over is in the changelog. So a task that must not act before its decision is written down decides, hands over,
        and acts when it is called again.
        """

    def resume_offset(self) -> int | None:
        """Return the furthest offset that may be committed, or None for the first record not handled."""

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Called about once a second: the wall clock (ms since 1970, UTC) says it is time to look at the deadlines.

        With `caught_up`, every record that was in the partition at `wall_ms` has been handled; that instant lies up to
        a second or so back. Without, `wall_ms` is now and records may be waiting: what they say is not known yet.
        """


MakeTask = Callable[[int, StateStore], Task]
"""Makes the task of a partition, given its number and its states."""
