"""How late a deadline is noticed where nothing happens but time: due on the wall clock -> alert in a consumer's hands.

Deals whose planned close is over in the next minute, one after the other: an instant, on any day of the week.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct

from streams.alerts.alert import decode_alert
from streams.alerts.policy import Policy
from streams.bench.bout import Child
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job
from streams.bench.pipeline import LogRecord, outputs
from streams.bench.plan import Plan
from streams.bench.topics import KEPT, Entry, borrowed, fill
from streams.config.plays import shipped
from streams.config.topics import Topic
from streams.effects import Publish
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.deal import Created, CreatedData
from streams.events.envelope import moment_of
from streams.partition import Partition
from streams.replay.partitioner import partition_of
from streams.state.opportunity import DAY

_SOURCE = "/bench"
_RULE = "close_date_missed"
_DEALS = 500
#: Seconds until the first deadline is due, above those for which they follow each other: the worker has to start.
_START_S = 5.0
#: Seconds after the last deadline within which its alert must come.
_LAST_S = 30.0
#: A deal is so old when its close is due: old enough to be spoken of.
_AGE = 4 * DAY


class Lateness(Struct, frozen=True, kw_only=True):
    """Milliseconds from a deadline to its alert."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    alerts: int
    missing: int


class Told(NamedTuple):
    """An alert that must come: which, and when it falls due (milliseconds since 1970)."""

    id: str
    sequence: int
    due: int


def run_ticks(plan: Plan, prefix: str, models: str) -> Lateness | None:
    """Fill the topic with deals about to miss their close, start the worker on the wall clock, and listen."""
    source = Topic(f"{prefix}deal.activity", plan.partitions, KEPT)
    folder = plan.folder / prefix
    folder.mkdir(parents=True)
    job = Job(
        part="latency",
        contender="dealwatch",
        broker=plan.broker,
        prefix=prefix,
        source=source.name,
        folder=str(folder),
        partitions=plan.partitions,
        events=1_000_000_000,
        limit_s=600.0,
        models=models,
        clock="wall",
    )
    with borrowed(plan.broker, prefix, [source, *outputs(job)]):
        now = int(time.time() * 1000)
        first = now + int((plan.deadlines_s + _START_S) * 1000)
        step = int(plan.deadlines_s * 1000) // _DEALS
        records = list(due_deals(plan.partitions, now, first, step))
        wanted = due_alerts(plan.partitions, models, records, first, first + int((plan.deadlines_s + 1) * 1000))
        fill(plan.broker, source.name, [Entry(each.partition, each.key, each.value) for each in records])
        with Child(job, lambda _said: None) as child:
            heard = asyncio.run(
                _hear(job, {(each.id, each.sequence) for each in wanted}, first / 1000 + plan.deadlines_s)
            )
            child.stop()
    late = sorted(heard[each.id, each.sequence] - each.due for each in wanted if (each.id, each.sequence) in heard)
    if not late:
        return None
    return Lateness(
        p50_ms=late[len(late) // 2],
        p99_ms=late[min(len(late) - 1, int(0.99 * len(late)))],
        max_ms=late[-1],
        alerts=len(late),
        missing=len(wanted) - len(late),
    )


def due_deals(partitions: int, now: int, first: int, step: int) -> Iterator[LogRecord]:
    """The records of deals that are to close: the first at `first`, then one every `step` milliseconds."""
    offsets = [0] * partitions
    for number in range(_DEALS):
        closes = first + number * step
        event = Created(
            id=f"born-{number}",
            source=_SOURCE,
            time=moment_of(closes - _AGE),
            subject=f"due-{number}",
            data=CreatedData(close_at=moment_of(closes)),
        )
        key = event.subject.encode()
        partition = partition_of(key, b"", partitions)
        yield LogRecord(partition, offsets[partition], now, key, encode(event))
        offsets[partition] += 1


def due_alerts(partitions: int, models: str, records: list[LogRecord], begin: int, end: int) -> list[Told]:
    """The alerts that fall due from `begin` to `end` where nothing but these records happens."""
    shelf = fixed_shelf(models)
    found = []
    for number in range(partitions):
        partition = Partition(number, partitions, Policy(playbook=shipped()), shelf)
        mine = [each for each in records if each.partition == number]
        if not mine:
            continue
        advance = encode(ClockAdvanced(id="end", source=_SOURCE, time=moment_of(end)))
        for record in (*mine, mine[-1]._replace(offset=mine[-1].offset + 1, key=None, value=advance, timestamp=end)):
            partition.handle(record)
        alerts = [effect.alert for effect, _ in partition.drain() if isinstance(effect, Publish)]
        found += [
            Told(each.id, each.sequence, each.at) for each in alerts if each.rule == _RULE and begin <= each.at <= end
        ]
    return found


async def _hear(job: Job, wanted: set[tuple[str, int]], last: float) -> dict[tuple[str, int], float]:
    """Listen until all alerts are there, or long after `last` (s since 1970); return when each was there (ms)."""
    consumer = AIOKafkaConsumer(bootstrap_servers=job.broker, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(job.alerts, 0)])
    await consumer.seek_to_beginning()
    heard: dict[tuple[str, int], float] = {}
    while not wanted <= heard.keys() and time.time() < last + _LAST_S:
        fetched = await consumer.getmany(timeout_ms=100)
        now = time.time() * 1000
        for record in [each for batch in fetched.values() for each in batch]:
            alert = decode_alert(record.value)
            heard.setdefault((alert.id, alert.sequence), now)
    await consumer.stop()
    return heard
