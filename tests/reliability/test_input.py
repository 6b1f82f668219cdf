"""Input that is wrong, far too large, or all about one deal: told apart, buried once, and nobody else notices."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import GroupCoordinatorNotAvailableError, MessageSizeTooLargeError
from hypothesis import given
from hypothesis import strategies as st

from streams.config.topics import MAX_SOURCE_BYTES
from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.replay.partitioner import partition_of
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder
from tests.properties.test_codecs import damaged_events, wrong_events
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.stage import Stage
from tests.reliability.topics import committed, ends_of
from tests.reliability.workers import Nursery
from tests.strategies import law

pytestmark = pytest.mark.kafka

KINDS = 200
POISON = 2_000
GOOD = 1_500
LARGE_BYTES = 7 * 1024 * 1024
LARGE = 4
HOT = "opp-hot"
HOT_EVENTS = 15_000
HOT_EVERY = timedelta(seconds=2)
"""All on one day: at midnight partitions wait for each other's lessons, which is not what is asked here."""
PATIENCE_S = 60.0
BURIED_WITHIN_S = 200.0
NASTY = [
    None,
    b"",
    b"\x00",
    b"null",
    b"[" * 50_000,
    b'{"data":' * 20_000,
    b'{"time":NaN}',
    b'{"subject":"\\ud800"}',
    b'{"subject":"\xed\xa0\x80"}',
    b"1e999",
    b'"' + b"\\" * 9_999,
]


def poison() -> list[tuple[bytes | None, bytes | None]]:
    """Keys and values of records of which many are no event: damaged, mistyped, random, nested without end."""
    found: list[bytes | None] = list(NASTY)

    @law(KINDS)
    @given(damaged_events() | wrong_events() | st.binary(max_size=300))
    def collect(value: bytes) -> None:
        found.append(value)

    collect()
    keys: list[bytes | None] = [None, b"", b"opp-000001", b"\xff\xfe", b"~partition", b"x" * 5_000]
    chance = Random(13)
    pairs = [(chance.choice(keys), chance.choice(found)) for _ in range(POISON)]
    return [(key, b"" if key is None and value is None else value) for key, value in pairs]


def test_thousands_of_poisonous_records_are_buried_once_and_the_rest_goes_on(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Poison among good events, and a kill: dead letters are exact, good events unaffected (S13, S14)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            topic = arena.topics.plan.activity.name
            seat = arena.seat("one", 0, static=True)
            arena.learner()
            arena.fill(seat)
            await _mix(stage.bootstrap, topic)
            await arena.replace(seat, signal.SIGKILL)
            await _refused(stage.bootstrap, topic)
            await arena.rest()
            await arena.stop()
            truth, verdict = await arena.verdict()
            assert verdict.differences == []
            assert len(truth.dead) > POISON * 0.9
            assert not arena.ended_alone

    asyncio.run(run())


def test_a_deal_that_gets_nine_events_of_ten_holds_up_no_other_partition(
    stage: Stage, nursery: Nursery, tmp_path: Path
) -> None:
    """Everybody else's events are committed while the hot deal's partition is still behind; nothing differs (S21)."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path) as arena:
            topic = arena.topics.plan.activity.name
            hot = await _heat(stage.bootstrap, topic)
            arena.learner()
            arena.fill(arena.seat("one", 0, static=True))
            ends = await ends_of(stage.bootstrap, topic)
            others = {number: end for number, end in ends.items() if number != hot}
            async with asyncio.timeout(PATIENCE_S):
                while not others.items() <= (done := await _committed(stage.bootstrap, arena.topics.group)).items():
                    await asyncio.sleep(0.05)
            assert done.get(hot, 0) < ends[hot], "the hot partition was done as soon: make it hotter"
            await arena.rest()
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())


async def _committed(bootstrap: str, group: str) -> dict[int, int]:
    """What is committed; nothing while a new broker has no coordinator yet."""
    try:
        return await committed(bootstrap, group)
    except GroupCoordinatorNotAvailableError:
        return {}


async def _mix(bootstrap: str, topic: str) -> None:
    """Send good events, poison between them, and a few records of many megabytes."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2 * MAX_SOURCE_BYTES, linger_ms=5)
    await producer.start()
    sent: list[asyncio.Future[object]] = []
    try:
        async with Feeder(bootstrap, topic) as feeder:
            partitions = await feeder.partitions()
            sequencer = Sequencer(partitions)
            bad, good = iter(poison()), load.lines(seed=13)
            for line in islice(good, GOOD):
                await feeder.send(sequencer.take(line, load.now_ms()))
                for key, value in islice(bad, POISON // GOOD + 1):
                    sent.append(await producer.send(topic, value, key=key, partition=len(sent) % partitions))
            for number in range(LARGE):
                value = b'{"id":"' + b"x" * LARGE_BYTES + b'"}'
                sent.append(await producer.send(topic, value, key=b"opp-large", partition=number % partitions))
            await feeder.send(sequencer.finish())
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _refused(bootstrap: str, topic: str) -> None:
    """What is larger than the topic takes is refused to whoever sends it, and never gets to a worker."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2 * MAX_SOURCE_BYTES)
    await producer.start()
    try:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"x" * (MAX_SOURCE_BYTES + 1), key=b"opp-larger", partition=0)
    finally:
        await producer.stop()


async def _heat(bootstrap: str, topic: str) -> int:
    """Send events of which nine of ten are of one deal, within few days; return its partition."""
    async with Feeder(bootstrap, topic) as feeder:
        partitions = await feeder.partitions()
        sequencer = Sequencer(partitions)
        at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        for number in range(HOT_EVENTS):
            name = HOT if number % 10 else f"opp-{number}"
            event = EmailReceived(id=f"n{number}", source="/crm", subject=name, time=at + number * HOT_EVERY)
            await feeder.send(sequencer.take(encode(event), load.now_ms()))
        await feeder.send(sequencer.finish())
    return partition_of(HOT.encode(), b"", partitions)
