"""Writing a partition anew without some of its records: copies behind its end, then its beginning is cut off.

Kafka can delete nothing from the middle of a log. So what stays is appended again, in order and with its time, every
group's place is moved to where it belongs among the copies, and everything before them is deleted. That needs quiet: no
group may be at work, and nobody may write meanwhile, which is seen by the offsets of the copies. Until the last step
nothing is lost; who is interrupted runs it again: each copy says of which record it is (`COPY_OF`), and copies of
records that are still there are left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from streams.access.kafka import Address
from streams.admin.client import (
    REQUEST_SECONDS,
    OffsetAndMetadata,
    PolicyViolationError,
    TopicPartition,
    admin,
    producer,
    retried,
    speaking_to,
)
from streams.admin.errors import KafkaRefused
from streams.admin.provision import configure
from streams.admin.reading import Progress, Record, read_topic, spans
from streams.config.topics import Topic
from streams.errors import DealwatchError

#: The header of a copy: the offset of the record that it is of.
COPY_OF = "dealwatch_copy_of"
_AT_ONCE = 1_000


class NotQuiet(DealwatchError):
    """Somebody works or writes where a topic is to be written anew."""

    id = "err-not-quiet"


class Kept(NamedTuple):
    """A record as it is to be from now on; `offset` is where it was."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: tuple[tuple[str, bytes], ...]


#: Reads a partition from its beginning.
Read = Callable[[], Iterator[Record]]
#: What stays of the records of a partition, in order; it may read them more than once.
Keep = Callable[[Read], Iterator[Kept]]


def kept_as_it_is(record: Record) -> Kept:
    """Keep a record."""
    headers = tuple((name, value) for name, value in record.headers.items() if name != COPY_OF)
    return Kept(record.offset, record.key, record.value, record.timestamp, headers)


def originals(
    bootstrap: Address, topic: str, partitions: Sequence[int] | None, progress: Progress | None = None
) -> Iterator[Record]:
    """Read a topic that is not compacted as `read_topic` does; a copy whose record is still there is left out."""
    kept = spans(bootstrap, topic)
    for record in read_topic(bootstrap, topic, partitions, progress):
        source = record.headers.get(COPY_OF)
        if source is None or not kept[record.partition][0] <= int(source) < record.offset:
            yield record


class Rewritten(NamedTuple):
    """A partition that was written anew: its new beginning, and where each record was, in order."""

    base: int
    moved: list[int]

    def place(self, offset: int) -> int:
        """Where a reader goes on that would have gone on at an old offset."""
        return self.base + bisect_left(self.moved, offset)


def rewrite(bootstrap: Address, topic: Topic, number: int, keep: Keep, progress: Progress | None = None) -> Rewritten:
    """Write a partition anew with what `keep` yields, in the order in which it was.

    Raises `NotQuiet` where somebody wrote to it meanwhile; then nothing is deleted, and running it again goes on.
    """
    place = TopicPartition(topic.name, number)
    _places(bootstrap, place)
    base = spans(bootstrap, topic.name)[number][1]
    # Of a compacted topic the latest of a key counts, copy or not, and what it is a copy of may be gone already.
    read = read_topic if _is_compacted(topic) else originals
    kept = keep(lambda: read(bootstrap, topic.name, [number], progress))
    made = Rewritten(base, _copied(bootstrap, topic.name, number, kept, base))
    _move_groups(bootstrap, place, made)
    _cut(bootstrap, topic, number, base)
    return made


def _copied(bootstrap: Address, topic: str, number: int, kept: Iterable[Kept], base: int) -> list[int]:
    """Append what is kept; return where each record was. Copies must stand side by side from `base` on."""
    offsets: list[int] = []
    waiting: list[Any] = []
    expected = base

    def settle() -> None:
        nonlocal expected
        for each in waiting:
            found = each.get(3 * REQUEST_SECONDS).offset
            if found != expected:
                raise NotQuiet(
                    f"somebody writes to {topic}, so it was not written anew and nothing of it was deleted; stop "
                    "whoever sends events, and run this again before a worker is started"
                )
            expected += 1
        waiting.clear()

    with producer(bootstrap) as client, speaking_to(bootstrap):
        for each in kept:
            if each.key is None and each.value is None:  # it says nothing, and no client can append it
                continue
            headers = [*each.headers, (COPY_OF, str(each.offset).encode())]
            sent = client.send(topic, each.value, each.key, headers, number, each.timestamp)
            offsets.append(each.offset)
            waiting.append(sent)
            if len(waiting) >= _AT_ONCE:
                settle()
        settle()
    if spans(bootstrap, topic)[number][1] != expected:
        raise NotQuiet(
            f"somebody writes to {topic}, so nothing of it was deleted; stop whoever sends events, and run this again "
            "before a worker is started"
        )
    return offsets


def _places(bootstrap: Address, place: TopicPartition) -> dict[str, int]:
    """Where every group that has a place in a partition is; raises `NotQuiet` where one is at work."""
    with admin(bootstrap) as client:
        groups = [each["group_id"] for each in retried(client.list_groups)]
        if not groups:
            return {}
        committed = retried(lambda: client.list_group_offsets(groups))
        places = {group: at[place].offset for group, at in committed.items() if place in at and at[place].offset >= 0}
        described = retried(lambda: client.describe_groups(list(places))) if places else {}
    at_work = sorted(group for group, found in described.items() if found["members"])
    if at_work:
        raise NotQuiet(
            f"the group {', '.join(at_work)} reads {place.topic} at the moment, and its place is to be moved; stop it, "
            "and run this again"
        )
    return places


def _move_groups(bootstrap: Address, place: TopicPartition, made: Rewritten) -> None:
    """Put every group that has a place in the partition where the same records come next."""
    for group, before in _places(bootstrap, place).items():
        there = OffsetAndMetadata(made.place(before), "", -1)
        with admin(bootstrap) as client:
            errors = retried(lambda group=group, there=there: client.alter_group_offsets(group, {place: there}))  # type: ignore[misc]
        wrong = [str(each.__name__) for each in errors.values() if each.errno]
        if wrong:
            raise NotQuiet(
                f"the place of the group {group} in {place.topic} could not be moved ({', '.join(wrong)}); stop "
                "whoever reads it, and run this again"
            )


def _cut(bootstrap: Address, topic: Topic, number: int, base: int) -> None:
    """Delete everything before an offset; a compacted topic must allow it for that moment."""
    compacted = _is_compacted(topic)
    with admin(bootstrap) as client:
        if compacted:
            # Without `retention.ms` the week that is Kafka's default would count for that moment.
            configure(client, topic.name, {"cleanup.policy": "compact,delete", "retention.ms": "-1"})
        try:
            place = TopicPartition(topic.name, number)
            # A broker hears of a topic's new setting a moment after the controller has taken it.
            also = (PolicyViolationError,) if compacted else ()
            retried(lambda: client.delete_records({place: base}), *also)
        finally:
            if compacted:
                configure(client, topic.name, {"cleanup.policy": "compact"})
    if spans(bootstrap, topic.name)[number][0] < base:
        raise KafkaRefused(f"Kafka did not delete the beginning of {topic.name}; run this again")


def _is_compacted(topic: Topic) -> bool:
    return topic.configs["cleanup.policy"] == "compact"
