"""How much is on a topic: records, bytes before compression, bytes on the broker's disk, and what compaction leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from streams.admin.client import admin


class Volume(Struct, frozen=True, kw_only=True):
    """What is on a topic. `live` are keys whose last record is no tombstone; raw bytes are of keys and values."""

    records: int
    raw: int
    stored: int
    live: int
    live_raw: int
    keyed_raw: int
    """Of records with a key: on `deal.activity` the events of deals."""

    @property
    def live_stored(self) -> float:
        """What compaction leaves on the disk, as well compressed as all of it."""
        return self.stored * self.live_raw / self.raw if self.raw else 0.0


def stored(broker: str, topics: Sequence[str]) -> dict[str, int]:
    """Bytes of each topic on the brokers' disks, one replica."""
    found = dict.fromkeys(topics, 0)
    seen: set[tuple[str, int]] = set()
    with admin(broker) as client:
        for each in client.describe_log_dirs(list(topics)):
            for topic, number, size in _partitions(each):
                if topic in found and (topic, number) not in seen:  # another broker has another replica
                    seen.add((topic, number))
                    found[topic] += size
    return found


def _partitions(answer: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [
        (topic["name"], partition["partition_index"], partition["partition_size"])
        for folder in answer["log_dirs"]
        for topic in folder["topics"]
        for partition in topic["partitions"]
    ]


def weighed(records: Sequence[Any], size: int, counts: Callable[[bytes], bool]) -> Volume:
    """Weigh the records of a topic (aiokafka's) that takes `size` bytes; `counts` says which keys count as live."""
    last = {record.key: record.value for record in records if record.key is not None}
    alive = {key: value for key, value in last.items() if value is not None and counts(key)}
    return Volume(
        records=len(records),
        raw=sum(len(each.key or b"") + len(each.value or b"") for each in records),
        stored=size,
        live=len(alive),
        live_raw=sum(len(key) + len(value) for key, value in alive.items()),
        keyed_raw=sum(len(each.key) + len(each.value or b"") for each in records if each.key is not None),
    )
