"""Followers hand over what there is room for: a topic without room waits, the others go on, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from streams.engine.followers import FETCH_RECORDS, Follower, Followers
from streams.engine.settings import EngineSettings
from streams.engine.task import Record
from tests.integration.engine.conftest import PATIENCE_S, Arena

SIDE, ALERTS = 2_000, 1_000


class Heard:
    """What followers of two topics were handed: one with so much room, and one with room for everything."""

    def __init__(self, arena: Arena, room: int, stuck_timeout_s: float = PATIENCE_S) -> None:
        """Follow both."""
        self.room = room
        self._of: defaultdict[tuple[str, int], list[bytes | None]] = defaultdict(list)
        self._prefix = arena.prefix
        settings = EngineSettings(
            app_id=arena.prefix + "heard",
            broker=arena.kafka,
            source_topic=arena.prefix + "source",
            changelog_topic=None,
            state_dir=Path(arena.directory),
            stuck_timeout_s=stuck_timeout_s,
        )
        side = Follower(arena.prefix + "side", self._hear, lambda: self.count("side") < self.room)
        self.followers = Followers(settings, [side, Follower(arena.prefix + "alerts", self._hear)])

    def _hear(self, record: Record) -> None:
        self._of[record.topic.removeprefix(self._prefix), record.partition].append(record.value)

    def count(self, topic: str) -> int:
        """How many records of a topic were handed over."""
        return sum(len(values) for (name, _), values in self._of.items() if name == topic)

    def all(self) -> dict[tuple[str, int], list[bytes | None]]:
        """What was handed over, by topic and partition, in order."""
        return dict(self._of)


def written(arena: Arena) -> dict[tuple[str, int], list[bytes | None]]:
    """Fill both topics; return what must be handed over."""
    side = [(0, b"s%d" % number, b"%d" % number) for number in range(SIDE)]
    alerts = [(number % 2, b"a%d" % number, b"%d" % number) for number in range(ALERTS)]
    arena.put("side", side)
    arena.put("alerts", alerts)
    return {
        ("side", 0): [value for _, _, value in side],
        ("alerts", 0): [value for partition, _, value in alerts if partition == 0],
        ("alerts", 1): [value for partition, _, value in alerts if partition == 1],
    }


async def come_true(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"it did not come true within {PATIENCE_S} s"
        await asyncio.sleep(0.02)


def test_a_topic_without_room_waits_while_the_others_go_on_and_goes_on_when_there_is_room(arena: Arena) -> None:
    """More than there is room for is handed over once at most, with the fetch that was under way."""
    arena.create_topics()

    async def follow() -> dict[tuple[str, int], list[bytes | None]]:
        heard = Heard(arena, room=100)
        await heard.followers.start()
        everything = await asyncio.to_thread(written, arena)
        await come_true(lambda: heard.count("alerts") == ALERTS and heard.count("side") >= heard.room)
        for room in (heard.count("side") + 1, heard.count("side") + FETCH_RECORDS):
            assert heard.count("side") < heard.room + FETCH_RECORDS
            heard.room = room
            await come_true(lambda room=room: heard.count("side") >= room)  # type: ignore[misc]  # bound now
        assert heard.count("side") < heard.room + FETCH_RECORDS < SIDE
        heard.room = SIDE + 1
        await come_true(lambda: heard.count("side") == SIDE)
        await heard.followers.stop()
        assert heard.followers.crash_reason is None and heard.all() == everything
        return everything

    assert asyncio.run(follow())


def test_a_start_waits_for_room_however_long_and_is_over_when_all_was_handed_over(arena: Arena) -> None:
    """No room from the beginning: the rest is read to its end, nobody takes that for being stuck, nothing is lost."""
    arena.create_topics()
    everything = written(arena)
    stuck_after_s = 0.5

    async def follow() -> None:
        heard = Heard(arena, room=0, stuck_timeout_s=stuck_after_s)
        starting = asyncio.create_task(heard.followers.start())
        await come_true(lambda: heard.count("alerts") == ALERTS)
        # Whoever counted the time in which nothing comes would have given up.
        await asyncio.sleep(3 * stuck_after_s)
        assert heard.count("side") == 0 and not starting.done(), "it has started, and not read what it follows"
        heard.room = 700
        await come_true(lambda: heard.count("side") >= heard.room)
        assert not starting.done()
        heard.room = SIDE + 1
        await starting
        assert heard.all() == everything
        await heard.followers.stop()

    asyncio.run(follow())


def test_a_start_that_waits_for_room_can_be_stopped(arena: Arena) -> None:
    """Whoever is asked to stop does not wait for room."""
    arena.create_topics()
    written(arena)

    async def follow() -> None:
        heard = Heard(arena, room=0)
        starting = asyncio.create_task(heard.followers.start())
        await come_true(lambda: heard.count("alerts") == ALERTS)
        await heard.followers.stop()
        await asyncio.wait_for(starting, PATIENCE_S)
        assert heard.count("side") == 0

    asyncio.run(follow())
