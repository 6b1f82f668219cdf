"""Copies the events of one environment into another, in step with time, and goes on as events come.

Exactly once, without transactions: every copy says of which record it is. How far each old partition is copied is
committed with the group of whoever copies, once all copies before it are acknowledged; so after a crash only copies
behind that place may be there already, and they are looked for behind the place up to which the new partitions were
known. A copy that is there is not made again.

Records are merged by time (`streams.replay.rekey`). Once the new environment leads, it moves its own time and asks for
its own rules, and nobody is waited for any longer than a moment. What is written to the new one is passed back to the
old one in the same way, so that nothing is lost whichever of them a producer writes to, and whichever leads.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from streams.access.kafka import Address
from streams.admin.errors import AccessDenied
from streams.admin.generation import Rebuild, RebuildWrong, read_generation
from streams.config.topics import MAX_SOURCE_BYTES
from streams.errors import BrokerUnreachable
from streams.replay.generation import Role, decode_generation
from streams.replay.rekey import COPIED_FROM, Copy, Rekeyer
from streams.runtime.clients import REFUSALS, options_of
from streams.runtime.copymeter import Meter, Progress
from streams.runtime.copyorigin import origin_of, original_of, place_in

_AT_ONCE = 2_000
_POLL_MS = 200
#: Records of a partition that may wait for the others before it is not read any further, and when it is again.
_HELD_AT_MOST, _READ_AGAIN = 20_000, 10_000
_IN_FLIGHT = 10_000
_SETTLE_EVERY_S = 1.0
_TELL_TIME_EVERY_S = 2.0
_JOIN_WITHIN_S = 30.0
#: How long a partition that says nothing is waited for once the new environment leads: then it matters less.
_HANDED_OVER_PATIENCE_S = 3.0
_BUSY = (
    "copying into {name} ended: somebody else copies there, or Kafka took it so, since it heard nothing for long; only "
    "one may copy. If nobody does, begin again: it goes on where it was"
)


class Copier:
    """One who copies; only one may at a time, which its group sees to."""

    def __init__(
        self,
        bootstrap: Address,
        rebuild: Rebuild,
        *,
        rate: float | None = None,
        patience_s: float = 90.0,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """Copy at most `rate` records a second (none: as fast as it goes), and tell how far it is every second.

        A partition that says nothing is waited for `patience_s` seconds once all that was written is read.
        """
        self._bootstrap = bootstrap
        self._rebuild = rebuild
        self._source, self._target = rebuild.old.topics.activity, rebuild.new.topics.activity
        self._roles = rebuild.new.topics.generation.name
        self._rate, self._patience_s, self._tell = rate, patience_s, tell
        self._role: Role = "follows"
        self._lost = False
        self._sent: list[tuple[asyncio.Future[Any], str]] = []
        self._passes_back = False
        self._there: dict[tuple[int, int], int] = {}
        self._back: dict[int, int] = {}
        self._heard_at: dict[int, float] = {}
        self._heard_back_at: dict[int, float] = {}

    async def run(self, *, follow: bool) -> None:
        """Copy until cancelled, or, without `follow`, until everything that was there at the start is copied.

        Raises `RebuildWrong` where somebody else copies, `BrokerUnreachable` and `AccessDenied`.
        """
        access = options_of(self._bootstrap)
        self._producer = AIOKafkaProducer(
            **access,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            linger_ms=5,
            max_batch_size=256 * 1024,
            max_request_size=MAX_SOURCE_BYTES,
        )
        self._consumer = AIOKafkaConsumer(
            **access,
            group_id=self._rebuild.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await self._producer.start()
            await self._consumer.start()
            await self._join()
            await self._begin()
            await self._copy(follow)
        except REFUSALS as error:
            raise AccessDenied(
                f"{self._bootstrap} refuses a right ({type(error).__name__}); `dealwatch topics acls rebuild` prints "
                "those that are needed, in both environments"
            ) from error
        except KafkaError as error:
            raise BrokerUnreachable(
                f"Kafka at {self._bootstrap} did not go on ({type(error).__name__}); run this again, it goes on where "
                "it was"
            ) from error
        finally:
            with suppress(Exception):  # what is not settled is found again
                await self._settle()
            await self._consumer.stop()
            await self._producer.stop()

    async def _join(self) -> None:
        """Take all partitions, or leave them to whoever has some."""
        consumer = self._consumer
        topics = (self._source.name, self._target.name, self._roles)
        consumer.subscribe(topics, listener=_Jealous(self))
        wanted = set()
        for topic in topics:
            numbers = await consumer._client._wait_on_metadata(topic)  # the public call knows no topic it has not seen
            wanted |= {TopicPartition(topic, number) for number in numbers}
        until = time.monotonic() + _JOIN_WITHIN_S
        while consumer.assignment() != wanted:
            await asyncio.sleep(0.1)
            if time.monotonic() > until:
                raise RebuildWrong(_BUSY.format(name=self._rebuild.new.name))
        self._lost = False
        self._sources = sorted(each for each in wanted if each.topic == self._source.name)
        self._targets = sorted(each for each in wanted if each.topic == self._target.name)

    async def _begin(self) -> None:
        """Take up where it was left."""
        consumer = self._consumer
        consumer.pause(*self._sources, *self._targets)
        await consumer.seek_to_beginning(TopicPartition(self._roles, 0))
        kept = await consumer._coordinator.fetch_committed_offsets([*self._sources, *self._targets])
        places = {each.partition: place_in(kept[each]) for each in self._sources if each in kept}
        self._back = {each.partition: kept[each].offset if each in kept else 0 for each in self._targets}
        for each in self._targets:
            consumer.seek(each, self._back[each.partition])
        self._rekeyer = Rekeyer([each.partition for each in self._sources], len(self._targets), places)
        self._returning = Rekeyer([each.partition for each in self._targets], len(self._sources))
        self._returning.rules_go_along = False
        self._go_by((await asyncio.to_thread(read_generation, self._bootstrap, self._rebuild.new.topics)).role)
        await self._look_for_copies()
        for each in self._sources:
            place = places.get(each.partition)
            if place is None:
                await consumer.seek_to_beginning(each)
            else:
                consumer.seek(each, place.offset)
        consumer.resume(*self._sources)
        begins = await consumer.beginning_offsets(self._sources)
        self._meter = Meter({each.partition: begin for each, begin in begins.items()}, places)

    async def _look_for_copies(self) -> None:
        """Note which copies are behind the place up to which the new partitions are known."""
        consumer = self._consumer
        ends = await consumer.end_offsets(self._targets)
        unread = {each for each in self._targets if self._back[each.partition] < ends[each]}
        consumer.resume(*unread)
        while unread:
            for records in (await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)).values():
                for record in records:
                    self._note(record)
            for each in [each for each in unread if await consumer.position(each) >= ends[each]]:
                consumer.pause(each)
                unread.discard(each)

    def _note(self, record: Any) -> None:
        if record.topic == self._roles:
            self._go_by(decode_generation(record.value).role)
        elif (origin := origin_of(record.headers, self._source.name)) is not None:
            place = record.partition, origin[0]
            self._there[place] = max(origin[1], self._there.get(place, -1))

    def _go_by(self, role: Role) -> None:
        self._role = role
        self._rekeyer.rules_go_along = role == "follows"

    async def _copy(self, follow: bool) -> None:
        consumer, settled, told = self._consumer, 0.0, 0.0
        at_once = _AT_ONCE if self._rate is None else max(1, min(_AT_ONCE, int(self._rate / 5)))
        due = time.monotonic()
        self._heard_at = {each.partition: due for each in self._sources}
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=at_once)
            self._see_that_it_is_ours()
            now = time.monotonic()
            taken = self._take(batches, now)
            await self._send(self._rekeyer.ready(self._silent(now)))
            await self._send_back(self._returning.ready(_quiet(self._heard_back_at, now, _HANDED_OVER_PATIENCE_S)))
            if taken and self._rate is not None:
                due = max(due, now) + taken / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            if now - settled >= _SETTLE_EVERY_S:
                settled = now
                await self._settle()
                self._regulate()
                await self._measure()
            if not follow and self._meter.copied_what_was_there:
                if self._role == "follows":
                    await self._send(self._rekeyer.tell_time())
                return
            if self._meter.read_all and not taken:
                self._begin_to_pass_back()
                if self._role == "follows" and now - told >= _TELL_TIME_EVERY_S:
                    told = now
                    await self._send(self._rekeyer.tell_time())

    def _silent(self, now: float) -> list[int]:
        """Return the partitions that nobody waits for: all is read, and nothing came for long."""
        patience_s = self._patience_s if self._role == "follows" else min(self._patience_s, _HANDED_OVER_PATIENCE_S)
        return [each for each in _quiet(self._heard_at, now, patience_s) if self._meter.has_read(each)]

    def _begin_to_pass_back(self) -> None:
        """Read what others write to the new environment: from now on there is time for it."""
        if not self._passes_back:
            self._passes_back = True
            for each in self._targets:
                self._consumer.seek(each, self._back[each.partition])
            self._consumer.resume(*self._targets)
            self._heard_back_at = {each.partition: time.monotonic() for each in self._targets}

    def _take(self, batches: Mapping[TopicPartition, Iterable[Any]], now: float) -> int:
        """Take what was read; return how many records of the old environment there were."""
        taken = 0
        for place, records in batches.items():
            for record in records:
                if place.topic == self._roles:
                    self._note(record)
                elif place.topic == self._target.name:
                    self._heard_back_at[record.partition] = now
                    self._returning.take(original_of(record, origin_of(record.headers, self._source.name) is not None))
                else:
                    taken += 1
                    self._heard_at[record.partition] = now
                    self._meter.took(record.partition, record.offset)
                    there = origin_of(record.headers, self._target.name) is not None
                    self._rekeyer.take(original_of(record, there))
        return taken

    async def _send(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            if copy.begins_day:
                await self._flush()
            if copy.of is not None and copy.of[1] <= self._there.get((copy.partition, copy.of[0]), -1):
                continue
            await self._append(self._target.name, copy, self._source.name)

    async def _send_back(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            await self._append(self._source.name, copy, self._target.name)

    async def _append(self, topic: str, copy: Copy, origin: str) -> None:
        if copy.key is None and copy.value is None:  # it says nothing, and no client can append it
            return
        headers = [] if copy.of is None else [(COPIED_FROM, f"{origin}:{copy.of[0]}:{copy.of[1]}".encode())]
        future = await self._producer.send(
            topic, copy.value, copy.key, copy.partition, timestamp_ms=copy.timestamp, headers=headers
        )
        self._sent.append((future, topic))
        if len(self._sent) >= _IN_FLIGHT:
            await self._flush()

    async def _flush(self) -> None:
        """Wait until all copies are acknowledged; those that stand side by side need not be read again.

        Until then nothing is forgotten: cut short, or refused, no place behind them may be committed.
        """
        if not self._sent:
            return
        await self._producer.flush()
        await asyncio.wait([future for future, _ in self._sent])  # who is cancelled here leaves them as they are
        for future, topic in self._sent:
            placed = future.result()
            if topic == self._target.name and placed.offset == self._back[placed.partition]:
                self._back[placed.partition] += 1
        self._sent = []

    async def _settle(self) -> None:
        """Note how far everything is copied."""
        places, returned = dict(self._rekeyer.places), dict(self._returning.places)
        await self._flush()
        for number, place in returned.items():
            self._back[number] = max(self._back[number], place.offset)
        self._see_that_it_is_ours()
        kept = {
            TopicPartition(self._source.name, number): OffsetAndMetadata(place.offset, json.dumps(place.clock))
            for number, place in places.items()
        }
        kept |= {
            TopicPartition(self._target.name, number): OffsetAndMetadata(at, "") for number, at in self._back.items()
        }
        await self._consumer.commit(kept)

    def _regulate(self) -> None:
        """Read no further where much waits for the other partitions."""
        for each in self._sources:
            held = self._rekeyer.held(each.partition)
            if held >= _HELD_AT_MOST:
                self._consumer.pause(each)
            elif held <= _READ_AGAIN:
                self._consumer.resume(each)

    async def _measure(self) -> None:
        ends = await self._consumer.end_offsets(self._sources)
        positions = {each.partition: await self._consumer.position(each) for each in self._sources}
        self._meter.look(
            {each.partition: end for each, end in ends.items()}, positions, self._rekeyer.places, time.monotonic()
        )
        held = sum(self._rekeyer.held(each.partition) for each in self._sources)
        rekeyer = self._rekeyer
        self._tell(self._meter.progress(rekeyer.clock, held, self._role, rekeyer.overtaken))

    def _see_that_it_is_ours(self) -> None:
        if self._lost:
            raise RebuildWrong(_BUSY.format(name=self._rebuild.new.name))

    def lose(self) -> None:
        """Note that the group takes partitions away."""
        self._lost = True


def _quiet(heard_at: Mapping[int, float], now: float, patience_s: float) -> list[int]:
    """Return the partitions of which nothing came for long; where nothing is read yet, none."""
    return [number for number, at in heard_at.items() if now - at >= patience_s]


class _Jealous(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Shares with nobody."""

    def __init__(self, copier: Copier) -> None:
        self._copier = copier

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            self._copier.lose()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        pass
