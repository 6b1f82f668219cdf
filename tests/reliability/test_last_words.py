"""`deal.alerts.open` while a worker writes late to it that has lost its deals: the last word stays the owner's."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from random import Random

import pytest
from aiokafka import AIOKafkaProducer

from streams.engine.lastwords import TENURE, tenure_of
from tests.reliability import load
from tests.reliability.arena import LONG_SESSION_S, Arena, Seat
from tests.reliability.stage import Stage
from tests.reliability.topics import read
from tests.reliability.workers import Nursery

LINES = 2_000
LATE = 6
"""Records of each kind that come late."""
MENDED = re.compile(r"^dealwatch_alerts_mended_total\S* ([0-9.]+)$", re.MULTILINE)


async def say_late(arena: Arena, seed: int) -> int:
    """Append what a former owner might: old words on alerts that stand, are over, or never were; return how many.

    And what anybody might, which is no tenure.
    """
    topic = arena.topics.plan.open_alerts.name
    said = [each for each in await read(arena.stage.bootstrap, topic) if tenure_of(each.headers)]
    first = {record.key: record for record in reversed(said)}
    last = {record.key: record for record in said}
    chance = Random(seed)
    standing = chance.sample(sorted(key for key, record in last.items() if record.value is not None), LATE)
    over = chance.sample(sorted(key for key, record in last.items() if record.value is None), LATE)
    async with AIOKafkaProducer(bootstrap_servers=arena.stage.bootstrap) as producer:
        for key in (*standing, *over, b"al-neverwas%d" % seed):
            record = last.get(key, said[0])
            tenure = tenure_of(record.headers)
            assert tenure is not None
            late = [(TENURE, b"%d %d" % (tenure[0], tenure[1] - 1))]
            value = None if key in standing[::2] else first.get(key, said[0]).value
            await producer.send_and_wait(topic, value, key=key, partition=0, headers=late)
        for rubbish in (b"0 " + b"9" * 5_000, b"", None):
            await producer.send_and_wait(topic, None, key=b"al-rubbish", partition=0, headers=[(TENURE, rubbish)])
    return len(standing) + len(over) + 1


def mended(seat: Seat) -> float:
    """How many alerts a worker says that it has said again."""
    assert seat.worker is not None
    found = MENDED.search(seat.worker.get("/metrics") or "")
    return float(found[1]) if found else 0.0


@pytest.mark.kafka
def test_who_owns_a_deal_has_the_last_word_on_its_alerts(stage: Stage, nursery: Nursery, tmp_path: Path) -> None:
    """Late words are written over at once by the owner, and where nobody was at work by the next one at its start."""

    async def run() -> None:
        async with Arena(stage, nursery, tmp_path, session_s=LONG_SESSION_S) as arena:
            seat = arena.seat("one", 0)
            arena.learner()
            arena.fill(seat)
            await load.fill(stage.bootstrap, arena.topics.plan.activity.name, seed=5, count=LINES)
            await arena.rest()
            late = await say_late(arena, seed=1)
            await arena.rest()  # the owner may have said its own already
            assert mended(seat) == late
            await arena.leave(seat, signal.SIGKILL)
            late = await say_late(arena, seed=2)
            assert await arena.topics.overrun()
            arena.fill(seat)
            await arena.ready(seat)
            await arena.rest()
            assert mended(seat) == late
            await arena.stop()
            _, verdict = await arena.verdict()
            assert verdict.differences == []

    asyncio.run(run())
