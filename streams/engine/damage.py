"""Batches that are not where they belong: damage to a log that Kafka's checksum does not cover.

The checksum of a batch begins behind its first 21 bytes. Of these, a wrong base offset is the one that nobody else
would notice: the batch reads well, and whatever stands at offsets below those it claims is taken for known and passed
over, in silence. But batches of a log stand in the order of their offsets, also after compaction, and a broker answers
with the batch that holds the offset asked for, or with later ones. What is not so is damage.
"""

from importlib import import_module
from typing import Any

from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import CorruptRecordException


class BatchesInOrder:
    """The batches of one answer, in the shape of aiokafka's own; raises CorruptRecordException at one out of place."""

    def __init__(self, batches: Any, asked_for: int, log: object) -> None:
        """Look at `batches`, with which the broker answered when asked for this offset of `log`."""
        self._batches = batches
        self._asked_for = asked_for
        self._log = log
        self._end: int | None = None

    def has_next(self) -> bool:
        """Whether there is one more whole batch."""
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:
        """Return the next batch."""
        batch = self._batches.next_batch()
        first, end = batch.base_offset, batch.next_offset
        known = end <= self._asked_for if self._end is None else first < self._end
        if known:
            before = f"offset {self._asked_for} was asked for" if self._end is None else f"after {self._end - 1}"
            raise CorruptRecordException(f"a batch of {self._log} says that it is {first} to {end - 1}, {before}")
        self._end = end
        return batch


class _Records(PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, tp: Any, records: Any, aborted: Any, fetch_offset: int, *options: Any) -> None:
        in_order = BatchesInOrder(records, fetch_offset, f"{tp.topic}/{tp.partition}")
        super().__init__(tp, in_order, aborted, fetch_offset, *options)


def notice_misplaced_batches() -> None:
    """Let every consumer in this process look at the order of batches; aiokafka has no setting for that."""
    fetcher: Any = import_module("aiokafka.consumer.fetcher")
    fetcher.PartitionRecords = _Records
