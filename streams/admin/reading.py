"""Reading topics without a group: to the current end, from the tail backwards, or live. Nothing is committed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from streams.access.kafka import Address
from streams.admin.client import TopicPartition, admin, consumer, raise_if_denied, speaking_to
from streams.errors import BrokerUnreachable, TopicsWrong

#: Seconds without a record after which reading up to a known end gives up.
STALLED_SECONDS = 20.0
#: Records looked at first when searching from the end, and how much further each next step reaches.
_TAIL = 256
_TAIL_GROWTH = 8

#: Called with the records read so far and how many offsets there are in all.
Progress = Callable[[int, int], None]


class Record(NamedTuple):
    """One record as read. `timestamp` in milliseconds as the broker keeps it; of equal header names the last counts."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]


def read_topic(
    bootstrap: Address, topic: str, partitions: Sequence[int] | None = None, progress: Progress | None = None
) -> Iterator[Record]:
    """Yield the records of a topic up to where it ends now; each partition in order, partitions interleaved.

    `partitions` none means all. Raises `TopicsWrong` where the topic is missing and `BrokerUnreachable` where Kafka is,
    or stops answering.
    """
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, partitions)
        begins, ends = client.beginning_offsets(chosen), client.end_offsets(chosen)
        spans = {each: (begins[each], ends[each]) for each in chosen}
        yield from _read(client, bootstrap, spans, progress)


def latest_by_key(records: Iterable[Record]) -> dict[bytes, Record]:
    """Return the latest record of each key, without deleted ones (no value): what compaction keeps."""
    latest: dict[bytes, Record] = {}
    for record in records:
        if record.key is None:
            continue
        if record.value is None:
            latest.pop(record.key, None)
        else:
            latest[record.key] = record
    return latest


class Search(NamedTuple):
    """What a search from the end of a partition came upon: the latest record of each wanted key, and keys it passed."""

    found: dict[bytes, Record]
    passed: set[bytes]


def search(
    bootstrap: Address, topic: str, keys: Collection[bytes], partition: int, progress: Progress | None = None
) -> Search:
    """Look for the latest records of some keys in one partition, from where it ends now; a deleted one is none.

    All are as of the same end, so that they belong together. It goes back as far as the oldest of them is, at worst to
    the beginning.
    """
    result = Search({}, set())
    with consumer(bootstrap) as client:
        [place] = _partitions(client, bootstrap, topic, [partition])
        begin, last = client.beginning_offsets([place])[place], client.end_offsets([place])[place]
        end, width = last, _TAIL
        while end > begin and len(result.found) < len(set(keys)):
            start = max(begin, end - width)
            known = set(result.found)
            told = None if progress is None else _shifted(progress, last - end, last - begin)
            for record in _read(client, bootstrap, {place: (start, end)}, told):
                if record.key is None:
                    continue
                result.passed.add(record.key)
                if record.key in keys and record.key not in known:
                    result.found[record.key] = record
            end, width = start, width * _TAIL_GROWTH
    deleted = [key for key, record in result.found.items() if record.value is None]
    for key in deleted:
        del result.found[key]
    return result


def _shifted(progress: Progress, done: int, total: int) -> Progress:
    return lambda read, _: progress(done + read, total)


def latest_keys(bootstrap: Address, topic: str, number: int) -> set[bytes]:
    """The keys among the last `number` offsets of each partition of a topic."""
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, None)
        begins, ends = client.beginning_offsets(chosen), client.end_offsets(chosen)
        spans = {each: (max(begins[each], ends[each] - number), ends[each]) for each in chosen}
        return {record.key for record in _read(client, bootstrap, spans, None) if record.key is not None}


def youngest(bootstrap: Address, topic: str, wanted: int, partition: int = 0) -> dict[bytes, Record]:
    """Return the latest record of each of the `wanted` keys that were written last (or of more), oldest first.

    Only as much is read as it takes to come upon them; a deleted one (no value) is none.
    """
    found: dict[bytes, Record] = {}
    with consumer(bootstrap) as client:
        [place] = _partitions(client, bootstrap, topic, [partition])
        begin, end = client.beginning_offsets([place])[place], client.end_offsets([place])[place]
        width = wanted + 2  # an end of a transaction takes an offset, too
        while end > begin and len(found) < wanted:
            start = max(begin, end - width)
            older = latest_by_key(_read(client, bootstrap, {place: (start, end)}, None))
            found = {**older, **found}
            end, width = start, width * _TAIL_GROWTH
    return found


def read_span(
    bootstrap: Address, topic: str, first: int, end: int | None = None, partition: int = 0
) -> Iterator[Record]:
    """Yield the records of one partition from offset `first` up to `end` (none: to where it ends now).

    Offsets below what is kept are passed over.
    """
    with consumer(bootstrap) as client:
        [place] = _partitions(client, bootstrap, topic, [partition])
        begin, last = client.beginning_offsets([place])[place], client.end_offsets([place])[place]
        until = last if end is None else min(end, last)
        yield from _read(client, bootstrap, {place: (max(first, begin), until)}, None)


