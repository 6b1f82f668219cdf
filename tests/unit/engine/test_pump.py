"""What keeps memory bounded when Kafka takes nothing: handling stops, then fetching."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from streams.engine.errors import DeliveryFailed
from streams.engine.observer import Unobserved
from streams.engine.outbox import Outbox
from streams.engine.partition import Stretch
from streams.engine.producer import Delivery, Writable
from streams.engine.pump import Pump
from streams.engine.task import Outgoing, Record
from tests.unit.engine.fakes import PlainRecord, PlainTask, partition_at

LIMIT_BYTES = 10_000
BACKLOG = 500
FETCH = 200


class Mute:
    """A Kafka that takes records and never says a word, until it is told to."""

    def __init__(self) -> None:
        """Owe nothing."""
        self.owed: list[asyncio.Future[Any]] = []

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """There is one partition."""
        return 0

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Take them."""
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.owed.append(ack)
        return [Delivery(ack, len(records))]

    def speak(self) -> None:
        """Acknowledge all."""
        for ack in self.owed:
            if not ack.done():
                ack.set_result(None)


class Talkative(PlainTask):
    """Sends 100 bytes for each record."""

    def __init__(self) -> None:
        """Have sent nothing."""
        super().__init__()
        self.sent = 0

    def outbox(self) -> list[Outgoing]:
        """Return one message for each record handled since."""
        fresh, self.sent = len(self.seen) - self.sent, len(self.seen)
        return [Outgoing("alerts", b"k", bytes(99))] * fresh


class Scene:
    """A pump in front of a mute Kafka, and an endless source."""

    def __init__(self) -> None:
        """Begin."""
        self.kafka = Mute()
        self.outbox = Outbox(self.kafka, LIMIT_BYTES, lambda _: None)
        self.pump = Pump(self.outbox, Unobserved(), slice_s=0.01, slice_records=20, backlog=BACKLOG)
        self.task = Talkative()
        self.partition = partition_at(0, self.task, 0)
        self.pump.open([self.partition])
        self.fetched = 0

    async def fetch_for_a_while(self) -> None:
        """Fetch whenever the pump wants more."""
        for _ in range(2_000):
            if self.pump.hungry(0):
                begin, self.fetched = self.fetched, self.fetched + FETCH
                records: list[Record] = [PlainRecord(offset) for offset in range(begin, self.fetched)]
                self.pump.deliver(0, Stretch(begin, records, self.fetched))
            await asyncio.sleep(0)


def test_a_kafka_that_takes_nothing_stops_handling_and_then_fetching() -> None:
    """However much there is in the source, what is in memory is bounded; when Kafka speaks again, it goes on."""

    async def act() -> None:
        scene = Scene()
        loops = [asyncio.create_task(scene.pump.run()), asyncio.create_task(scene.outbox.run())]
        await scene.fetch_for_a_while()
        slice_bytes = 20 * (100 + 64)
        assert LIMIT_BYTES <= scene.outbox.bytes <= LIMIT_BYTES + slice_bytes
        assert scene.partition.backlog <= BACKLOG + FETCH
        assert not scene.pump.hungry(0)
        stood_at = scene.partition.handled
        await scene.fetch_for_a_while()
        assert scene.partition.handled == stood_at
        scene.kafka.speak()
        await scene.fetch_for_a_while()
        assert scene.partition.handled > stood_at
        for loop in loops:
            loop.cancel()

    asyncio.run(act())


def test_a_kafka_that_is_given_up_stops_the_pump() -> None:
    """Who waits for room is told when there will be none."""

    async def act() -> None:
        scene = Scene()
        sending = asyncio.create_task(scene.outbox.run())
        pumping = asyncio.create_task(scene.pump.run())
        await scene.fetch_for_a_while()
        scene.kafka.owed[0].set_exception(RuntimeError("gone"))
        with pytest.raises(DeliveryFailed):
            await pumping
        sending.cancel()

    asyncio.run(act())


def test_small_slices_of_many_partitions_share_one_turn_and_a_long_one_has_its_own() -> None:
    """The loop gets its turn after some milliseconds of work: not after every record, and not only after all."""
    order: list[str] = []

    def slow(slice_: Sequence[Record], _start: int) -> int:
        time.sleep(0.02)
        order.append("slow")
        return len(slice_)

    def quick(slice_: Sequence[Record], _start: int) -> int:
        order.append("quick")
        return len(slice_)

    async def act() -> None:
        outbox = Outbox(Mute(), LIMIT_BYTES, lambda _: None)
        pump = Pump(outbox, Unobserved(), slice_s=0.01, slice_records=20, backlog=BACKLOG)
        handlers = [quick, quick, slow, quick]
        pump.open([partition_at(number, PlainTask(handler), 0) for number, handler in enumerate(handlers)])
        for number in range(len(handlers)):
            pump.deliver(number, Stretch(0, [PlainRecord(0)], 1))
        pumping = asyncio.create_task(pump.run())
        for _ in range(40):
            await asyncio.sleep(0)
            if order and order[-1] != "turn":
                order.append("turn")
        pumping.cancel()

    asyncio.run(act())
    assert order == ["quick", "quick", "slow", "turn", "quick", "turn"]
