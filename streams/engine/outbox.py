"""Outgoing records on their way: sent soon, counted until acknowledged, never forgotten when they fail."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from streams.engine.errors import DeliveryFailed
from streams.engine.producer import RecordWriter
from streams.engine.task import Outgoing

RECORD_OVERHEAD_BYTES = 64
"""Counted for each record beside its key and value, so that empty ones count too."""
GATHER_S = 0.05
"""How long records wait for others as long as none of them is urgent: a request costs as much as many records do."""


class Outbox:
    """What the tasks sent and Kafka has not acknowledged.

    `put` is synchronous and never waits; whoever puts looks at `full` first. One loop (`run`) writes, in the order of
    `put`, many records of the same partition in one batch: at once where one is urgent or somebody waits, otherwise
    after `GATHER_S`. The first failure is kept, told to `on_failure`, and raised to everybody who waits from then on.
    """

    def __init__(self, writer: RecordWriter, limit_bytes: int, on_failure: Callable[[BaseException], None]) -> None:
        """Write through `writer`; `full` above `limit_bytes` that are not acknowledged."""
        self._writer = writer
        self._limit_bytes = limit_bytes
        self._on_failure = on_failure
        self._pending: list[Outgoing] = []
        self._in_flight: set[asyncio.Future[Any]] = set()
        self._put = 0
        self._sent = 0
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._progress = asyncio.Condition()
        self._failure: BaseException | None = None
        self.bytes = 0

    @property
    def full(self) -> bool:
        """Whether as much is under way as may be."""
        return self.bytes >= self._limit_bytes

    def put(self, records: Sequence[Outgoing]) -> None:
        """Take records to send."""
        if not records:
            return
        self.bytes += _size(records)
        self._put += len(records)
        self._pending.extend(records)
        if self.full:
            self._room.clear()
            self._hurry.set()
        elif any(record.urgent for record in records):
            self._hurry.set()
        self._work.set()

    async def room(self) -> None:
        """Wait until there is room again. Raises DeliveryFailed if there will be none."""
        await self._room.wait()
        self._check()

    async def settle(self, timeout_s: float) -> None:
        """Wait until everything put before this call is acknowledged. Raises DeliveryFailed, also after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._settle(self._put)
        except TimeoutError as exc:
            raise DeliveryFailed(f"Kafka did not acknowledge {self.bytes} bytes within {timeout_s:.0f} s") from exc

    async def _settle(self, target: int) -> None:
        if self._pending:
            self._hurry.set()
        async with self._progress:
            await self._progress.wait_for(lambda: self._sent >= target or self._failure is not None)
        self._check()
        if waiting := list(self._in_flight):
            await asyncio.wait(waiting)
        self._check()

    async def run(self) -> None:
        """Send for ever. Raises DeliveryFailed when a record cannot be queued."""
        while True:
            await self._work.wait()
            await self._gather()
            self._work.clear()
            self._hurry.clear()
            pending, self._pending = self._pending, []
            try:
                for (topic, partition), records in (await self._by_partition(pending)).items():
                    await self._send(topic, partition, records)
            except DeliveryFailed as exc:
                self._fail(exc)
                raise
            async with self._progress:
                self._sent += len(pending)
                self._progress.notify_all()

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(None if self._hurry.is_set() else GATHER_S):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _by_partition(self, records: Sequence[Outgoing]) -> dict[tuple[str, int], list[Outgoing]]:
        grouped: dict[tuple[str, int], list[Outgoing]] = {}
        for record in records:
            partition = record.partition
            if partition is None:
                partition = await self._writer.partition_for(record.topic, record.key)
            grouped.setdefault((record.topic, partition), []).append(record)
        return grouped

    async def _send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
        deliveries = await self._writer.send(topic, partition, records)
        if not deliveries:
            return
        size = _size(records)
        share, rest = divmod(size, len(deliveries))
        for ack, _ in deliveries:
            self._in_flight.add(ack)
            ack.add_done_callback(self._acknowledged(topic, partition, share + rest))
            rest = 0

    def _acknowledged(self, topic: str, partition: int, size: int) -> Callable[[asyncio.Future[Any]], None]:
        def done(future: asyncio.Future[Any]) -> None:
            self._in_flight.discard(future)
            self.bytes -= size
            if future.cancelled():
                self._fail(DeliveryFailed(f"{topic}/{partition}: the producer was closed before Kafka answered"))
            elif (error := future.exception()) is not None:
                failure = DeliveryFailed(f"{topic}/{partition} did not take a record: {error!r}")
                failure.__cause__ = error
                self._fail(failure)
            elif not self.full:
                self._room.set()

        return done

    def _fail(self, failure: BaseException) -> None:
        if self._failure is None:
            self._failure = failure
            self._on_failure(failure)
        self._room.set()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


def _size(records: Sequence[Outgoing]) -> int:
    return sum(len(record.key or b"") + len(record.value or b"") + RECORD_OVERHEAD_BYTES for record in records)
