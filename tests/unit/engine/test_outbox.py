"""What was sent is known until it is acknowledged, and a failure is told to everybody."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from streams.engine.errors import DeliveryFailed
from streams.engine.outbox import GATHER_S, Outbox
from streams.engine.producer import Delivery, Writable
from streams.engine.task import Outgoing


class Writer:
    """A writer whose acknowledgements the test gives."""

    def __init__(self) -> None:
        """Nothing written."""
        self.written: list[tuple[str, int, list[bytes | None]]] = []
        self.acks: list[asyncio.Future[Any]] = []

    async def partition_for(self, topic: str, key: bytes | None) -> int:
        """Return the last digit of the key."""
        return int((key or b"0")[-1:])

    async def send(self, topic: str, partition: int, records: Sequence[Writable]) -> list[Delivery]:
        """Note the write."""
        self.written.append((topic, partition, [record.key for record in records]))
        self.acks.append(asyncio.get_running_loop().create_future())
        return [Delivery(self.acks[-1], len(records))]


class Scene:
    """An outbox at work."""

    def __init__(self, limit_bytes: int = 1000) -> None:
        """Limit what may be under way."""
        self.writer = Writer()
        self.failures: list[BaseException] = []
        self.outbox = Outbox(self.writer, limit_bytes, self.failures.append)


def play(act: Callable[[Scene], Coroutine[Any, Any, None]], **options: Any) -> Scene:
    """Run `act` beside the outbox's loop."""

    async def both() -> Scene:
        scene = Scene(**options)
        loop = asyncio.create_task(scene.outbox.run())
        try:
            await act(scene)
        finally:
            loop.cancel()
        return scene

    return asyncio.run(both())


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def message(key: bytes, size: int = 0, partition: int | None = None, urgent: bool = True) -> Outgoing:
    """Return a message with a key and a value of some size."""
    return Outgoing("alerts", key, bytes(size), partition=partition, urgent=urgent)


def test_records_of_a_partition_share_a_batch_and_keep_their_order() -> None:
    """One write for each partition, by key or as told."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1"), message(b"b2"), message(b"c1"), message(b"d9", partition=2)])
        await turns()

    assert play(act).writer.written == [("alerts", 1, [b"a1", b"c1"]), ("alerts", 2, [b"b2", b"d9"])]


def test_what_is_not_urgent_waits_for_others_and_goes_with_them() -> None:
    """Records that can wait leave in one batch with the first that cannot, in the order they were put."""

    async def act(scene: Scene) -> None:
        for key in (b"a1", b"b1"):
            scene.outbox.put([message(key, urgent=False)])
            await turns()
        assert scene.writer.written == []
        scene.outbox.put([message(b"c1")])
        await turns()

    assert play(act).writer.written == [("alerts", 1, [b"a1", b"b1", b"c1"])]


def test_what_is_not_urgent_leaves_after_a_while_by_itself() -> None:
    """Nothing else has to happen."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1", urgent=False)])
        while not scene.writer.written:
            await asyncio.sleep(GATHER_S / 10)

    assert play(act).writer.written == [("alerts", 1, [b"a1"])]


@pytest.mark.parametrize("size", [0, 2000])
def test_nobody_waits_for_what_is_not_urgent(size: int) -> None:
    """A checkpoint that settles, or an outbox that is full, sends everything at once."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1", size=size, urgent=False)])
        waiting = asyncio.create_task(scene.outbox.room() if scene.outbox.full else scene.outbox.settle(1))
        await turns()
        scene.writer.acks[0].set_result(None)
        await waiting

    assert play(act).writer.written == [("alerts", 1, [b"a1"])]


def test_it_settles_when_all_put_before_is_acknowledged() -> None:
    """Settling waits for the last acknowledgement, and not for what comes later."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1"), message(b"b2")])
        settling = asyncio.create_task(scene.outbox.settle(1))
        await turns()
        scene.writer.acks[0].set_result(None)
        await turns()
        assert not settling.done()
        scene.outbox.put([message(b"c3")])
        scene.writer.acks[1].set_result(None)
        await turns()
        assert settling.done()
        assert scene.outbox.bytes > 0

    play(act)


def test_a_failed_delivery_is_told_at_once_and_to_everyone_who_settles() -> None:
    """The first failure is reported when it happens, and every later settle raises it."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1")])
        await turns()
        scene.writer.acks[0].set_exception(RuntimeError("too large"))
        await turns()
        assert len(scene.failures) == 1
        for _ in range(2):
            with pytest.raises(DeliveryFailed, match="too large"):
                await scene.outbox.settle(1)
        with pytest.raises(DeliveryFailed):
            await scene.outbox.room()

    play(act)


def test_silence_is_a_failure() -> None:
    """A settle that nobody answers gives up after its timeout."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1")])
        with pytest.raises(DeliveryFailed, match="did not acknowledge"):
            await scene.outbox.settle(0.01)

    play(act)


def test_it_is_full_until_enough_is_acknowledged() -> None:
    """Bytes count from put to acknowledgement."""

    async def act(scene: Scene) -> None:
        scene.outbox.put([message(b"a1", size=600), message(b"b2", size=600)])
        assert scene.outbox.full
        waiting = asyncio.create_task(scene.outbox.room())
        await turns()
        assert not waiting.done()
        scene.writer.acks[0].set_result(None)
        await turns()
        assert waiting.done()
        assert not scene.outbox.full

    play(act)
