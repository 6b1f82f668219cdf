"""The thread of the revenue program without Kafka: records go in, and answers come out, to be written."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from streams.config.settings import load
from streams.config.topics import plan
from streams.demo.world import World, generate
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.revenue.answers import ForecastTold, Said, decode_answer, encode_answer, key_of, topic_of
from streams.revenue.company import Company, Unit
from streams.revenue.practice import Practice
from streams.runtime import revenue
from streams.runtime.revenue import RevenueDesk, RevenueTask
from streams.telemetry.emit import Metrics
from tests.unit.runtime.schooling import Told

TOPICS = plan(load(broker="localhost:9092", partitions=1))
COMPANY = Company(timezone="UTC", teams={f"rep-{code}-01": f"team-{code}" for code in ("de", "uk", "us", "fr")})
WITHIN_S = 60.0
Written = dict[bytes, bytes | None]


@pytest.fixture(autouse=True)
def unrested(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rest between rounds: whoever tests has nothing else to do with the machine."""
    monkeypatch.setattr(revenue, "ROUND_EVERY_S", 0.1)
    monkeypatch.setattr(revenue, "REST", 0.0)
    monkeypatch.setattr(revenue, "REST_OF_LOCKS", 0.0)


@cache
def the_log() -> tuple[Told, ...]:
    """Ten months of a small organisation: a quarter of which is on record what was said is over."""
    world = World(seed=11, start=datetime(2025, 1, 1, tzinfo=UTC))
    lines = generate(world, deals=20, days=300)
    return tuple(
        Told(each.value, TOPICS.activity.name, offset=number, timestamp=each.at, key=each.key)
        for number, each in enumerate(lines)
    )


class Desk:
    """A desk at work, and what it has had written so far, as its task takes it."""

    def __init__(self, kept: dict[bytes, bytes]) -> None:
        """Hand it the log, and what the changelog has."""
        self.store = PartitionStore(MemoryShelf(Plain()))
        self.store.restart(0)
        self.store.cut(list(kept.items()))
        self.service = RevenueDesk(COMPANY, Practice(), Metrics("revenue"))
        self.task = RevenueTask(self.store, TOPICS, self.service)
        self.forecasts: Written = {}
        self.others: Written = {}
        self._whole: Counter[bytes] = Counter()
        on = self.service.on("activity")
        for record in the_log():
            on(record)

    def run(self, *steps: Callable[[], bool]) -> BaseException | None:
        """Begin, and take what is to be written until each of the steps, one after the other, is true."""

        async def work() -> BaseException | None:
            await self.service.start()
            list(self.task.ready())
            try:
                for step in steps:
                    await self._until(step)
            finally:
                await self.service.stop()
            return self.service.crash_reason

        return asyncio.run(work())

    async def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + WITHIN_S
        while not true() and not self.service.crashed:
            assert time.monotonic() < until, f"not within {WITHIN_S:.0f} s"
            taken = dict(self.task.dirty())
            self.forecasts |= taken
            self._whole.update(key for key, value in taken.items() if value is not None and _is_whole(value))
            self.others |= {each.key or b"": each.value for each in self.task.outbox()}
            await asyncio.sleep(0.01)

    def is_whole(self) -> bool:
        """Whether a whole round was made since nothing is to be locked any more: each begins with the company's."""
        return max(self._whole.values(), default=0) > 1

    def said(self) -> dict[bytes, bytes]:
        """The locks that it had written."""
        return {key: each for key, each in self.forecasts.items() if key.startswith(b"said|") and each is not None}


def _is_whole(value: bytes) -> bool:
    told = decode_answer(value)
    return isinstance(told, ForecastTold) and told.unit == Unit() and not told.waiting


@pytest.fixture(scope="module")
def whole() -> Iterator[Desk]:
    """What a program that nobody disturbs has written."""
    with pytest.MonkeyPatch.context() as patch:
        for name, seconds in (("ROUND_EVERY_S", 0.1), ("REST", 0.0), ("REST_OF_LOCKS", 0.0)):
            patch.setattr(revenue, name, seconds)
        desk = Desk({})
        assert desk.run(desk.is_whole) is None
    yield desk


def kept_by(desk: Desk) -> dict[bytes, bytes]:
    """What the changelog has then."""
    return {key: value for key, value in desk.forecasts.items() if value is not None}


def said_in(value: bytes) -> Said:
    """A lock as it was written."""
    answer = decode_answer(value)
    assert isinstance(answer, Said)
    return answer


def test_forecasts_go_to_the_changelog_and_all_other_answers_out(whole: Desk) -> None:
    """Each under its key, on its topic."""
    topics = {topic_of(decode_answer(each)) for each in whole.others.values() if each is not None}
    assert topics == {"pipeline", "coaching", "attribution"}
    assert {topic_of(decode_answer(each)) for each in kept_by(whole).values()} == {"forecast"}
    assert len(whole.said()) > 20
    assert all(key_of(decode_answer(value)) == key for key, value in kept_by(whole).items())


def test_who_goes_on_has_only_the_time_written(whole: Desk) -> None:
    """Nothing is locked again, and nothing said again but as of when all is."""
    after = Desk(kept_by(whole))
    after.run(after.is_whole)
    assert after.said() == {}
    units = [decode_answer(each) for each in after.forecasts.values() if each is not None]
    assert {each.unit for each in units if isinstance(each, ForecastTold)} == {Unit()}


def test_a_day_that_was_cut_short_is_locked_again(whole: Desk) -> None:
    """The company's lock is written last: without it nobody knows whether the others are all."""
    kept = kept_by(whole)
    cut = max(
        (key for key in whole.said() if said_in(kept[key]).unit == Unit()), key=lambda key: said_in(kept[key]).day
    )
    missing = kept.pop(cut)
    after = Desk(kept)
    after.run(lambda: cut in after.forecasts)
    assert after.said() == {cut: missing}


def test_what_was_taken_and_did_not_get_there_is_written_when_the_partition_is_back(whole: Desk) -> None:
    """Another process had the partition meanwhile: what it has on the changelog counts, and nothing from before."""
    desk = Desk({})

    def lost() -> bool:
        if not desk.said():
            return False
        desk.forecasts.clear()
        list(desk.task.ready())
        return True

    assert desk.run(lost, desk.is_whole) is None
    assert desk.said() == whole.said()


@pytest.mark.parametrize(
    ("period", "change"),
    [
        ("FY99", {}),
        ("FY9999-Q4", {}),
        ("FY2025-Q3", {"version": "tea leaves"}),
        ("FY2025-Q3", {"low": -(10**6), "high": 10**40, "width": 0.0}),
    ],
)
def test_rubbish_among_what_was_said_does_not_end_the_program_at_its_start(
    whole: Desk, period: str, change: dict[str, Any]
) -> None:
    """Of no period, of a version that nobody knows, with a band of no width: written by hand, or by a later version."""
    kept = kept_by(whole)
    for value in whole.said().values():
        said = said_in(value)
        if said.period == "FY2025-Q3":
            rubbish = replace(said, period=period, versions=tuple(replace(each, **change) for each in said.versions))
            kept[key_of(rubbish)] = encode_answer(rubbish)
    after = Desk(kept)
    assert after.run(after.is_whole) is None


def test_a_failure_in_the_thread_ends_the_program_with_that_error() -> None:
    """Whatever it is: a thread that is gone, and nobody says so, would be worse."""
    desk = Desk({})
    desk.service.on("alerts")(Told(3))  # type: ignore[arg-type]  # no bytes, which no topic has
    failure = desk.run(lambda: False)
    assert isinstance(failure, TypeError)
