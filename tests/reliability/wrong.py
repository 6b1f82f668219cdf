"""Input that is wrong (S13), or far too large (S14): among good events, under a worker that is killed meanwhile."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from hypothesis import given
from hypothesis import strategies as st

from streams.config.topics import MAX_SOURCE_BYTES
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder
from tests.properties.test_codecs import damaged_events, wrong_events
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.truth import Truth
from tests.reliability.verifier import Verdict
from tests.strategies import law

#: Key and value of a record.
Bad = tuple[bytes | None, bytes | None]
KINDS = 200
PER_GOOD = 2
"""Poisonous records after each good event."""
LARGE_BYTES = 7 * 1024 * 1024
AT_ONCE = 2_000
"""Records on their way to Kafka: a producer keeps them in memory."""
REST_S, LEAST_PER_S = 120.0, 200
"""A run comes to rest within that long, and as much longer as its records take at least."""
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


async def poisoned(arena: Arena, poisonous: int, large: int) -> tuple[Truth, Verdict]:
    """Send so many poisonous records among half as many good ones, and some of many megabytes; kill the worker once."""
    topic = arena.topics.plan.activity.name
    # Made before anybody starts: meanwhile the doors stand still, and who comes then finds no Kafka behind them.
    bad = list(poison(poisonous, arena.seed))
    seat = arena.seat("one", 0, static=True)
    arena.learner()
    arena.fill(seat)
    await _mix(arena.stage.bootstrap, topic, bad, large, arena.seed)
    await arena.replace(seat, signal.SIGKILL)
    for _ in range(large):
        await _refused(arena.stage.bootstrap, topic)
    await arena.rest(within_s=REST_S + poisonous / LEAST_PER_S)
    await arena.stop()
    return await arena.verdict()


def poison(many: int, seed: int) -> Iterator[Bad]:
    """Yield keys and values of records of which many are no event: damaged, mistyped, random, nested without end."""
    found: list[bytes | None] = list(NASTY)

    @law(KINDS)
    @given(damaged_events() | wrong_events() | st.binary(max_size=300))
    def collect(value: bytes) -> None:
        found.append(value)

    collect()
    keys: list[bytes | None] = [None, b"", b"opp-000001", b"\xff\xfe", b"~partition", b"x" * 5_000]
    chance = Random(seed)
    for _ in range(many):
        key, value = chance.choice(keys), chance.choice(found)
        yield key, b"" if key is None and value is None else value


async def _mix(bootstrap: str, topic: str, poisonous: Sequence[Bad], large: int, seed: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2 * MAX_SOURCE_BYTES, linger_ms=5)
    await producer.start()
    sent: list[asyncio.Future[object]] = []
    count = 0
    try:
        async with Feeder(bootstrap, topic) as feeder:
            partitions = await feeder.partitions()
            sequencer = Sequencer(partitions)
            bad = iter(poisonous)
            for line in islice(load.lines(seed), len(poisonous) // PER_GOOD):
                await feeder.send(sequencer.take(line, load.now_ms()))
                if not count:
                    # Some of the wrong ones are valid, and of the year 2000: whoever meets one of them before it was
                    # told the time lives through every midnight since.
                    await feeder.flush()
                for key, value in islice(bad, PER_GOOD):
                    sent.append(await producer.send(topic, value, key=key, partition=count % partitions))
                    count += 1
                if len(sent) >= AT_ONCE:
                    await asyncio.gather(*sent)
                    sent.clear()
            for number in range(large):
                value = b'{"id":"' + b"x" * LARGE_BYTES + b'"}'
                await producer.send_and_wait(topic, value, key=b"opp-large", partition=number % partitions)
            await feeder.send(sequencer.finish())
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def _refused(bootstrap: str, topic: str) -> None:
    """What is larger than the topic takes is refused to whoever sends it, and never gets to a worker."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=2 * MAX_SOURCE_BYTES)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"x" * (MAX_SOURCE_BYTES + 1), key=b"opp-larger", partition=0)
        raise AssertionError("a record larger than its topic takes was taken")
    except MessageSizeTooLargeError:
        pass
    finally:
        await producer.stop()
