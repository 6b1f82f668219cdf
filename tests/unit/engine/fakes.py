"""Small stand-ins for what programs and Kafka hand to the engine."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.partition import Partition
from streams.engine.store import PartitionStore
from streams.engine.task import Outgoing, Record, Task


class PlainRecord(NamedTuple):
    """A record with everything a record has."""

    offset: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"
    topic: str = "source"
    partition: int = 0
    timestamp: int = 0
    headers: Sequence[tuple[str, bytes]] = ()


class PlainTask:
    """A task whose states, limit and processing the test sets; by default it handles everything and says nothing."""

    def __init__(self, process: Callable[[Sequence[Record], int], int] | None = None) -> None:
        """Handle records with `process`, or all of them at once."""
        self.changed: list[tuple[bytes, bytes | None]] = []
        self.limit: int | None = None
        self.seen: list[int] = []
        self.stop: int | None = None
        self._process = process

    def ready(self) -> None:
        """Need no preparation."""

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle records up to the offset `stop`."""
        if self._process is not None:
            return self._process(records, start)
        for index in range(start, len(records)):
            if self.stop is not None and records[index].offset >= self.stop:
                return index
            self.seen.append(records[index].offset)
        return len(records)

    def outbox(self) -> list[Outgoing]:
        """Send nothing."""
        return []

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Hand over what changed."""
        changed, self.changed = self.changed, []
        return changed

    def resume_offset(self) -> int | None:
        """Return the limit."""
        return self.limit

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Look away."""


def memory_store() -> PartitionStore:
    """Return a store of a partition whose changelog is empty."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    return store


def partition_at(number: int, task: Task, start: int) -> Partition:
    """Return a partition with a store of its own."""
    return Partition(number, task, start, memory_store())
