"""What a person does: which alert is meant, at what time it counts, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from msgspec import Struct

from streams.access.kafka import Address
from streams.admin.accounting import partition_of_record
from streams.admin.alertlog import alert_of, latest
from streams.admin.client import TopicPartition, consumer, producer
from streams.admin.deadletters import read_letters
from streams.admin.dealfile import suggestion
from streams.admin.reading import (
    find_latest,
    latest_by_key,
    partition_count,
    read_span,
    read_topic,
    search,
    sizes,
    spans,
)
from streams.alerts.alert import Alert
from streams.config.topics import Topics
from streams.errors import NotFound, WorkerAbsent
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.state.admit import fingerprint, knows
from streams.state.codec import PARTITION_KEY, decode_deal

#: Seconds between two looks at what came of an action.
_LOOK_EVERY_S = 0.3


def find_alert(bootstrap: Address, topics: Topics, name: str, with_resolved: bool = False) -> Alert:
    """Return the alert with an id, or with one that begins so, or of a deal; raises `NotFound`, with similar ones.

    Open ones are looked for where they stand; `with_resolved` looks through all that was ever said.
    """
    if with_resolved:
        known = latest(_alerts(record.value for record in read_topic(bootstrap, topics.alerts.name)))
    else:
        records = latest_by_key(read_topic(bootstrap, topics.open_alerts.name))
        known = latest(_alerts(record.value for record in records.values()))
    found = [each for each in known if each.id.startswith(name) or each.opportunity == name]
    if with_resolved:  # a deal has one alert at a time: the latest is meant
        found = sorted(found, key=lambda each: each.opened_at)[-1:] if name[:3] != "al-" else found
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f"{len(found)} alerts begin with {name}; write more of the id")
    kind = "alert" if with_resolved else "open alert"
    ids = [text for each in known for text in (each.id, each.opportunity)]
    raise NotFound(f"no {kind} {name}; {suggestion(name, ids)}" if ids else f"no {kind} {name}, and no other one")


def time_of(bootstrap: Address, topics: Topics, opportunity: str) -> int:
    """Return how far the time of a deal's partition has come, in milliseconds: an action counts from then.

    Time is the events' time: where history is replayed, or a demo runs ahead, the wall clock would be another year's.
    """
    topic = topics.state.name
    partition = partition_of(opportunity.encode(), b"", partition_count(bootstrap, topic))
    own = search(bootstrap, topic, (PARTITION_KEY,), partition).found.get(PARTITION_KEY)
    clock = None if own is None else partition_of_record(own, topic).clock
    if clock is None:
        raise WorkerAbsent(f"partition {partition} of {topic} does not say its time; has a worker handled its events?")
    return clock


def furthest_time(bootstrap: Address, topics: Topics) -> int:
    """Return how far the time of the log has come, in the partition that is furthest: when what is of no deal is said.

    In milliseconds; raises `WorkerAbsent` where no partition says its time.
    """
    topic = topics.state.name
    own = find_latest(bootstrap, topic, PARTITION_KEY)
    clocks = [clock for each in own.values() if (clock := partition_of_record(each, topic).clock) is not None]
    if not clocks:
        raise WorkerAbsent(f"no partition of {topic} says its time; has a worker handled any event?")
    return max(clocks)


class Outcome(Struct, frozen=True):
    """What came of an action: what the alert said then, or why it was refused; neither where nothing is known yet.

    `heard` says that the deal has taken it in.
    """

    alert: Alert | None = None
    refusal: str = ""
    heard: bool = False


class Desk:
    """Where actions are handed in. Remembers where the topics ended before, so that `outcome` looks at what is new."""

    def __init__(self, bootstrap: Address, topics: Topics) -> None:
        """Note the ends of the topics on which an outcome shows."""
        self._bootstrap = bootstrap
        self._topics = topics
        self._ends: dict[int, int] = {}
        self._said = _end(bootstrap, topics.alerts.name)
        self._dead = sum(sizes(bootstrap, topics.dead.name).values())

    def hand_in(self, event: Event) -> None:
        """Append what somebody does to `deal.alert-actions`, and wait until every replica has it."""
        if not event.subject:
            self._ends = {each: end for each, (_, end) in spans(self._bootstrap, self._topics.activity.name).items()}
        with producer(self._bootstrap) as client:
            client.send(self._topics.actions.name, key=event.subject.encode() or None, value=encode(event)).get(30)

    def outcome(self, event: Event, alert: str, within_s: float) -> Outcome:
        """Wait for what comes of it, for so many seconds; `alert` is the id of the one that it is about, if any."""
        until = time.monotonic() + within_s
        while True:
            heard = self._heard(event)  # asked first: what an alert says is said before the state is written
            said = self._message(event, alert)
            refusal = "" if heard or said else self._refusal(encode(event))
            if heard or said or refusal or time.monotonic() > until:
                return Outcome(said, refusal, heard or said is not None)
            time.sleep(_LOOK_EVERY_S)

    def spread(self, event: Event, within_s: float) -> Outcome:
        """Wait until every partition of `deal.activity` has a copy of an event of no deal that was handed in."""
        until, value = time.monotonic() + within_s, encode(event)
        missing = set(self._ends)
        while True:
            missing -= {each for each in missing if self._has(each, value)}
            refusal = self._refusal(value) if missing else ""
            if not missing or refusal or time.monotonic() > until:
                return Outcome(refusal=refusal, heard=not missing)
            time.sleep(_LOOK_EVERY_S)

    def _has(self, partition: int, value: bytes) -> bool:
        topic = self._topics.activity.name
        told = read_span(self._bootstrap, topic, self._ends[partition], partition=partition)
        return any(record.value == value for record in told)

    def _message(self, event: Event, alert: str) -> Alert | None:
        said = read_span(self._bootstrap, self._topics.alerts.name, self._said)
        mine = (each for each in _alerts(record.value for record in said) if each.by == event.actor)
        return next((each for each in mine if each.id == alert and each.at >= event.at), None)

    def _heard(self, event: Event) -> bool:
        """Whether the state of the deal knows the event."""
        key, topic = event.subject.encode(), self._topics.state.name
        partition = partition_of(key, b"", partition_count(self._bootstrap, topic))
        record = search(self._bootstrap, topic, (key,), partition).found.get(key)
        if record is None or record.value is None:
            return False
        return knows(decode_deal(record.value), fingerprint(event))

    def _refusal(self, value: bytes) -> str:
        """Why a record with this value is among the dead letters since; empty where none is."""
        if sum(sizes(self._bootstrap, self._topics.dead.name).values()) <= self._dead:
            return ""
        letters = read_letters(self._bootstrap, self._topics.dead.name)
        return next((each.detail or each.reason for each in letters if each.value == value), "")


def _alerts(values: Iterable[bytes | None]) -> list[Alert]:
    return [alert for value in values if (alert := alert_of(value)) is not None]


def _end(bootstrap: Address, topic: str) -> int:

    with consumer(bootstrap) as client:
        place = TopicPartition(topic, 0)
        return int(client.end_offsets([place])[place])
