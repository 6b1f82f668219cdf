"""A worker dies with many deals in its care (S22): how long the next one needs, and that it has them all."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.episodes import finish
from tests.reliability.verifier import Verdict

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
STEP = timedelta(milliseconds=100)
REST_S, LEAST_PER_S = 120.0, 300
RESTORED_WITHIN_S = 300.0


async def many_deals(arena: Arena, deals: int, store: str) -> tuple[float, Verdict]:
    """Return the seconds from the start of the second life until it takes part, and the verdict."""
    bootstrap = arena.stage.bootstrap
    seat = arena.seat("one", 0, static=True, always={"DEALWATCH_STORE": store, "DEALWATCH_PAGE": "false"})
    arena.learner()
    arena.fill(seat)
    async with Feeder(bootstrap, arena.topics.plan.activity.name) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        await load.pour(feeder, _openings(deals), deals, sequencer)
        await feeder.send(sequencer.finish())
    await arena.rest(within_s=REST_S + deals / LEAST_PER_S)
    await arena.leave(seat, signal.SIGKILL)
    began = time.monotonic()
    await arena.fill(seat).ready(RESTORED_WITHIN_S)
    took = time.monotonic() - began
    # It must have all of them, not only say so: one more event for the first ones.
    async with Feeder(bootstrap, arena.topics.plan.activity.name) as feeder:
        sequencer = Sequencer(await feeder.partitions())
        await load.pour(feeder, _openings(deals // 10, after=deals), deals // 10, sequencer)
        await feeder.send(sequencer.finish())
    return took, await finish(arena)


def _openings(deals: int, after: int = 0) -> Iterator[bytes]:
    for number in range(deals):
        at = START + (after + number) * STEP
        yield encode(EmailReceived(id=f"r{after + number}", source="/mail", subject=f"opp-{number}", time=at))
