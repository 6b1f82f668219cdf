"""The load: the project's own generated sales organisation, with more faults in its feeds than any real one has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from streams.demo.settings import WorldSettings
from streams.demo.world import World, played_days
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder

#: One event in five is sent twice, late, out of order, or accompanied by a broken copy.
HARD = WorldSettings(duplicate_rate=0.05, late_rate=0.05, out_of_order_rate=0.08, malformed_rate=0.02)
START = datetime(2025, 1, 6, tzinfo=UTC)
CHUNK_S = 0.1


def lines(seed: int, settings: WorldSettings = HARD) -> Iterator[bytes]:
    """Yield event lines without end; the same seed gives the same lines."""
    for day in played_days(World(seed, START, settings)):
        for line in day.lines:
            yield line.value


async def pour(feeder: Feeder, events: Iterator[bytes], count: int, sequencer: Sequencer) -> None:
    """Send so many lines at once."""
    for line in islice(events, count):
        await feeder.send(sequencer.take(line, now_ms()))
    await feeder.flush()


async def fill(bootstrap: str, topic: str, seed: int, count: int) -> None:
    """Put a log of so many lines into a topic."""
    async with Feeder(bootstrap, topic) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        await pour(feeder, lines(seed), count, sequencer)
        await feeder.send(sequencer.finish())


async def flow(bootstrap: str, topic: str, seed: int, per_second: float, until: asyncio.Event) -> int:
    """Send lines at a steady pace until told to end; return how many. A broker that is away is waited for."""
    events = lines(seed)
    sent = 0
    async with Feeder(bootstrap, topic) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        began = time.monotonic()
        while not until.is_set():
            # After an outage the pace goes on from now: a flood would hide what the next fault does.
            due = int((time.monotonic() - began) * per_second)
            if due - sent > 2 * per_second:
                began += (due - sent) / per_second
                due = sent + int(CHUNK_S * per_second)
            if due > sent:
                await pour(feeder, events, due - sent, sequencer)
                sent = due
            await asyncio.sleep(CHUNK_S)
        await feeder.send(sequencer.finish())
    return sent


def now_ms() -> int:
    """The wall clock in milliseconds."""
    return int(time.time() * 1000)
