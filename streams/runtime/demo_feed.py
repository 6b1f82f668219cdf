"""Feeds the generated sales organisation, or an event file, into Kafka at a faster pace, and goes on where it was.

The simulated days begin two years before the first start, so simulated time never runs ahead of the real one; when it
has caught up, the organisation goes on at the pace of real life. How far it came is kept in a small file; the day that
was under way is sent again after a restart, and the worker recognises what it has seen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.demo.play import paced
from streams.demo.world import World, played_days
from streams.events.envelope import moment_of
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder

#: Days of history that the organisation begins with.
_HISTORY = timedelta(days=730)


class Place(Struct, frozen=True):
    """How far a feed came: the world's seed and first day, and the next day to play."""

    seed: int
    start: datetime
    next_day: int = 0


@dataclass(slots=True)
class Progress:
    """What the view shows of a feed: simulated time (milliseconds), lines sent, and whether the end was reached."""

    at: int | None = None
    lines: int = 0
    live: bool = False
    ended: bool = False


def read_place(path: Path, seed: int, now: datetime) -> Place:
    """Return where the feed was, or its beginning; an unreadable note means to begin anew."""
    try:
        place = msgspec.json.decode(path.read_bytes(), type=Place)
    except (FileNotFoundError, msgspec.DecodeError):
        return Place(seed, (now - _HISTORY).replace(hour=0, minute=0, second=0, microsecond=0))
    return place


async def feed_world(feeder: Feeder, path: Path, place: Place, speed: float, progress: Progress) -> None:
    """Play the organisation for ever, day by day; `speed` is simulated seconds per second."""
    sequencer = Sequencer(await feeder.partitions(), source="/demo")
    world = World(place.seed, place.start.astimezone(UTC))
    for day in played_days(world, place.next_day):
        began = time.monotonic()
        for offset, lines in paced(day.lines, speed, start_at=day.begins):
            await _sleep_until(began + offset)
            while (ahead := lines[-1].at - _now()) > 0:
                progress.live = True
                await asyncio.sleep(min(ahead / 1000, 1.0))
            for line in lines:
                await feeder.send(sequencer.take(line.value, _now()))
                progress.lines += 1
                progress.at = sequencer.clock
        await feeder.flush()
        place = replace(place, next_day=day.number + 1)
        path.write_bytes(msgspec.json.encode(place))
        await _sleep_until(began + 86_400 / speed)


async def feed_file(feeder: Feeder, lines: AsyncIterator[list[bytes]], progress: Progress) -> None:
    """Send the chunks of an event file as they come, and the end of the log at last."""
    sequencer = Sequencer(await feeder.partitions())
    async for chunk in lines:
        for line in chunk:
            await feeder.send(sequencer.take(line, _now()))
            progress.lines += 1
        progress.at = sequencer.clock
        await feeder.flush()
    await feeder.send(sequencer.finish())
    await feeder.flush()
    progress.ended = True


def simulated_day(progress: Progress) -> str:
    """The simulated time as a person reads it."""
    return "-" if progress.at is None else moment_of(progress.at).strftime("%a %d %b %Y %H:%M")


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(moment - time.monotonic(), 0))


def _now() -> int:
    return int(time.time() * 1000)
