"""The load: the project's own generated sales organisation, with more faults in its feeds than any real one has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from streams.demo.settings import WorldSettings
from streams.demo.world import World, played_days
from streams.events.activity import EmailReceived, EmailSent
from streams.events.contract import encode
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder

#: One event in five is sent twice, late, out of order, or accompanied by a broken copy.
HARD = WorldSettings(duplicate_rate=0.05, late_rate=0.05, out_of_order_rate=0.08, malformed_rate=0.02)
START = datetime(2025, 1, 6, tzinfo=UTC)
CHUNK_S = 0.1
EVEN_DEALS = 61
EVEN_PACE = 40.0
EVEN_STEP = timedelta(seconds=180)
"""Two hours of the deals' time in a second: the seven days that are kept of every deal are there after 84 s."""


def lines(seed: int, settings: WorldSettings = HARD) -> Iterator[bytes]:
    """Yield event lines without end; the same seed gives the same lines."""
    for day in played_days(World(seed, START, settings)):
        for line in day.lines:
            yield line.value


def even_lines() -> Iterator[bytes]:
    """Yield events of the same deals without end: none opens, none closes, time goes on evenly.

    A generated organisation grows for as long as its deals are kept; under this load a worker has nothing to grow by.
    """
    for number in count():
        subject = f"opp-{number % EVEN_DEALS}"
        at = START + number * EVEN_STEP
        kind = EmailReceived if number % 2 else EmailSent
        yield encode(kind(id=f"e{number}", source="/mail", subject=subject, time=at, actor=f"rep-{number % 7}"))
        if number % 20 == 0:
            yield encode(kind(id=f"e{number}", source="/mail", subject=subject, time=at, actor=f"rep-{number % 7}"))


async def pour(feeder: Feeder, events: Iterator[bytes], many: int, sequencer: Sequencer) -> None:
    """Send so many lines at once."""
    for line in islice(events, many):
        await feeder.send(sequencer.take(line, now_ms()))
    await feeder.flush()


async def fill(bootstrap: str, topic: str, seed: int, count: int) -> None:
    """Put a log of so many lines into a topic."""
    async with Feeder(bootstrap, topic) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        await pour(feeder, lines(seed), count, sequencer)
        await feeder.send(sequencer.finish())


async def flow(bootstrap: str, topic: str, events: Iterator[bytes], per_second: float, until: asyncio.Event) -> int:
    """Send lines at a steady pace until told to end; return how many. A broker that is away is waited for."""
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
