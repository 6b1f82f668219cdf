"""Workers whose wall clocks are wrong (S11): an hour ahead, an hour behind, and one that jumps between the two.

Events are of the present here, so that workers announce the time from their own clocks.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from streams.events.activity import EmailReceived, EmailSent
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.decode import decode
from tests.reliability import faults, load
from tests.reliability.arena import Arena
from tests.reliability.episodes import finish, under_load
from tests.reliability.topics import read
from tests.reliability.verifier import Verdict

HOUR_S = 3600.0
CLOCKS = (f"{HOUR_S},{HOUR_S}", f"{-HOUR_S},{-HOUR_S}", f"{HOUR_S},{-HOUR_S}")
PACE = 60.0
DEALS = 61
WORKS_FOR_S = 6.0


async def wrong_clocks(arena: Arena, rounds: int) -> Verdict:
    """Let such workers work on events of the present, and kill one in each round: what they say is what is true."""
    arena.learner()
    seats = [
        arena.seat(f"w{number}", number, static=number == 0, always={faults.CLOCK: clock})
        for number, clock in enumerate(CLOCKS)
    ]
    async with under_load(arena, _present_lines(), PACE):
        for seat in seats:
            arena.fill(seat)
        for number in range(rounds):
            await asyncio.sleep(WORKS_FOR_S)
            await arena.replace(seats[number % len(seats)], signal.SIGKILL)
    verdict = await finish(arena)
    source = await read(arena.stage.bootstrap, arena.topics.plan.activity.name)
    announced = [
        (event.at - record.timestamp) / 1000
        for record in source
        if isinstance(event := decode(record.value, record.key, record.timestamp), ClockAdvanced)
    ]
    assert any(ahead > HOUR_S / 2 for ahead in announced), "nobody said a wrong time"
    return verdict


def _present_lines() -> Iterator[bytes]:
    for number in count():
        kind = EmailReceived if number % 2 else EmailSent
        subject, actor = f"opp-{number % DEALS}", f"rep-{number % 7}"
        yield encode(kind(id=f"n{number}", source="/mail", subject=subject, time=_now(), actor=actor))


def _now() -> datetime:
    return datetime.fromtimestamp(load.now_ms() / 1000, UTC)
