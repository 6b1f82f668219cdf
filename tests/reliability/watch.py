"""Watches a run from outside: what may never be true, not even for a moment, and how long anything stood still."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.state.codec import PARTITION_KEY, decode_partition
from tests.reliability.arena import Arena
from tests.reliability.standstill import Standstills
from tests.reliability.topics import Owners
from tests.reliability.verifier import Difference
from tests.reliability.whereabouts import NO_BROKER, phases

EVERY_S = 0.25
ANSWER_S = 3.0


@dataclass(slots=True)
class Sightings:
    """What was seen."""

    differences: list[Difference] = field(default_factory=list)
    samples: int = 0
    states_written: int = 0
    strangers: int = 0
    """States that an old owner wrote after a new one: no part of what the changelog says."""


class Watch:
    """Compares committed offsets with the changelog, again and again.

    The committed offsets are asked for first and the changelog is read to its end afterwards, so whatever a committed
    offset stands for must be in what was read.
    """

    def __init__(self, arena: Arena) -> None:
        """Watch a run whose topics exist."""
        self._arena = arena
        self._topics = arena.topics
        self._offsets: dict[int, int] = {}
        self._owners = Owners()
        self.standstills = Standstills()
        self.seen = Sightings()

    async def run(self, until: asyncio.Event) -> None:
        """Watch until told to end; a broker that is away is waited for."""
        bootstrap = self._topics.bootstrap
        state = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=16 * 1024 * 1024)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await state.start()
        await admin.start()
        numbers = range(self._topics.settings.partitions)
        changelog = [TopicPartition(self._topics.plan.state.name, number) for number in numbers]
        state.assign(changelog)
        await state.seek_to_beginning(*changelog)
        try:
            while not until.is_set():
                try:
                    async with asyncio.timeout(ANSWER_S):
                        await self._sample(state, admin, changelog)
                except (KafkaError, TimeoutError, OSError):
                    self.standstills.blind(time.monotonic(), NO_BROKER)
                await asyncio.sleep(EVERY_S)
        finally:
            await state.stop()
            await admin.close()

    async def _sample(
        self, state: AIOKafkaConsumer, admin: AIOKafkaAdminClient, changelog: list[TopicPartition]
    ) -> None:
        offsets = await admin.list_consumer_group_offsets(self._topics.group)
        committed = {each.partition: found.offset for each, found in offsets.items() if found.offset >= 0}
        written = await state.end_offsets(changelog)
        while unread := [each for each in changelog if await state.position(each) < written[each]]:
            for batch in (await state.getmany(*unread, timeout_ms=200)).values():
                for record in batch:
                    self.seen.states_written += 1
                    if not self._owners.wrote(record):
                        self.seen.strangers += 1
                    elif record.key == PARTITION_KEY and record.value is not None:
                        self._saw(record.partition, decode_partition(record.value).offset)
        source = self._topics.plan.activity.name
        logs = await state.end_offsets([TopicPartition(source, each.partition) for each in changelog])
        self._judge(committed)
        ends = {each.partition: end for each, end in logs.items()}
        standing = self.standstills.standing(committed, ends)
        found = await phases(self._arena, admin, standing) if standing else {}
        self.standstills.note(time.monotonic(), committed, ends, found)

    def _saw(self, partition: int, offset: int) -> None:
        if offset < (before := self._offsets.get(partition, -1)):
            what = f"partition {partition}: from {before} to {offset}"
            self.seen.differences.append(Difference("state went backwards", what))
        self._offsets[partition] = offset

    def _judge(self, committed: dict[int, int]) -> None:
        self.seen.samples += 1
        for partition, offset in committed.items():
            if offset > (covered := self._offsets.get(partition, -1) + 1):
                what = f"partition {partition}: committed {offset}, states cover {covered}"
                self.seen.differences.append(Difference("committed too far, in passing", what))
