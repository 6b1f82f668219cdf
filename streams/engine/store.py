"""What a worker knows of a partition's states: a fold of the changelog up to a position, and what is in flight.

The theory. A store has two layers. The *shelf* is the fold of the changelog's records below `position`, always: it
changes only by records read in recovery, and by states of our own once Kafka has acknowledged them, which says at which
offsets they stand. The *overlay* is what a checkpoint has cut and nobody has acknowledged yet. The task sees both, the
overlay first. Whatever goes wrong, the overlay is dropped and the shelf is still true, as of its position; what the
changelog has beyond it, it can be told later. So nothing is ever read twice that the shelf has seen, and a shelf on
disk is never ahead of the changelog.

Between two writes of ours nobody else may write to the changelog: we own the partition. If our states do not stand
right behind our position, a zombie did (see `checkpoint`). So that its states are told from those of the owner, every
state carries its owner's *term*, a number greater than that of every owner before. A record whose term is lower than
that of one before it in the changelog is a zombie's, and is no part of the fold. Its key is *overrun*: until the state
is written again, compaction may drop the right one for the wrong one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import maxsize
from typing import Protocol

from streams.engine.errors import ChangelogIntruded, RecoveryFailed
from streams.engine.task import Gist, Record

State = tuple[bytes, bytes | None]
TERM = "term"
"""The header in which a state carries its owner's term."""


def term_headers(term: int) -> Sequence[tuple[str, bytes]]:
    """Return the headers of a state."""
    return [(TERM, term.to_bytes(8, "big"))]


