"""The injector: a schedule of faults that the seed alone decides, and the hands that carry it out."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random

from tests.reliability.arena import SESSION_S, Arena, Seat
from tests.reliability.proxy import Weather

GAP_S = (0.3, 2.2)
"""Time between the beginnings of two faults; they overlap where they concern different seats."""
ZOMBIE_S = SESSION_S + 2.5
"""A worker stopped this long has lost its partitions when it goes on."""
WEATHER_S = (2.0, SESSION_S + 3.0)
BROKER_AWAY_S = (0.0, 2.0)
GUEST_S = (3.0, 8.0)
STORM_BEATS = 4
STORM_BEAT_S = 2.0


class Kind(Enum):
    """What is done to a run."""

    KILL = "worker: kill -9"
    TERM = "worker: SIGTERM"
    ZOMBIE = "worker: SIGSTOP past the session, SIGCONT"
    BROKER = "broker: kill -9, restart"
    GUEST = "one more worker joins, later leaves"
    STORM = "rebalance storm: a worker comes or goes every 2 s"
    LEARNER_KILL = "learner: kill -9"
    LEARNER_TERM = "learner: SIGTERM"
    CUT = "network: cut"
    DEAF = "network: half-open, nothing reaches the broker"
    MUTE = "network: half-open, nothing comes back"
    LATE = "network: 500 ms latency"
    SLOW = "network: 10 kB/s"
    RESETS = "network: 1 % of chunks reset"


NETWORK = {
    Kind.CUT: Weather.CUT,
    Kind.DEAF: Weather.DEAF,
    Kind.MUTE: Weather.MUTE,
    Kind.LATE: Weather.LATE,
    Kind.SLOW: Weather.SLOW,
    Kind.RESETS: Weather.RESETS,
}
#: One round of faults: as many of each kind as the scenario table asks of the test.
ROUND = Counter(
    {
        Kind.KILL: 10,
        Kind.TERM: 3,
        Kind.ZOMBIE: 3,
        Kind.BROKER: 2,
        Kind.GUEST: 2,
        Kind.STORM: 1,
        Kind.LEARNER_KILL: 2,
        Kind.LEARNER_TERM: 1,
        **dict.fromkeys(NETWORK, 1),
    }
)
_OF_LEARNER = (Kind.LEARNER_KILL, Kind.LEARNER_TERM)
_OF_GUEST = (Kind.GUEST, Kind.STORM)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: when it begins after the one before, what, where, and for how long."""

    gap_s: float
    kind: Kind
    seat: str
    lasts_s: float


def schedule(seed: int, seats: tuple[str, ...]) -> Iterator[Fault]:
    """Yield faults without end: rounds of all kinds, each in an order of its own."""
    chance = Random(seed)
    spans = {Kind.ZOMBIE: (ZOMBIE_S, ZOMBIE_S), Kind.BROKER: BROKER_AWAY_S, Kind.GUEST: GUEST_S}
    spans |= dict.fromkeys(NETWORK, WEATHER_S)
    while True:
        kinds = sorted(ROUND.elements(), key=lambda kind: kind.name)
        chance.shuffle(kinds)
        for kind in kinds:
            where = "learner" if kind in _OF_LEARNER else "guest" if kind in _OF_GUEST else chance.choice(seats)
            yield Fault(chance.uniform(*GAP_S), kind, where, chance.uniform(*spans.get(kind, (0.0, 0.0))))


class Injector:
    """Does to an arena what a schedule says; faults of the same seat wait for each other."""

    def __init__(self, arena: Arena) -> None:
        """Prepare for the seats of `arena`."""
        self._arena = arena
        self._broker = asyncio.Lock()
        self.injected: Counter[Kind] = Counter()

    async def run(self, faults: Iterator[Fault]) -> None:
        """Carry faults out until there are no more, or until cancelled; those under way are brought to their end."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            for fault in faults:
                await asyncio.sleep(fault.gap_s)
                task = asyncio.create_task(self._inject(fault))
                under_way.add(task)
                for done in [each for each in under_way if each.done()]:
                    under_way.discard(done)
                    done.result()
        finally:
            await asyncio.gather(*under_way)

    async def _inject(self, fault: Fault) -> None:
        if fault.kind is Kind.BROKER:
            async with self._broker:
                await self._bounce_broker(fault.lasts_s)
        else:
            seat = self._arena.seats[fault.seat]
            async with seat.busy:
                await self._hit(fault, seat)
        self.injected[fault.kind] += 1

    async def _bounce_broker(self, away_s: float) -> None:
        stage = self._arena.stage
        await asyncio.to_thread(stage.kill)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(stage.start)

    async def _hit(self, fault: Fault, seat: Seat) -> None:
        arena = self._arena
        match fault.kind:
            case Kind.KILL | Kind.LEARNER_KILL:
                await arena.replace(seat, signal.SIGKILL)
            case Kind.TERM | Kind.LEARNER_TERM:
                await arena.replace(seat, signal.SIGTERM)
            case Kind.ZOMBIE:
                assert seat.worker is not None
                seat.worker.send(signal.SIGSTOP)
                await asyncio.sleep(fault.lasts_s)
                seat.worker.send(signal.SIGCONT)
            case Kind.GUEST:
                arena.fill(seat)
                await asyncio.sleep(fault.lasts_s)
                await arena.leave(seat)
            case Kind.STORM:
                for _ in range(STORM_BEATS // 2):
                    arena.fill(seat)
                    await asyncio.sleep(STORM_BEAT_S)
                    await arena.leave(seat)
                    await asyncio.sleep(STORM_BEAT_S)
            case _:
                proxy = arena.proxies[seat.door]
                proxy.turn(NETWORK[fault.kind])
                await asyncio.sleep(fault.lasts_s)
                proxy.turn(Weather.CLEAR)
