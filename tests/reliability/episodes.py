"""Runs with one kind of trouble each, as long as they are asked to be: short in the tests, long in a soak."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random

from tests.reliability import faults, load
from tests.reliability.arena import REST_WITHIN_S, Arena
from tests.reliability.proxy import Weather
from tests.reliability.verifier import Verdict

PACE = 150.0
DIES_WITHIN_S = 60.0
STORM_BEAT_S = 2.0
BURST_GAP_S = (0.1, 1.0)
BACK_S = 2.0


@asynccontextmanager
async def under_load(arena: Arena, events: Iterator[bytes] | None = None, pace: float = PACE) -> AsyncIterator[None]:
    """Send events as long as the block lasts: these, or those of a generated organisation."""
    ended = asyncio.Event()
    topic = arena.topics.plan.activity.name
    lines = load.lines(arena.seed) if events is None else events
    loading = asyncio.create_task(load.flow(arena.stage.bootstrap, topic, lines, pace, until=ended))
    try:
        yield
    finally:
        ended.set()
        await loading


async def finish(arena: Arena, *, repeats_allowed: bool = True) -> Verdict:
    """Wait until all is handled, let everybody leave, and compare."""
    await arena.rest()
    await arena.stop()
    _, verdict = await arena.verdict(repeats_allowed=repeats_allowed)
    return verdict


async def fault_points(arena: Arena, rounds: int) -> Verdict:
    """S2: in each round a worker is killed before and after each step of the engine's theory."""
    seat = arena.seat("one", 0, static=True)
    arena.learner()
    async with under_load(arena):
        for number in range(rounds):
            for point in faults.POINTS:
                # Later in each round: another record, another state, another of the partitions.
                worker = arena.fill(seat, **{faults.POINT: point, faults.TURN: str(2 + number % 5)})
                seat.wanted = False
                assert await worker.ended(DIES_WITHIN_S) == -signal.SIGKILL, point
    arena.fill(seat)
    return await finish(arena)


async def handovers(arena: Arena, rounds: int, beats: int) -> Verdict:
    """S3 and S4: rolling restarts, then a worker that comes or goes every two seconds; nothing may come twice."""
    arena.learner()
    seats = [arena.seat(f"w{number}", number, static=number != 2) for number in range(3)]
    guest = arena.seat("guest", 3)
    async with under_load(arena):
        for seat in seats:
            arena.fill(seat)
        for _ in range(rounds):
            for seat in seats:
                # As an operator does it: the next one only when the last one is back.
                await asyncio.gather(*(each.worker.ready() for each in seats if each.worker))
                code = await arena.replace(seat, signal.SIGTERM)
                assert code == 0, f"{seat.name} ended with {code}"
        for _ in range(beats // 2):
            began = time.monotonic()
            await arena.fill(guest).ready()
            await asyncio.sleep(max(0.0, began + STORM_BEAT_S - time.monotonic()))
            code = await arena.leave(guest)
            assert code == 0, f"the guest ended with {code}"
            await asyncio.sleep(STORM_BEAT_S)
    return await finish(arena, repeats_allowed=False)


async def burst(arena: Arena, kills: int) -> Verdict:
    """S5: one worker after the other is killed before it has really begun."""
    chance = Random(arena.seed)
    arena.learner()
    seats = [arena.seat(f"w{number}", number, static=number == 0) for number in range(2)]
    async with under_load(arena):
        for seat in seats:
            arena.fill(seat)
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(*BURST_GAP_S))
            await arena.replace(chance.choice(seats), signal.SIGKILL)
    return await finish(arena)


async def absence(arena: Arena, point: str, turn: int, *, cut_off: bool) -> Verdict:
    """The worst of S6: a worker is away right at a fault point, and back when another one has its partitions."""
    activity = arena.topics.plan.activity.name
    await load.fill(arena.stage.bootstrap, activity, arena.seed, count=3_000)
    arena.learner()
    seat, heir = arena.seat("absent", 0), arena.seat("heir", 1)
    absent = arena.fill(seat, **{faults.POINT: point, faults.TURN: str(turn), faults.DEED: "stop"})
    await absent.stopped()
    if cut_off:
        arena.proxies[seat.door].turn(Weather.DEAF)
        absent.send(signal.SIGCONT)
    arena.fill(heir)
    await arena.topics.rest(REST_WITHIN_S)
    arena.proxies[seat.door].turn(Weather.CLEAR)
    absent.send(signal.SIGCONT)
    await asyncio.sleep(BACK_S)
    # Whoever takes the partitions over now reads what the absent one may have written.
    await arena.leave(heir, signal.SIGKILL)
    await arena.leave(seat)
    arena.fill(heir)
    await load.fill(arena.stage.bootstrap, activity, arena.seed, count=3_500)
    return await finish(arena)