def term_of(headers: Sequence[tuple[str, bytes]]) -> int:
    """Return the term in a record's headers; 0 for one that no owner of ours wrote."""
    return next((int.from_bytes(value, "big") for name, value in headers if name == TERM), 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a shelf has come: the changelog's next offset, and an instant before which all below it was written.

    `written_ms` counts from 1970, UTC. It tells a changelog from another one under the same name, see `resume`.
    """

    position: int
    written_ms: int
    term: int = 0
    """The highest term of a record below `position`."""
    overrun: frozenset[bytes] = frozenset()
    """Keys whose last record is a zombie's."""


class Shelf(Protocol):
    """Keeps settled states, each at its latest value, and where in the changelog they stand."""

    gist: Gist
    """Says what is kept beside each state."""

    @property
    def standing(self) -> Standing | None:
        """How far the changelog is folded in; None where nothing is known."""

    def get(self, key: bytes) -> bytes | None:
        """Return a state."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return all states."""

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the gists of all states."""

    def __len__(self) -> int:
        """How many there are."""

    @property
    def size(self) -> int:
        """About how many bytes the states take as they are kept. Quick, and never raises."""

    def write(self, states: Mapping[bytes, bytes | None], standing: Standing | None) -> None:
        """Take changes and the new standing, both or neither."""

    def tidy(self, at_most: int = maxsize) -> bool:
        """Put up to `at_most` states away, as they are kept for long; return whether more wait for it."""

    def clear(self) -> None:
        """Forget everything."""

    def close(self) -> None:
        """Give back what is held. What is on disk stays."""


class PartitionStore:
    """The states of one partition: a `StateStore` for its task, with a writing side for checkpoint and recovery."""

    def __init__(self, shelf: Shelf) -> None:
        """Stand on what the shelf has."""
        self._shelf = shelf
        self._overlay: dict[bytes, bytes | None] = {}
        self._under_way = False
        self.term = 0
        """The term of this worker's ownership; what it writes carries it."""

    @property
    def standing(self) -> Standing | None:
        """How far the changelog is folded in, without what is in flight."""
        return self._shelf.standing

    # -- for the task

    def get(self, key: bytes) -> bytes | None:
        """Return the state of a key, also one that is in flight."""
        if key in self._overlay:
            return self._overlay[key]
        return self._shelf.get(key)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every live key with its state."""
        if not self._overlay:
            yield from self._shelf.items()
            return
        overlay = self._overlay
        for key, value in self._shelf.items():
            if key not in overlay:
                yield key, value
        for key, latest in overlay.items():
            if latest is not None:
                yield key, latest

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every live key with the gist of its state."""
        overlay, gist = self._overlay, self._shelf.gist
        for key, known in self._shelf.gists():
            if key not in overlay:
                yield key, known
        for key, latest in overlay.items():
            if latest is not None:
                yield key, gist(key, latest)

    def __len__(self) -> int:
        """How many keys are live."""
        changed = sum((value is not None) - (self._shelf.get(key) is not None) for key, value in self._overlay.items())
        return len(self._shelf) + changed

    @property
    def size(self) -> int:
        """About how many bytes the settled states take as they are kept."""
        return self._shelf.size

    # -- for the checkpoint

    def cut(self, states: Sequence[State]) -> Sequence[State]:
        """Take what the task says has changed: visible at once, settled when the changelog has acknowledged it.

        Return what is to be written: that, and what a zombie has overrun.
        """
        self._overlay.update(states)
        self._under_way = True
        known = self._shelf.standing
        overrun = known.overrun if known is not None else ()
        return [*states, *((key, self.get(key)) for key in overrun if key not in self._overlay)]

    def settle(self, first: int, end: int, now_ms: int) -> None:
        """Take as settled what was cut: it stands in the changelog from offset `first` to before `end`.

        Nothing is settled if it was retracted meanwhile: then it is in the changelog, and will be read there. Raises
        ChangelogIntruded if it does not stand right behind everything we know.
        """
        if not self._under_way:
            return
        known = self._shelf.standing
        if known is None or first != known.position:
            raise ChangelogIntruded(f"states written at {first}, expected at {known.position if known else None}")
        self._shelf.write(self._overlay, Standing(end, now_ms, self.term))
        self._overlay = {}
        self._under_way = False

    def tidy(self, at_most: int) -> bool:
        """Put up to `at_most` settled states away for long; return whether more wait for it."""
        return self._shelf.tidy(at_most)

    def retract(self) -> None:
        """Forget what was cut and will never be acknowledged to us."""
        self._overlay = {}
        self._under_way = False

    # -- for recovery

    def load(self, records: Sequence[Record], position: int) -> None:
        """Fold changelog records in, after which the changelog goes on at `position`.

        Raises RecoveryFailed if they are no continuation of what is known, or no states.
        """
        latest: dict[bytes, bytes | None] = {}
        said: Sequence[tuple[str, bytes]] = ()
        term = 0
        known = self._shelf.standing or Standing(0, 0)
        written_ms, highest, overrun = known.written_ms, known.term, set(known.overrun)
        if position < known.position or (records and records[0].offset < known.position):
            raise RecoveryFailed(f"the changelog was read to {known.position} and went back to before {position}")
        for record in records:
            key = record.key
            if key is None:
                raise RecoveryFailed(f"{record.topic}/{record.partition} has a record without a key at {record.offset}")
            if record.timestamp > written_ms:
                written_ms = record.timestamp
            if record.headers != said:
                said, term = record.headers, term_of(record.headers)
            if term < highest:
                overrun.add(key)
                continue
            highest = term
            latest[key] = record.value
            overrun.discard(key)
        self._shelf.write(latest, Standing(position, written_ms, highest, frozenset(overrun)))
        self._shelf.tidy()

    def begin_term(self, generation: int) -> None:
        """Own the partition: what we write outranks all that is in the changelog, and what is yet to come of others.

        An owner that has not written anything has used up no term; the group's generation tells it from its successor.
        """
        known = self._shelf.standing
        epoch = (known.term >> 32) + 1 if known is not None else 1
        self.term = epoch << 32 | max(0, generation)

    def restart(self, position: int) -> None:
        """Forget everything, to be read from `position`, the first offset of the changelog."""
        self._overlay = {}
        self._shelf.clear()
        self._shelf.write({}, Standing(position, 0))

    def close(self) -> None:
        """Give back what is held."""
        self._overlay = {}
        self._shelf.close()


class Stores:
    """The stores of the partitions a worker has, by number."""

    def __init__(self, make_shelf: Callable[[int], Shelf]) -> None:
        """Put each partition's states on a shelf of its own."""
        self._make_shelf = make_shelf
        self._stores: dict[int, PartitionStore] = {}

    def of(self, number: int) -> PartitionStore:
        """Return the store of a partition, with whatever is still known of it."""
        store = self._stores.get(number)
        if store is None:
            store = self._stores[number] = PartitionStore(self._make_shelf(number))
        return store

    def keep_only(self, numbers: set[int]) -> None:
        """Close the stores of all other partitions: they belong to somebody else now."""
        for number in self._stores.keys() - numbers:
            self._stores.pop(number).close()

    def close(self) -> None:
        """Close all."""
        self.keep_only(set())
