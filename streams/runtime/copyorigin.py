"""What a record says of where it comes from, and what a group keeps of how far it was copied."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from aiokafka.structs import OffsetAndMetadata

from streams.replay.rekey import COPIED_FROM, Original, Place


def place_in(kept: OffsetAndMetadata) -> Place:
    """Read the place that a group committed, with the clock beside it."""
    return Place(kept.offset, json.loads(kept.metadata) if kept.metadata else None)


def original_of(record: Any, there: bool = False) -> Original:
    """A record as it was read; `there` where it came from the new environment."""
    return Original(record.partition, record.offset, record.timestamp, record.key, record.value, there)


def origin_of(headers: Iterable[tuple[str, bytes]], topic: str) -> tuple[int, int] | None:
    """Return partition and offset of the record that one is a copy of, none where it is no copy from `topic`."""
    for name, value in headers:
        if name == COPIED_FROM:
            found, partition, offset = value.decode().rsplit(":", 2)
            if found == topic:
                return int(partition), int(offset)
    return None
