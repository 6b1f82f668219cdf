"""What is committed of copying: only what is acknowledged, whatever is cut short."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaError, RequestTimedOutError
from aiokafka.structs import TopicPartition

from streams.admin.generation import Environment, Rebuild
from streams.config.settings import load
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.envelope import moment_of
from streams.replay.rekey import Original, Rekeyer
from streams.runtime import copying
from streams.runtime.copying import Copier
from streams.runtime.copymeter import Meter


class _Kafka:
    """A producer and a consumer that note what is asked of them."""

    def __init__(self) -> None:
        self.committed: list[dict[Any, Any]] = []

    async def flush(self) -> None:
        await asyncio.sleep(0)

    async def commit(self, places: dict[Any, Any]) -> None:
        self.committed.append(places)


def a_copier(kafka: _Kafka) -> Copier:
    """One that has given back the first record of the only partition."""
    old, new = (Environment(load(prefix=prefix, partitions=1)) for prefix in ("", "v2."))
    copier = Copier("nowhere:1", Rebuild(old, new))
    made: Any = copier
    made._producer = made._consumer = kafka
    made._rekeyer, made._returning, made._back = Rekeyer([0], 1), Rekeyer([0], 1), {0: 0}
    made._rekeyer.take(Original(0, 0, 1, b"k", b"no event"))
    assert len(list(made._rekeyer.ready())) == 1
    return copier


def test_what_is_not_acknowledged_is_not_committed_however_often_it_is_tried() -> None:
    """A refused copy stays in the way: the place behind it would skip it for good."""
    kafka = _Kafka()

    async def run() -> None:
        copier: Any = a_copier(kafka)
        refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        refused.set_exception(RequestTimedOutError())
        copier._sent = [(refused, "v2.deal.activity")]
        for _ in range(2):
            with pytest.raises(KafkaError):
                await copier._settle()

    asyncio.run(run())
    assert kafka.committed == []


def test_what_is_cut_short_while_it_waits_is_waited_for_again() -> None:
    """Ctrl-C comes in the midst of it; the last word is only said when all is acknowledged."""
    kafka = _Kafka()

    async def run() -> None:
        copier: Any = a_copier(kafka)
        late: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        copier._sent = [(late, "v2.deal.activity")]
        waiting = asyncio.create_task(copier._settle())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert kafka.committed == []
        late.set_result(SimpleNamespace(partition=0, offset=0))
        await copier._settle()

    asyncio.run(run())
    [places] = kafka.committed
    assert {(each.topic, kept.offset) for each, kept in places.items()} == {
        ("deal.activity", 1),
        ("v2.deal.activity", 1),
    }


class _LiveKafka(_Kafka):
    """A partition into which something is written each time that somebody looks, as a live worker writes the time."""

    def __init__(self) -> None:
        super().__init__()
        self.end = 3

    async def getmany(self, **_: int) -> dict[Any, Any]:
        await asyncio.sleep(0)
        self.end += 1
        return {SOURCE: [_record(self.end - 2)]}

    async def end_offsets(self, places: Any) -> dict[Any, int]:
        return dict.fromkeys(places, self.end)

    async def position(self, _: Any) -> int:
        return self.end - 1

    def resume(self, *_: Any) -> None:
        """Go on reading."""

    def seek(self, *_: Any) -> None:
        """Read from there."""

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[Any]:
        sent: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        sent.set_result(SimpleNamespace(topic="v2.deal.activity", partition=0, offset=-1))
        return sent


SOURCE = TopicPartition("deal.activity", 0)


def _record(offset: int) -> Any:
    event = ClockAdvanced(id=f"clock-{offset}", source="/x", time=moment_of(1_700_000_000_000 + 60_000 * offset))
    return SimpleNamespace(
        topic=SOURCE.topic,
        partition=0,
        offset=offset,
        timestamp=1_800_000_000_000,
        key=None,
        value=encode(event),
        headers=(),
    )


def test_without_follow_it_ends_beside_a_worker_that_goes_on_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there when it began is copied; each minute's time would keep it for ever."""
    monkeypatch.setattr(copying, "_SETTLE_EVERY_S", 0.0)
    kafka = _LiveKafka()

    async def run() -> None:
        copier: Any = a_copier(kafka)
        copier._sources, copier._targets = [SOURCE], []
        copier._meter = Meter({0: 0}, {})
        await asyncio.wait_for(copier._copy(follow=False), 5)
        await copier._settle()

    asyncio.run(run())
    [committed] = {kept.offset for each, kept in kafka.committed[-1].items() if each == SOURCE}
    assert committed >= 4
