"""What happened to plays, and how the deals ended, as the topics tell it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import DecodeError, ValidationError

from streams.access.kafka import Address
from streams.admin.reading import latest_by_key, read_topic
from streams.config.topics import Topics
from streams.plays.event import PlayEvent, decode_play_event
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition


class PlayLog(NamedTuple):
    """Every event of plays, the status of every deal that is kept, and how far time has come (milliseconds).

    Where partitions are not equally far the one that is least counts: what lies before it is complete.
    """

    events: list[PlayEvent]
    outcomes: dict[str, str]
    until: int


def play_of(value: bytes | None) -> PlayEvent | None:
    """Read one record value of `deal.plays`; none for anything else."""
    try:
        return None if value is None else decode_play_event(value)
    except DecodeError:
        return None


def read_plays(bootstrap: Address, topics: Topics) -> PlayLog:
    """Read `deal.plays` and `deal.state` to their ends; what cannot be read is passed over.

    Raises `TopicsWrong` where one is missing and `BrokerUnreachable` where Kafka is.
    """
    read = (play_of(record.value) for record in read_topic(bootstrap, topics.plays.name))
    events = [each for each in read if each is not None]
    outcomes: dict[str, str] = {}
    clocks = []
    for number in range(topics.state.partitions):
        for key, record in latest_by_key(read_topic(bootstrap, topics.state.name, [number])).items():
            assert record.value is not None
            try:
                if key == PARTITION_KEY:
                    clock = decode_partition(record.value).clock
                    clocks += [] if clock is None else [clock]
                else:
                    facts = decode_deal(record.value).facts
                    outcomes[facts.id] = facts.status
            except (DecodeError, ValidationError):
                continue
    return PlayLog(events, outcomes, min(clocks, default=0))