def find_latest(
    bootstrap: Address, topic: str, key: bytes, partitions: Sequence[int] | None = None
) -> dict[int, Record]:
    """Return the latest record of `key` per partition, searching from the end; a deleted one (no value) is none.

    A key that was written a moment ago is found in the first few hundred records, whatever the size of the topic; at
    worst every record is read once.
    """
    found: dict[int, Record] = {}
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, partitions)
        begins, ends = client.beginning_offsets(chosen), client.end_offsets(chosen)
        width = _TAIL
        while ends:
            spans = {each: (max(begins[each], end - width), end) for each, end in ends.items()}
            for record in _read(client, bootstrap, spans, None):
                if record.key == key:
                    found[record.partition] = record
            ends = {
                each: start
                for each, (start, _) in spans.items()
                if each.partition not in found and start > begins[each]
            }
            width *= _TAIL_GROWTH
    return {number: record for number, record in found.items() if record.value is not None}


def follow(bootstrap: Address, topic: str, from_start: bool = False) -> Generator[Record | None, None, None]:
    """Yield records as they arrive, without end; None about once a second while nothing does.

    Begins with what arrives from now on, or with everything there is.
    """
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, None)
        client.assign(chosen)
        if from_start:
            client.seek_to_beginning(*chosen)
        else:
            client.seek_to_end(*chosen)
            for each in chosen:
                client.position(each)  # seeking is lazy: what arrives before the first poll would be missed
        while True:
            batches = client.poll(timeout_ms=1_000)
            if not batches:
                yield None
            for records in batches.values():
                for record in records:
                    yield _taken(record)


def partition_count(bootstrap: Address, topic: str) -> int:
    """The number of partitions of a topic; raises `TopicsWrong` where it is missing."""
    with consumer(bootstrap) as client:
        return len(_partitions(client, bootstrap, topic, None))


def sizes(bootstrap: Address, topic: str) -> dict[int, int]:
    """The span of offsets kept per partition: the number of records, at most (compaction leaves gaps)."""
    return {number: end - begin for number, (begin, end) in spans(bootstrap, topic).items()}


def spans(bootstrap: Address, topic: str) -> dict[int, tuple[int, int]]:
    """The first offset that is kept of each partition, and the one at which it ends now."""
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, None)
        begins, ends = client.beginning_offsets(chosen), client.end_offsets(chosen)
        return {each.partition: (begins[each], ends[each]) for each in chosen}


def appended_since(bootstrap: Address, topic: str, instants: Sequence[int]) -> list[int]:
    """How many offsets of a topic were taken since each of some instants (milliseconds), by the records' timestamps."""
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, None)
        ends = client.end_offsets(chosen)
        firsts = [client.offsets_for_times(dict.fromkeys(chosen, at)) for at in instants]
        return [sum(ends[each] - place.offset for each, place in found.items() if place) for found in firsts]


def last_record(bootstrap: Address, topic: str) -> Record | None:
    """The youngest record of a topic by timestamp, among the last one of each partition; none where it is empty."""
    with consumer(bootstrap) as client:
        chosen = _partitions(client, bootstrap, topic, None)
        begins, ends = client.beginning_offsets(chosen), client.end_offsets(chosen)
        spans = {each: (max(begins[each], ends[each] - _TAIL), ends[each]) for each in chosen}
        return max(_read(client, bootstrap, spans, None), key=lambda record: record.timestamp, default=None)


def _partitions(client: Any, bootstrap: Address, topic: str, wanted: Sequence[int] | None) -> list[TopicPartition]:
    known = client.partitions_for_topic(topic)
    if not known:
        with admin(bootstrap) as asked:  # a consumer does not hear why it sees none
            raise_if_denied(asked.describe_topics([topic])[0]["error_code"], topic)
        raise TopicsWrong(f"there is no topic {topic} on {bootstrap}; create it with `dealwatch topics apply`")
    return [TopicPartition(topic, number) for number in sorted(known if wanted is None else wanted)]


def _read(
    client: Any, bootstrap: Address, spans: dict[TopicPartition, tuple[int, int]], progress: Progress | None
) -> Iterator[Record]:
    """Yield the records of each span of offsets; the end of a span is reached by position, as offsets have gaps."""
    pending = {each: end for each, (start, end) in spans.items() if start < end}
    client.assign(list(pending))
    for each in pending:
        client.seek(each, spans[each][0])
        client.resume(each)  # a partition that was read before with this consumer is still paused
    total = sum(end - start for start, end in spans.values())
    read, moved_at = 0, time.monotonic()
    while pending:
        with speaking_to(bootstrap):
            batches = client.poll(timeout_ms=1_000)
        for each, records in batches.items():
            for record in records:
                if record.offset < pending.get(each, 0):
                    read += 1
                    yield _taken(record)
        ended = [each for each in pending if client.position(each) >= pending[each]]
        for each in ended:
            client.pause(each)
            del pending[each]
        if progress is not None:
            progress(total - sum(end - min(client.position(each), end) for each, end in pending.items()), total)
        if batches or ended:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > STALLED_SECONDS:
            raise BrokerUnreachable(f"{bootstrap} stopped answering after {read} records; try again, or see its log")


def _taken(record: Any) -> Record:
    headers = {name: value or b"" for name, value in record.headers}
    return Record(record.partition, record.offset, record.timestamp, record.key, record.value, headers)
