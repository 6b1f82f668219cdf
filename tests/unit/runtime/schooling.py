"""A learner's task over a changelog in memory, for tests of what it hears, says and keeps."""

from __future__ import annotations

from typing import NamedTuple

from streams.config.settings import load
from streams.config.topics import plan
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.engine.task import Outgoing
from streams.runtime.learn import LearnTask
from streams.telemetry.emit import Metrics

TOPICS = plan(load(broker="localhost:9092", partitions=1))


class Told(NamedTuple):
    """A record of deal.examples."""

    value: bytes
    topic: str = TOPICS.examples.name
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def a_task(states: dict[bytes, bytes]) -> LearnTask:
    """A task that goes on from what a changelog holds."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    store.cut(list(states.items()))
    task = LearnTask(store, TOPICS, Metrics("learn"))
    list(task.ready())
    return task


def models_of(records: list[Outgoing]) -> dict[bytes | None, bytes | None]:
    """The models among what was published."""
    return {record.key: record.value for record in records if record.topic == TOPICS.models.name}


def kept_after(states: dict[bytes, bytes], written: list[tuple[bytes, bytes | None]]) -> dict[bytes, bytes]:
    """What the changelog holds after some records."""
    after = dict(states)
    for key, value in written:
        if value is None:
            after.pop(key, None)
        else:
            after[key] = value
    return after
