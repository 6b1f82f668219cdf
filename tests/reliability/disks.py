"""Disks that are full (S12): the broker's, the one of a worker's RocksDB, and one that takes not even a log."""

from __future__ import annotations

import asyncio
import resource

from streams.broker import process
from tests.reliability import faults
from tests.reliability.arena import Arena
from tests.reliability.episodes import DIES_WITHIN_S, finish, under_load
from tests.reliability.stage import GONE_WITHIN_S, Stage
from tests.reliability.verifier import Verdict

FULL_BYTES = 4_096
"""Largest file: the broker's next segment is larger."""
TOO_FULL_BYTES = 16 * 1024
"""Largest file: a worker's RocksDB that has some states is larger, the few lines that it logs are not."""
FILLS_UP_BYTES = 64 * 1024
"""Largest file: the log of a worker's RocksDB, which is opened well, comes to it after some seconds of load."""
FILLS_UP_AFTER_S = 2.0
NO_MORE, NOTHING = "takes no more states", "StoreFailed"


async def full_disks(arena: Arena, store: str, rounds: int) -> Verdict:
    """Fill up, in each round, the worker's disk and then the broker's, under load; whoever ends is started again."""
    always = {"DEALWATCH_STORE": store}
    # With states in memory a worker needs no disk; so it never has one.
    seat = arena.seat("one", 0, static=True, always=always | ({faults.FULL_DISK: "0"} if store == "memory" else {}))
    arena.learner()
    async with under_load(arena):
        for _ in range(rounds):
            if store == "rocksdb":
                await _ends_for_want_of_room(arena, FILLS_UP_BYTES, NO_MORE)
                await _ends_for_want_of_room(arena, TOO_FULL_BYTES, NOTHING)
            arena.fill(seat)
            await asyncio.sleep(FILLS_UP_AFTER_S)
            await fill_broker_disk(arena.stage)
            await arena.leave(seat)
        arena.fill(seat)
    return await finish(arena)


async def _ends_for_want_of_room(arena: Arena, most_bytes: int, word: str) -> None:
    seat = arena.seats["one"]
    worker = arena.fill(seat, **{faults.FULL_DISK: str(most_bytes)})
    seat.wanted = False
    code = await worker.ended(DIES_WITHIN_S)
    assert code == 1 and word in worker.last_line(), f"ended with {code}: {worker.log.read_text()}"


async def fill_broker_disk(stage: Stage) -> None:
    """Let the broker write no file any more, of which it dies, and start it again with room."""
    broker = stage.broker
    assert broker is not None
    resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
    gone = process.wait_until_gone
    assert await asyncio.to_thread(gone, broker.pid, broker.directory, GONE_WITHIN_S), "it lives on"
    await asyncio.to_thread(stage.start)
