"""Feeds the generated sales organisation, or an event file, into Kafka at a faster pace, and goes on where it was.

The simulated days begin two years before the first start, so simulated time never runs ahead of the real one; when it
has caught up, the organisation goes on at the pace of real life. How far it came is kept in a small file; the day that
was under way is sent again after a restart, and the worker recognises what it has seen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
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
from streams.runtime.lead import Lead

#: Days of history that the organisation begins with.
_HISTORY = timedelta(days=730)


class Place(Struct, frozen=True):
    """How far a feed came: the world's seed and first day, and the next day to play."""

    seed: int
    start: datetime
    next_day: int = 0


@dataclass(slots=True)
class Progress:
    """What the view shows of a feed.

    `at` is the simulated time, and `handled` the one up to which the worker is through (milliseconds); `events` are the
    events sent, without heartbeats and announcements of time. The worker is `behind_s` seconds behind, and `waits` says
    whether the feed waits for it.
    """

    at: int | None = None
    events: int = 0
    handled: int | None = None
    behind_s: float = 0.0
    waits: bool = False
    live: bool = False
    ended: bool = False

    def look(self, lead: Lead) -> None:
        """Take over how far the worker is."""
        self.behind_s, self.handled, self.waits = lead.behind_s(), lead.handled_at, lead.waits


def read_place(path: Path, seed: int, now: datetime) -> Place:
    """Return where the feed was, or its beginning; an unreadable note means to begin anew."""
    try:
        place = msgspec.json.decode(path.read_bytes(), type=Place)
    except (FileNotFoundError, msgspec.DecodeError):
        return Place(seed, (now - _HISTORY).replace(hour=0, minute=0, second=0, microsecond=0))
    return place


async def feed_world(feeder: Feeder, path: Path, place: Place, speed: float, progress: Progress, lead: Lead) -> None:
    """Play the organisation for ever, day by day, at `speed` simulated seconds per second, or as `lead` allows."""
    sequencer = Sequencer(await feeder.partitions(), source="/demo")
    world = World(place.seed, place.start.astimezone(UTC))
    for day in played_days(world, place.next_day):
        began = time.monotonic()
        for offset, lines in paced(day.lines, speed, start_at=day.begins):
            began += await lead.wait()
            await _sleep_until(began + offset)
            while (ahead := lines[-1].at - _now()) > 0:
                progress.live = True
                await asyncio.sleep(min(ahead / 1000, 1.0))
            await _send(feeder, sequencer, [line.value for line in lines], progress, lead)
        place = replace(place, next_day=day.number + 1)
        path.write_bytes(msgspec.json.encode(place))
        await _sleep_until(began + 86_400 / speed)


async def feed_file(feeder: Feeder, lines: AsyncIterator[list[bytes]], progress: Progress, lead: Lead) -> None:
    """Send the chunks of an event file as they come, and the end of the log at last."""
    sequencer = Sequencer(await feeder.partitions())
    async for chunk in lines:
        await lead.wait()
        await _send(feeder, sequencer, chunk, progress, lead)
    await feeder.send(sequencer.finish())
    await feeder.flush()
    lead.sent(feeder.ends, sequencer.clock)
    progress.ended = True


async def _send(feeder: Feeder, sequencer: Sequencer, lines: Iterable[bytes], progress: Progress, lead: Lead) -> None:
    for line in lines:
        records = list(sequencer.take(line, _now()))
        await feeder.send(records)
        progress.events += any(each.is_line and not each.is_control for each in records)
        progress.at = sequencer.clock
    await feeder.flush()
    lead.sent(feeder.ends, sequencer.clock)


def simulated_day(at: int | None) -> str:
    """A simulated time, in milliseconds, as a person reads it."""
    return "-" if at is None else moment_of(at).strftime("%a %d %b %Y %H:%M")


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(moment - time.monotonic(), 0))


def _now() -> int:
    return int(time.time() * 1000)
