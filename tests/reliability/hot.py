"""One deal gets nine events of ten (S21): its partition is behind, and nobody else is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from aiokafka.errors import GroupCoordinatorNotAvailableError

from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.replay.partitioner import partition_of
from streams.replay.sequence import Sequencer
from streams.runtime.feeder import Feeder
from tests.reliability import load
from tests.reliability.arena import Arena
from tests.reliability.topics import committed, ends_of
from tests.reliability.verifier import Verdict

HOT = "opp-hot"
HOT_EVENTS = 15_000
HOT_EVERY = timedelta(seconds=2)
"""All on one day: at midnight partitions wait for each other's lessons, which is not what is asked here."""
PATIENCE_S = 60.0


async def one_hot_deal(arena: Arena) -> Verdict:
    """See that everybody else's events are committed while the hot deal's partition is still behind."""
    topic, bootstrap = arena.topics.plan.activity.name, arena.stage.bootstrap
    hot = await _heat(bootstrap, topic)
    arena.learner()
    arena.fill(arena.seat("one", 0, static=True))
    ends = await ends_of(bootstrap, topic)
    others = {number: end for number, end in ends.items() if number != hot}
    async with asyncio.timeout(PATIENCE_S):
        while not others.items() <= (done := await _committed(bootstrap, arena.topics.group)).items():
            await asyncio.sleep(0.05)
    assert done.get(hot, 0) < ends[hot], "the hot partition was done as soon: make it hotter"
    await arena.rest()
    await arena.stop()
    _, verdict = await arena.verdict()
    return verdict


async def _committed(bootstrap: str, group: str) -> dict[int, int]:
    """What is committed; nothing while a new broker has no coordinator yet."""
    try:
        return await committed(bootstrap, group)
    except GroupCoordinatorNotAvailableError:
        return {}


async def _heat(bootstrap: str, topic: str) -> int:
    """Send events of which nine of ten are of one deal, within few days; return its partition."""
    async with Feeder(bootstrap, topic) as feeder:
        partitions = await feeder.partitions()
        sequencer = Sequencer(partitions)
        at = datetime(2026, 3, 2, 8, tzinfo=UTC)
        for number in range(HOT_EVENTS):
            name = HOT if number % 10 else f"opp-{number}"
            event = EmailReceived(id=f"n{number}", source="/crm", subject=name, time=at + number * HOT_EVERY)
            await feeder.send(sequencer.take(encode(event), load.now_ms()))
        await feeder.send(sequencer.finish())
    return partition_of(HOT.encode(), b"", partitions)
