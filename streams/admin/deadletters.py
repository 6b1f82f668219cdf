"""Dead letters: what was refused and why, as lines a person can repair, and repaired ones back into `deal.activity`.

A letter's id is `partition:offset` of the dead letter itself. Its value is the original bytes: as text where they are
UTF-8, else in base64. What is sent back keeps its event id, so sending it twice is a duplicate and does no harm.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from streams.access.kafka import Address
from streams.admin.client import TopicPartition, admin, producer
from streams.admin.errors import KafkaRefused
from streams.admin.reading import Record, partition_count, read_topic, spans
from streams.errors import FileUnusable
from streams.events.control import is_control
from streams.events.decode import decode
from streams.events.envelope import Event, moment_of
from streams.events.rejection import Reason, Rejection
from streams.records import read_value
from streams.replay.partitioner import partition_of
from streams.state.admit import is_late, lateness

#: Header of a record that was sent back: the id of its dead letter.
REPLAYED_FROM = "dealwatch_replayed_from"
_PREFIX = "dealwatch_"


class DeadLetter(Struct, frozen=True, kw_only=True):
    """One refused record. `topic`, `partition` and `offset` say where it was; instants are milliseconds.

    `refused_at` is when it became a dead letter, `appended_at` when it was first written.
    """

    id: str
    reason: str
    detail: str
    topic: str
    partition: int
    offset: int
    appended_at: int | None
    refused_at: int
    key: bytes | None
    value: bytes | None


class Ready(NamedTuple):
    """A letter whose value is an event now; `key` is the opportunity, none for an event about a whole feed."""

    id: str
    event: Event
    key: bytes | None
    value: bytes


class StillBad(NamedTuple):
    """A letter that would be refused again, and why."""

    id: str
    reason: str
    detail: str


def read_letters(bootstrap: Address, topic: str) -> Iterator[DeadLetter]:
    """Yield the dead letters of a topic up to its current end."""
    return map(letter_of, read_topic(bootstrap, topic))


def letter_of(record: Record) -> DeadLetter:
    """Read one dead letter; headers that are missing or odd leave their field empty rather than hide the letter."""

    def text(name: str) -> str:
        return record.headers.get(_PREFIX + name, b"").decode(errors="replace")

    def number(name: str) -> int | None:
        return int(text(name)) if text(name).lstrip("-").isdecimal() else None

    partition, offset = number("partition"), number("offset")
    return DeadLetter(
        id=f"{record.partition}:{record.offset}",
        reason=text("reason") or "unknown",
        detail=text("detail"),
        topic=text("topic"),
        partition=-1 if partition is None else partition,
        offset=-1 if offset is None else offset,
        appended_at=number("timestamp"),
        refused_at=record.timestamp,
        key=record.key,
        value=record.value,
    )


def select(
    letters: Iterable[DeadLetter], reasons: Sequence[str] = (), ids: Sequence[str] = (), since: int | None = None
) -> Iterator[DeadLetter]:
    """Yield the letters of any of the reasons and ids (none given: of all), refused at or after `since`."""
    for letter in letters:
        if reasons and letter.reason not in reasons:
            continue
        if ids and letter.id not in ids:
            continue
        if since is not None and letter.refused_at < since:
            continue
        yield letter


def to_line(letter: DeadLetter) -> bytes:
    """Return a letter as one line of JSON, to be read, repaired and sent back."""
    line: dict[str, object] = {
        "id": letter.id,
        "reason": letter.reason,
        "detail": letter.detail,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "appended_at": None if letter.appended_at is None else _instant(letter.appended_at),
        "refused_at": _instant(letter.refused_at),
        "key": None if letter.key is None else letter.key.decode(errors="replace"),
    }
    if letter.value is None:
        line["value"] = None
    else:
        try:
            line["value"] = letter.value.decode()
        except UnicodeDecodeError:
            line["value_base64"] = b64encode(letter.value).decode()
    return msgspec.json.encode(line)


class _Line(Struct):
    id: str
    value: str | dict[str, object] | None = None
    value_base64: str | None = None


def from_lines(lines: Iterable[bytes], origin: str) -> Iterator[tuple[str, bytes | None]]:
    """Yield id and value of repaired lines; a value may be text or, easier to edit, the JSON object itself.

    Raises `FileUnusable` with the line number where a line is no dead letter; `origin` is the file's name.
    """
    decoder = msgspec.json.Decoder(_Line)
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            line = read_value(decoder, raw)
            yield line.id, _value_of(line)
        except (msgspec.DecodeError, NotBase64, ValueError) as error:
            raise FileUnusable(
                f"{origin}, line {number}: {error}; each line must be one that `dealwatch dlq list --json` printed, "
                "with its value repaired. Nothing was sent"
            ) from error


def judge(values: Iterable[tuple[str, bytes | None]], now: int) -> tuple[list[Ready], list[StillBad]]:
    """Part values into those that are events at `now` (milliseconds), keyed by their opportunity, and the others."""
    ready: list[Ready] = []
    bad: list[StillBad] = []
    for name, value in values:
        event = decode(value, None, now)
        if isinstance(event, Rejection):
            bad.append(StillBad(name, event.reason.value, event.detail))
        else:
            assert value is not None
            ready.append(Ready(name, event, None if is_control(event) else event.subject.encode(), value))
    return ready, bad


def in_time(letters: Iterable[Ready], clocks: Mapping[int, int], partitions: int) -> tuple[list[Ready], list[StillBad]]:
    """Part letters into those that can still be folded, and those that are too late for their partition.

    `clocks` has the time of each of the `partitions` that has one, in milliseconds. Events about a feed are never late.
    """
    ready: list[Ready] = []
    late: list[StillBad] = []
    for letter in letters:
        clock = None if letter.key is None else clocks.get(partition_of(letter.key, letter.value, partitions))
        if clock is not None and is_late(letter.event.at, clock):
            late.append(StillBad(letter.id, Reason.LATE.value, lateness(letter.event.at, clock)))
        else:
            ready.append(letter)
    return ready, late


def send_back(bootstrap: Address, topic: str, letters: Sequence[Ready]) -> int:
    """Append letters to a topic in their order, and wait until every replica has them; return how many letters.

    A deal's event goes to the partition of its opportunity, an event about a feed to all of them.
    """
    if not letters:
        return 0
    partitions = partition_count(bootstrap, topic)
    with producer(bootstrap) as client:
        sent = []
        for letter in letters:
            headers = [(REPLAYED_FROM, letter.id.encode())]
            everywhere = range(partitions)
            where = everywhere if letter.key is None else (partition_of(letter.key, letter.value, partitions),)
            sent += [
                client.send(topic, key=letter.key, value=letter.value, partition=number, headers=headers)
                for number in where
            ]
        for future in sent:
            future.get(timeout=60)
    return len(letters)


def clear(bootstrap: Address, topic: str, letters: Iterable[Record]) -> None:
    """Delete letters, which must be all there were up to some moment; what came since stays.

    Raises `KafkaRefused` where Kafka did not delete them, and `AccessDenied` without the right to.
    """
    ends: dict[int, int] = {}
    for each in letters:
        ends[each.partition] = max(ends.get(each.partition, 0), each.offset + 1)
    if not ends:
        return
    with admin(bootstrap) as client:
        client.delete_records({TopicPartition(topic, partition): end for partition, end in ends.items()})
    begins = {partition: begin for partition, (begin, _) in spans(bootstrap, topic).items()}
    if any(begins[partition] < end for partition, end in ends.items()):
        raise KafkaRefused(f"Kafka did not delete the letters of {topic}; run this again")


def _value_of(line: _Line) -> bytes | None:
    if isinstance(line.value, dict):
        return msgspec.json.encode(line.value)
    if line.value is not None:
        return line.value.encode()
    return None if line.value_base64 is None else b64decode(line.value_base64, validate=True)


def _instant(at: int) -> str:
    return moment_of(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
