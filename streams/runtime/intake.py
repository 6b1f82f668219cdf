"""People's actions on alerts, from `deal.alert-actions` into the log of the deal that they are about.

A deal changes in one way only: by an event on its partition of `deal.activity`. So an action that is one is appended
there as it is, byte for byte, and what is none goes to the dead letters; the deal itself says whether it makes sense.
A manager's figure for a forecast is of no deal: each partition gets a copy, as of any control event.
The log alone then decides what happened when, and a replay lives it again.

Records are committed after what they led to was acknowledged. A crash in between brings the same bytes again, which the
deal knows by the event's id. Any number of workers may run this; the group deals the partition to one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, UnknownMemberIdError
from mode import Service

from streams.access.kafka import Address
from streams.config.topics import MAX_SOURCE_BYTES, Topics
from streams.engine.task import Outgoing, Record
from streams.errors import BrokerUnreachable
from streams.events.action import ACTIONS, is_action
from streams.events.contract import AnyEvent, encode
from streams.events.control import ForecastAdjusted
from streams.events.deal import CloseDateChanged, NextStepChanged, StageChanged, Won
from streams.events.decode import decode
from streams.events.envelope import Event, event_type, kind_of
from streams.events.judgement import HoldCleared, HoldSet, ReadinessChanged, UpdateRejected
from streams.events.rejection import Reason, Rejection
from streams.runtime.clients import REFUSALS, options_of
from streams.runtime.deadletter import dead_letter

#: What may come in here besides actions on alerts: judgements of people about the deal.
JUDGEMENTS: tuple[type[Event], ...] = (HoldSet, HoldCleared, ReadinessChanged, UpdateRejected)
#: And changes of the deal with which somebody accepted a proposed update; any other change is the CRM's to tell.
ACCEPTED = (StageChanged, NextStepChanged, CloseDateChanged, Won)
_ALLOWED = ", ".join(event_type(kind_of(each)) for each in (*ACTIONS, *JUDGEMENTS, ForecastAdjusted))
_FETCH_RECORDS = 200
_POLL_MS = 250
#: Between two tries where Kafka is away, in seconds; a worker that is cut off for good is ended by its engine.
_PAUSE_S = 1.0
#: What a commit says after the group dealt the partition to somebody else, who reads the same records again.
_LOST = (CommitFailedError, IllegalStateError, UnknownMemberIdError)


def take_in(record: Record, topics: Topics, partitions: int) -> list[Outgoing]:
    """Return what becomes of a record of `deal.alert-actions`: a record of `deal.activity`, or a dead letter.

    What is of no deal becomes one in each of the `partitions` of `deal.activity`.
    """
    event = decode(record.value, record.key, record.timestamp)
    refusal = event if isinstance(event, Rejection) else _refusal(event)
    if refusal is None:
        assert isinstance(event, Event)
        name, value, headers = topics.activity.name, record.value, record.headers
        if isinstance(event, ForecastAdjusted):
            return [Outgoing(name, None, value, headers, each) for each in range(partitions)]
        return [Outgoing(name, event.subject.encode(), value, headers)]
    return [dead_letter(topics.dead.name, record, refusal)]


def _refusal(event: AnyEvent) -> Rejection | None:
    if isinstance(event, ACCEPTED):
        if event.data.update is None:
            return Rejection(Reason.NO_ACTION, f"{event_type(event.kind)} names no proposed update as data.update")
    elif not (is_action(event) or isinstance(event, (*JUDGEMENTS, ForecastAdjusted))):
        return Rejection(Reason.NO_ACTION, f"{event_type(event.kind)} is no action; these are: {_ALLOWED}")
    if not event.actor:
        return Rejection(Reason.MISSING_FIELD, "actor is empty: an action says who did it")
    return None


class ActionsRefused(RuntimeError):
    """Kafka does not allow to move actions: the worker ends, since nobody would hear of what people do."""


class ActionIntake(Service):
    """Moves actions to where they count, as long as the worker lives; `submit` takes those of the worker's own page."""

    abstract = False

    def __init__(
        self, broker: Address, group: str, topics: Topics, count: Callable[[str], None], **kwargs: Any
    ) -> None:
        """Read with `group` from the broker; `count` is told "taken in" or "refused" of each record."""
        self._broker = broker
        self._group = group
        self._topics = topics
        self._count = count
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._connecting = asyncio.Lock()
        super().__init__(**kwargs)

    async def submit(self, event: Event) -> None:
        """Append an action to `deal.alert-actions`; return when all replicas have it. Raises `BrokerUnreachable`."""
        try:
            producer = await self._writer()
            await producer.send_and_wait(self._topics.actions.name, encode(event), key=event.subject.encode() or None)
        except (KafkaError, OSError) as error:
            raise BrokerUnreachable(f"the action was not taken: {error!r}") from error

    @Service.task
    async def _move(self) -> None:
        while not self.should_stop:
            try:
                consumer = await self._reader()
                fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_FETCH_RECORDS)
                for records in fetched.values():
                    await self._forward(records)
                if fetched:
                    await consumer.commit()
            except _LOST as error:
                self.log.info("the actions are somebody else's now: %r", error)
            except REFUSALS as error:
                raise ActionsRefused(f"actions cannot be moved from {self._topics.actions.name}: {error!r}") from error
            except (KafkaError, OSError) as error:
                self.log.warning("actions wait for Kafka: %r", error)
                await self._disconnect()
                await self.sleep(_PAUSE_S)

    async def _forward(self, records: Sequence[Any]) -> None:
        producer = await self._writer()
        partitions = len(await producer.partitions_for(self._topics.activity.name))
        moved = [take_in(record, self._topics, partitions) for record in records]
        sent = []
        for out in chain.from_iterable(moved):
            if out.partition is None:
                sent.append(await producer.send(out.topic, out.value, out.key, headers=list(out.headers)))
            else:  # a record may have neither key nor value, which only a batch takes
                batch = producer.create_batch()
                batch.append(timestamp=None, key=out.key, value=out.value, headers=list(out.headers))
                sent.append(await producer.send_batch(batch, out.topic, partition=out.partition))
        await asyncio.gather(*sent)
        for out, *_ in moved:
            self._count("taken_in" if out.topic == self._topics.activity.name else "refused")

    async def _reader(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                self._topics.actions.name,
                **options_of(self._broker),
                group_id=self._group,
                client_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
            )
            try:
                await consumer.start()
            except BaseException:  # also where nobody waits any longer
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer

    async def _writer(self) -> AIOKafkaProducer:
        async with self._connecting:  # two that ask at once get the same one
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **options_of(self._broker),
                    client_id=self._group,
                    acks="all",
                    enable_idempotence=True,
                    max_request_size=MAX_SOURCE_BYTES,
                )
                try:
                    await producer.start()
                except BaseException:  # also where nobody waits any longer
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        producer, self._producer = self._producer, None
        for client in (consumer, producer):
            if client is not None:
                try:
                    await client.stop()
                except (KafkaError, OSError) as error:
                    self.log.info("while disconnecting: %r", error)

    async def on_stop(self) -> None:
        """Disconnect."""
        await self._disconnect()
