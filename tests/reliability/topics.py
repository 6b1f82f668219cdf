"""The topics of one run: made, read to their end, and asked how far the groups have come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.admin.provision import apply
from streams.config.settings import load
from streams.config.topics import Topics, group_of, plan
from streams.engine.lastwords import Place, Terms, tenure_of
from streams.engine.store import term_of
from streams.runtime.deadletter import OFFSET, PARTITION, REASON
from tests.reliability.truth import StateKey
from tests.reliability.verifier import Found, Letter

IDLE_S = 1.0
"""How long the groups must have nothing to do before a run counts as at rest."""


class RunTopics:
    """All topics of a run, under a prefix of its own."""

    def __init__(self, bootstrap: str, prefix: str, partitions: int = 4) -> None:
        """Name them; `make` creates them."""
        self.bootstrap = bootstrap
        self.settings = load(broker=bootstrap, prefix=prefix, partitions=partitions)
        self.plan: Topics = plan(self.settings)
        self.group = group_of(self.settings, "track")
        self.learners = group_of(self.settings, "learn")

    async def make(self) -> None:
        """Create them."""
        await asyncio.to_thread(apply, self.bootstrap, self.plan.all)

    async def source(self) -> dict[int, list[Any]]:
        """Return every record of `deal.activity`, by partition."""
        found: dict[int, list[Any]] = {number: [] for number in range(self.settings.partitions)}
        for record in await read(self.bootstrap, self.plan.activity.name):
            found[record.partition].append(record)
        return found

    async def found(self) -> Found:
        """Return what the workers made of it."""
        names = self.plan
        reads = (read(self.bootstrap, each.name) for each in (names.alerts, names.plays, names.dead, names.examples))
        alerts, plays, dead, lessons = await asyncio.gather(*reads)
        models = await read(self.bootstrap, names.models.name)
        standing = await read(self.bootstrap, names.open_alerts.name)
        return Found(
            states=latest(filter(Owners().wrote, await read(self.bootstrap, names.state.name))),
            alerts=[record.value for record in alerts],
            open_alerts={key: value for (_, key), value in latest(standing).items()},
            plays=[record.value for record in plays],
            dead=[_letter(record) for record in dead],
            lessons=[record.value for record in lessons],
            models={key: value for (_, key), value in latest(models).items() if key.startswith("models-")},
            committed=await committed(self.bootstrap, self.group),
        )

    async def behind(self) -> dict[str, dict[int, int]]:
        """Return how many records of its topic each group has not committed yet, by partition that has any."""
        found: dict[str, dict[int, int]] = {}
        for group, topic in ((self.group, self.plan.activity), (self.learners, self.plan.examples)):
            ends = await ends_of(self.bootstrap, topic.name)
            done = await committed(self.bootstrap, group)
            lags = {number: end - done.get(number, 0) for number, end in ends.items()}
            found[topic.name] = {number: lag for number, lag in sorted(lags.items()) if lag}
        return found

    async def lag(self) -> int:
        """Return how many records the two groups have not committed yet."""
        return sum(sum(lags.values()) for lags in (await self.behind()).values())

    async def overrun(self) -> set[bytes]:
        """Return the alerts whose last word is of somebody who had lost their deals, and not written over yet."""
        terms = Terms()
        last: dict[bytes, bytes | None] = {}
        in_time: dict[bytes, bytes | None] = {}
        for record in await read(self.bootstrap, self.plan.open_alerts.name):
            last[record.key] = record.value
            tenure = tenure_of(record.headers)
            if tenure is None or terms.in_time(Place(record.partition, tenure[0]), tenure[1]):
                in_time[record.key] = record.value
        return {key for key, value in last.items() if value != in_time.get(key)}

    async def rest(self, within_s: float) -> None:
        """Wait until both groups have committed all there is, nothing more comes and last words are the owners'.

        Raises TimeoutError.
        """
        calm = 0.0
        async with asyncio.timeout(within_s):
            while calm < IDLE_S:
                await asyncio.sleep(0.25)
                try:
                    calm = calm + 0.25 if await self.lag() == 0 else 0.0
                except KafkaError:
                    calm = 0.0
            while await self.overrun():
                await asyncio.sleep(0.25)


async def read(bootstrap: str, topic: str) -> list[Any]:
    """Return the records of a topic up to its end now; in order within each partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=16 * 1024 * 1024)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in await consumer._client._wait_on_metadata(topic)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[Any] = []
        unread = set(partitions)
        while unread := {each for each in unread if await consumer.position(each) < ends[each]}:
            for batch in (await consumer.getmany(*unread, timeout_ms=500)).values():
                records += batch
        return records
    finally:
        await consumer.stop()


async def ends_of(bootstrap: str, topic: str) -> dict[int, int]:
    """Return where each partition of a topic ends."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in await consumer._client._wait_on_metadata(topic)]
        return {each.partition: end for each, end in (await consumer.end_offsets(partitions)).items()}
    finally:
        await consumer.stop()


async def committed(bootstrap: str, group: str) -> dict[int, int]:
    """Return what a group has committed, by partition (of its one topic)."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return {each.partition: found.offset for each, found in offsets.items() if found.offset >= 0}
    finally:
        await admin.close()


class Owners:
    """Tells the owners' records on a changelog from those of somebody who had lost the partition.

    As whoever takes a partition over does: a record whose term is lower than one before it is no part of the states.
    """

    def __init__(self) -> None:
        """Begin at the beginning of the changelog."""
        self._terms: dict[int, int] = {}

    def wrote(self, record: Any) -> bool:
        """Whether an owner wrote it; ask for every record in order."""
        term = term_of(record.headers)
        if term < self._terms.get(record.partition, 0):
            return False
        self._terms[record.partition] = term
        return True


def latest(records: Iterable[Any]) -> Mapping[StateKey, bytes]:
    """Return the latest value of each key in each partition, without deleted ones."""
    values: dict[StateKey, bytes] = {}
    for record in records:
        key = (record.partition, record.key.decode())
        if record.value is None:
            values.pop(key, None)
        else:
            values[key] = record.value
    return values


def _letter(record: Any) -> Letter:
    headers = dict(record.headers)
    origin = (int(headers[PARTITION]), int(headers[OFFSET]))
    return Letter(origin, headers[REASON].decode(), record.key, record.value)
