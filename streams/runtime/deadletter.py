"""A refused record as it goes to the dead letters: the original bytes, untouched, and where and why in the headers."""

from __future__ import annotations

from streams.engine.task import Outgoing, Record
from streams.events.rejection import Rejection

#: Header names of a dead letter; values are UTF-8 text. `docs/topics.md` describes them.
REASON = "dealwatch_reason"
DETAIL = "dealwatch_detail"
TOPIC = "dealwatch_topic"
PARTITION = "dealwatch_partition"
OFFSET = "dealwatch_offset"
TIMESTAMP = "dealwatch_timestamp"


def undelivered(topic: str, key: bytes | None, value: bytes | None, reason: str, detail: str, at: int) -> Outgoing:
    """Return the dead letter of a message that reached nobody, or of a record that is none; `at` in milliseconds."""
    headers = ((REASON, reason.encode()), (DETAIL, detail.encode()), (TIMESTAMP, str(at).encode()))
    return Outgoing(topic, key, value, headers, 0)


def dead_letter(topic: str, record: Record, rejection: Rejection) -> Outgoing:
    """Return the dead letter of a record; it keeps its key, its bytes, and its partition number."""
    headers = (
        (REASON, rejection.reason.value.encode()),
        (DETAIL, rejection.detail.encode()),
        (TOPIC, record.topic.encode()),
        (PARTITION, str(record.partition).encode()),
        (OFFSET, str(record.offset).encode()),
        (TIMESTAMP, str(record.timestamp).encode()),
    )
    return Outgoing(topic, record.key, record.value, headers, record.partition, urgent=False)
