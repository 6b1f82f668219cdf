"""Erasing a deal or a person from all topics: what names it, the same written anew without, and the proof.

Every partition that names it is written anew (`rewrite`). Of a deal every record goes. Its events of `deal.activity`
each leave a record of the time they happened at, since they moved the clock by which other deals were judged: who folds
the log again gets those as they were. Answers of revenue that name it go, since they are made anew of the log
(`scrub_answers`). Of a compacted topic only what counts is written, so that what was superseded goes, too. Workers must
be stopped, and nobody may write: they would bring back what they have in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from models.snapshot import ModelSet, SnapshotRefused, decode_models, encode_models
from streams.access.kafka import Address
from streams.admin.lag import committed_places, members
from streams.admin.reading import Record, last_record, read_span, read_topic, spans
from streams.admin.rewrite import COPY_OF, Keep, Kept, NotQuiet, Read, Rewritten, kept_as_it_is, rewrite
from streams.admin.scrub import Scrubber
from streams.admin.scrub_answers import ANSWERS, without
from streams.admin.states import append_to
from streams.alerts.alert import decode_alert
from streams.config.topics import Topic, Topics
from streams.engine.store import term_headers, term_of
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.labels.lesson import decode_lesson
from streams.notify.delivery import decode_delivery
from streams.notify.owner import OWNER, decode_owner
from streams.plays.event import decode_play_event
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition

SOURCE = "/dealwatch/erase"
#: Takes the learner's own records, which only the learner can read, and returns them without what is erased, and
#: whether they had anything of it.
Forget = Callable[[dict[bytes, bytes], Scrubber], tuple[dict[bytes, bytes], bool]]
#: Called with the topic, how many of its records are read, and how many there are.
Tell = Callable[[str, int, int], None]
#: By role in `Topics`: what reads a value; a record that was altered must still be one.
_READERS: dict[str, Callable[[bytes], object]] = {
    "alerts": decode_alert,
    "open_alerts": decode_alert,
    "plays": decode_play_event,
    "examples": decode_lesson,
    "notifications": decode_delivery,
}


class Named(Struct, frozen=True, kw_only=True):
    """What a topic has of it: `records` were read, of which so many are `about` it, and so many only `mention` it.

    `partitions` are those in which they lie. Of a compacted topic superseded records count, too, while they are there.
    """

    role: str
    topic: str
    records: int
    about: int
    mention: int
    partitions: tuple[int, ...]

    @property
    def named(self) -> int:
        """How many records name it."""
        return self.about + self.mention


def look(bootstrap: Address, topics: Topics, scrubber: Scrubber, forget: Forget, tell: Tell) -> Iterator[Named]:
    """Read every record of every topic, and yield what each topic has of it."""
    for role in Topics.__dataclass_fields__:
        topic: Topic = getattr(topics, role)
        about: set[tuple[int, int]] = set()
        mention: set[tuple[int, int]] = set()
        records = 0
        for record in _every(bootstrap, topic, tell):
            records += 1
            if not names(record, scrubber):
                continue
            verdict = altered(role, record, scrubber)
            if verdict is None and not _is_learners_own(role, record):
                about.add((record.partition, record.offset))
            elif verdict != (record.key, record.value, _headers(record)):
                mention.add((record.partition, record.offset))
        if role == "learner" and _learner_names(bootstrap, topic, scrubber, forget):
            mention.add((0, -1))
        partitions = tuple(sorted({number for number, _ in (*about, *mention)}))
        yield Named(
            role=role, topic=topic.name, records=records, about=len(about), mention=len(mention), partitions=partitions
        )


def see_that_it_is_quiet(bootstrap: Address, topics: Topics, groups: dict[str, str]) -> None:
    """Raise `NotQuiet` where a group has a member, or events wait that no worker has handled; `groups` by role."""
    for role, group in groups.items():
        if present := members(bootstrap, group):
            who = ", ".join(sorted({f"{each.client} on {each.host}" for each in present}))
            raise NotQuiet(
                f"a worker is at work as {role} ({who}); stop all workers and try again. One that died is given up by "
                "Kafka after some seconds"
            )
    waiting = _waiting(bootstrap, groups["track"], topics.activity.name)
    if waiting:
        raise NotQuiet(
            f"{waiting:,} records of {topics.activity.name} wait for a worker; start one, let it handle them and stop "
            "it with Ctrl-C, and stop whoever sends events"
        )


def erase(
    bootstrap: Address, topics: Topics, found: list[Named], scrubber: Scrubber, forget: Forget, tell: Tell
) -> None:
    """Write anew every partition that names it, `deal.activity` first: there a writer is noticed before all else.

    Raises `NotQuiet` where somebody writes; running it again goes on.
    """
    for each in found:
        topic: Topic = getattr(topics, each.role)
        for number in each.partitions:

            def told(done: int, total: int, name: str = topic.name) -> None:
                tell(name, done, total)

            made = rewrite(bootstrap, topic, number, keeper(each.role, topic, scrubber, forget), told)
            if each.role == "examples":
                _refer_to(bootstrap, topics.models.name, made)


def keeper(role: str, topic: Topic, scrubber: Scrubber, forget: Forget) -> Keep:
    """Return what stays of a partition of a topic."""
    if topic.configs["cleanup.policy"] == "delete":
        return lambda read: (kept for record in read() if (kept := _left(role, record, scrubber)) is not None)
    if role == "learner":
        return lambda read: _learner_left(read, scrubber, forget)
    return lambda read: (kept for each in _latest(read) if (kept := _left(role, each, scrubber)) is not None)


def names(record: Record, scrubber: Scrubber) -> bool:
    """Whether a record may name it anywhere: key, value or headers."""
    return any(map(scrubber.may_name, (record.key, record.value, *record.headers.values())))


def altered(
    role: str, record: Record, scrubber: Scrubber
) -> tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]] | None:
    """Return key, value and headers without it, none where the record is about it."""
    if role in ANSWERS:
        answer = without(record.key, record.value, scrubber)
        return answer.key, answer.value, _headers(record)
    opportunity = scrubber.erasure.kind == "opportunity"
    if opportunity and scrubber.is_key(record.key):
        return None
    value = record.value
    if value is not None and scrubber.may_name(value):
        value = _value(role, record, value, scrubber)
        if value is None:
            return None
    key = record.key if record.key is None or opportunity else scrubber.key(record.key)
    headers = tuple(
        (name, scrubber.text(each.decode()).encode() if each.isascii() else each) for name, each in _headers(record)
    )
    return key, value, headers


def _value(role: str, record: Record, value: bytes, scrubber: Scrubber) -> bytes | None:
    if role == "models":
        return _models(value, scrubber)
    left = scrubber.record(value)
    if left is None or left == value:
        return left
    if role == "state":
        (decode_partition if record.key == PARTITION_KEY else decode_deal)(left)
    elif role == "notifier" and record.key is not None and record.key.startswith(OWNER):
        decode_owner(left)
    elif role in _READERS:
        _still_readable(_READERS[role], value, left)
    return left


def _still_readable(read: Callable[[bytes], object], before: bytes, after: bytes) -> None:
    try:
        read(before)
    except msgspec.DecodeError:
        return  # it was none before
    read(after)


def _models(value: bytes, scrubber: Scrubber) -> bytes | None:
    """A snapshot without it; one that nobody can use goes as a whole."""
    try:
        plain = msgspec.to_builtins(decode_models(value))
    except SnapshotRefused:
        return None
    left = scrubber.scrubbed(plain)
    return value if left is plain else encode_models(msgspec.convert(left, ModelSet))


def _left(role: str, record: Record, scrubber: Scrubber) -> Kept | None:
    """What stays of a record."""
    same = kept_as_it_is(record)
    if not names(record, scrubber):
        return same
    if role in ANSWERS and not without(record.key, record.value, scrubber).stays:
        return None
    found = altered(role, record, scrubber)
    if found is not None:
        key, value, headers = found
        return same._replace(key=key, value=value, headers=headers)
    if role != "activity":
        return None
    event = decode(record.value, record.key, record.timestamp)
    if isinstance(event, Rejection):  # it moved no clock
        return None
    clock = ClockAdvanced(id=f"clock-{event.at}", source=SOURCE, time=event.time)
    return same._replace(key=None, value=encode(clock), headers=())


def _latest(read: Read) -> Iterator[Record]:
    """The records that count of a compacted partition, in order; those with a term get the next owner's."""
    last: dict[bytes, int] = {}
    highest = 0
    for record in read():
        term = term_of(list(record.headers.items()))
        if record.key is None or term < highest:
            continue
        highest = term
        if record.value is None:
            last.pop(record.key, None)
        else:
            last[record.key] = record.offset
    headers = dict(term_headers(((highest >> 32) + 1) << 32)) if highest else {}
    for record in read():
        if record.key is not None and last.get(record.key) == record.offset:
            yield record._replace(headers={**record.headers, **headers})


