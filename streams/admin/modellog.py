"""The models of every day as they stand on `deal.models`, and what somebody did to them that does not count yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from models.schema import Vector
from models.snapshot import ModelSet, SnapshotRefused, decode_models
from streams.access.kafka import Address
from streams.admin.client import producer
from streams.admin.errors import KafkaRefused
from streams.admin.reading import Record, latest_by_key, read_span, read_topic, search, youngest
from streams.config.topics import Topics
from streams.errors import NotFound
from streams.events.envelope import moment_of
from streams.labels.lesson import Asked, Handling, Pinned, Resumed, decode_lesson, encode_lesson
from streams.state.opportunity import DAY

_PREFIX = b"models-"
#: Records of deal.examples before a snapshot that are looked through for questions; a question is about one in three.
_LOOKED_THROUGH = 4_000


class Day(NamedTuple):
    """A day of models: its epoch, or (none) so many days before the latest."""

    epoch: int | None = None
    back: int = 0


class Snapshot(Struct, frozen=True):
    """The models of a day: their bytes on the topic, and the models; none where they cannot be used, and `why`."""

    epoch: int
    size: int
    models: ModelSet | None
    why: str = ""

    @property
    def day(self) -> str:
        """The UTC day, as 2026-03-01."""
        return day_of(self.epoch)


def day_of(epoch: int) -> str:
    """The UTC day of an epoch, as 2026-03-01."""
    return moment_of(epoch * DAY).date().isoformat()


def read_snapshots(bootstrap: Address, topic: str, limit: int | None) -> list[Snapshot]:
    """Return the models of the last `limit` days (none: of all), the latest last."""
    found = latest_by_key(read_topic(bootstrap, topic)) if limit is None else youngest(bootstrap, topic, limit)
    snapshots = [_snapshot(each) for key, each in found.items() if key.startswith(_PREFIX)]
    return sorted(snapshots, key=lambda each: each.epoch)[-(limit or 0) :]


def read_models_of(bootstrap: Address, topic: str, wanted: Day) -> ModelSet:
    """Return the models of a day.

    Raises `NotFound` where there are none, and `KafkaRefused` where they cannot be used here.
    """
    snapshot = _nearest(bootstrap, topic, wanted) if wanted.epoch is None else _of_epoch(bootstrap, topic, wanted.epoch)
    if snapshot.models is None:
        raise KafkaRefused(f"the models of {snapshot.day} cannot be used here: {snapshot.why}")
    return snapshot.models


def measured(bootstrap: Address, topics: Topics, models: ModelSet, target: str) -> list[Vector]:
    """Return what was measured of deals when a target was asked about, shortly before these models were made.

    Empty where they do not say when that was, or where it is not kept any more.
    """
    if models.offset is None:
        return []
    first = max(models.offset - _LOOKED_THROUGH, 0)
    lessons = map(_lesson, read_span(bootstrap, topics.examples.name, first, models.offset + 1))
    return [each.vector for each in lessons if isinstance(each, Asked) and target in each.predicted]


def waiting(bootstrap: Address, topics: Topics, models: ModelSet) -> dict[str, Handling]:
    """Return, by target, the last pin or resumption that was said after these models, and so does not count yet."""
    if models.offset is None:
        return {}
    lessons = map(_lesson, read_span(bootstrap, topics.examples.name, models.offset + 1))
    return {each.target: each for each in lessons if isinstance(each, Pinned | Resumed)}


def say(bootstrap: Address, topics: Topics, handlings: Sequence[Handling]) -> None:
    """Append what somebody does to the models to the lessons, and wait until every replica has it."""
    with producer(bootstrap) as client:
        sent = [client.send(topics.examples.name, value=encode_lesson(each), partition=0) for each in handlings]
        for each in sent:
            each.get(timeout=60)


def _nearest(bootstrap: Address, topic: str, wanted: Day) -> Snapshot:
    found = read_snapshots(bootstrap, topic, wanted.back + 1)
    if not found:
        raise NotFound(f"{topic} is empty: the learner publishes the first models with the first day of events")
    epoch = found[-1].epoch - wanted.back
    return next((each for each in found if each.epoch == epoch), None) or _of_epoch(bootstrap, topic, epoch)


def _of_epoch(bootstrap: Address, topic: str, epoch: int) -> Snapshot:
    key = _PREFIX + str(epoch).encode()
    record = search(bootstrap, topic, [key], 0).found.get(key)
    if record is None:
        raise NotFound(
            f"there are no models of {day_of(epoch)} on {topic}; `dealwatch models list --all` shows all days"
        )
    return _snapshot(record)


def _snapshot(record: Record) -> Snapshot:
    epoch, value = int((record.key or b"")[len(_PREFIX) :]), record.value or b""
    try:
        return Snapshot(epoch, len(value), decode_models(value))
    except SnapshotRefused as error:
        return Snapshot(epoch, len(value), None, str(error))


def _lesson(record: Record) -> object:
    """A lesson, or none where the record is of another version: the learner is who refuses it."""
    try:
        return decode_lesson(record.value or b"")
    except msgspec.DecodeError:
        return None
