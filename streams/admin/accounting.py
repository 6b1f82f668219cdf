"""The books of all partitions: every event that a worker ever handled, under its outcome."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from streams.access.kafka import Address
from streams.admin.errors import KafkaRefused
from streams.admin.reading import Record, find_latest
from streams.state.codec import PARTITION_KEY, decode_partition
from streams.state.feeds import Counts, PartitionState


def read_partitions(bootstrap: Address, state_topic: str) -> dict[int, PartitionState]:
    """Return the last checkpointed state of every partition that has one (clock, feeds, counts)."""
    states = {}
    for number, record in find_latest(bootstrap, state_topic, PARTITION_KEY).items():
        states[number] = partition_of_record(record, state_topic)
    return states


def partition_of_record(record: Record, state_topic: str) -> PartitionState:
    """Read the state of a partition; raises `KafkaRefused` where it is of another version."""
    try:
        return decode_partition(record.value or b"")
    except msgspec.DecodeError as error:
        raise KafkaRefused(
            f"the state of partition {record.partition} on {state_topic} cannot be read ({error}); "
            "was it written by another version of Dealwatch?"
        ) from error


def read_counts(bootstrap: Address, state_topic: str) -> Counts:
    """Return the sum of the books of all partitions: events == folded + duplicates + dead."""
    return total(each.counts for each in read_partitions(bootstrap, state_topic).values())


def total(counts: Iterable[Counts]) -> Counts:
    """Add up the books of several partitions.

    >>> total([Counts(events=3, folded=2, dead=1), Counts(events=2, folded=1, duplicates=1)])
    Counts(events=5, folded=3, duplicates=1, dead=1, forgotten=0)
    """
    sums = dict.fromkeys(Counts.__struct_fields__, 0)
    for each in counts:
        for name in sums:
            sums[name] += getattr(each, name)
    return Counts(**sums)