def _learner_left(read: Read, scrubber: Scrubber, forget: Forget) -> Iterator[Kept]:
    """Questions first, then what the learner itself makes of the rest, in its order."""
    own: dict[bytes, bytes] = {}
    headers: tuple[tuple[str, bytes], ...] = ()
    last, timestamp = 0, 0
    for record in _latest(read):
        last, timestamp, headers = record.offset, record.timestamp, _headers(record)
        if _is_learners_own("learner", record) and record.key is not None and record.value is not None:
            own[record.key] = record.value
        elif (kept := _left("learner", record, scrubber)) is not None:
            yield kept
    for key, value in forget(own, scrubber)[0].items():
        yield Kept(last, key, value, timestamp, headers)


def _learner_names(bootstrap: Address, topic: Topic, scrubber: Scrubber, forget: Forget) -> bool:
    """Whether the learner, of which a record is only a part, has it."""
    own = {
        record.key: record.value
        for record in _latest(lambda: read_topic(bootstrap, topic.name, [0]))
        if _is_learners_own("learner", record) and record.key is not None and record.value is not None
    }
    return forget(own, scrubber)[1]


def _is_learners_own(role: str, record: Record) -> bool:
    return role == "learner" and record.key is not None and record.key.startswith(b"~")


def _refer_to(bootstrap: Address, topic: str, made: Rewritten) -> None:
    """Let the newest models say where the last lesson that they know is now."""
    record = last_record(bootstrap, topic)
    if record is None or record.value is None or record.key is None:
        return
    try:
        models = decode_models(record.value)
    except SnapshotRefused:
        return
    if models.offset is not None:
        there = made.place(models.offset + 1) - 1
        append_to(bootstrap, topic, record.key, encode_models(replace(models, offset=there)))


def _waiting(bootstrap: Address, group: str, topic: str) -> int:
    """How many records wait for a group that has begun, without copies that an interrupted erasure left."""
    places = committed_places(bootstrap, group, topic)
    ends = spans(bootstrap, topic)
    waiting = 0
    for number, offset in places.items():
        if offset < ends[number][1]:
            records = read_span(bootstrap, topic, offset, partition=number)
            waiting += sum(COPY_OF not in each.headers for each in records)
    return waiting


def _every(bootstrap: Address, topic: Topic, tell: Tell) -> Iterator[Record]:
    return read_topic(bootstrap, topic.name, None, lambda done, total: tell(topic.name, done, total))


def _headers(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value) for name, value in record.headers.items() if name != COPY_OF)
