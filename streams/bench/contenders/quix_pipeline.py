"""The product's core in Quix Streams: the same `Partition`, its states kept in Quix's state store.

Quix gives a program no hook before its checkpoint, so a state is written when it has changed, after every record: that
is how a Quix program keeps state. Reading it back costs nothing here, since the decoded deals stay in the `Partition`,
which a plain Quix program would not have. A deadline may change deals other than the message's own, so the store's
transaction is asked for their states too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from quixstreams import message_context
from quixstreams.models import Serializer

from streams.alerts.policy import Policy
from streams.bench.contenders.quix_counting import application
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job
from streams.bench.meter import Meter
from streams.config.plays import shipped
from streams.config.settings import load
from streams.config.topics import Topics, plan
from streams.effects import Follow, Publish, Reject, Teach
from streams.engine.task import Outgoing
from streams.labels.lesson import EpochReached, encode_lesson
from streams.partition import Partition
from streams.runtime.deadletter import dead_letter
from streams.runtime.track import played, said
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition

_SLOT = "state"


class _Message(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class _Value(Serializer):  # type: ignore[misc]  # Quix Streams need not be installed
    """Writes the value of an outgoing record."""

    def __call__(self, value: Outgoing, ctx: object) -> bytes | None:
        """Return the bytes that are there already; nothing for a tombstone."""
        return value.value


class Host:
    """The partitions of a worker, by number."""

    def __init__(self, job: Job, meter: Meter, topics: Topics) -> None:
        """Begin with none."""
        self._job = job
        self._meter = meter
        self._topics = topics
        self._shelf = fixed_shelf(job.models)
        self._partitions: dict[int, Partition] = {}

    def handle(self, value: bytes, key: bytes | None, timestamp: int, transaction: Any) -> list[Outgoing]:
        """Handle the message at hand, keep what it changed in the transaction, and return what it led to."""
        context = message_context()
        number = context.partition
        partition = self._partitions.get(number)
        if partition is None:
            partition = Partition(number, self._job.partitions, Policy(playbook=shipped()), self._shelf)
            self._partitions[number] = partition
        message = _Message(context.topic, number, context.offset, timestamp, key, value)
        if not partition.handle(message):
            raise RuntimeError("the models are fixed, and a record waits for others")
        self._keep(partition, transaction)
        self._meter.tick()
        outgoing: list[Outgoing] = []
        for effect, _ in partition.drain():
            if isinstance(effect, Publish):
                outgoing += said(self._topics, effect.alert)
            elif isinstance(effect, Follow):
                outgoing.append(played(self._topics, effect.event))
            else:
                outgoing.append(self._carry_out(effect, message))
        return outgoing

    def _keep(self, partition: Partition, transaction: Any) -> None:
        for name in partition.dirty:
            state = transaction.as_state(prefix=name.encode())
            deal = partition.deals.get(name)
            if deal is None:
                state.delete(_SLOT)
            else:
                state.set_bytes(_SLOT, encode_deal(deal))
        partition.dirty.clear()
        transaction.as_state(prefix=PARTITION_KEY).set_bytes(_SLOT, encode_partition(partition.state))

    def _carry_out(self, effect: Teach | Reject, message: _Message) -> Outgoing:
        topics = self._topics
        if isinstance(effect, Reject):
            return dead_letter(topics.dead.name, message, effect.rejection)
        lesson = effect.lesson
        key = None if isinstance(lesson, EpochReached) else lesson.opportunity.encode()
        return Outgoing(topics.examples.name, key, encode_lesson(lesson))


def run(job: Job, meter: Meter) -> None:
    """Handle every record in one function of a StreamingDataFrame."""
    app = application(job)
    topics = plan(load(prefix=job.prefix, partitions=job.partitions))
    host = Host(job, meter, topics)
    source = app.topic(job.source, value_deserializer="bytes")
    outputs = {
        topic.name: app.topic(topic.name, value_serializer=_Value())
        for topic in (topics.alerts, topics.open_alerts, topics.plays, topics.examples, topics.dead)
    }
    sdf = app.dataframe(source)
    sdf.register_store()

    def handle(value: bytes, key: bytes | None, timestamp: int, _headers: object) -> list[Outgoing]:
        checkpoint = sdf.processing_context.checkpoint
        transaction = checkpoint.get_store_transaction(stream_id=sdf.stream_id, partition=message_context().partition)
        return host.handle(value, key, timestamp, transaction)

    outgoing = sdf.apply(handle, expand=True, metadata=True)
    outgoing = outgoing.set_headers(lambda value, _key, _timestamp, _headers: list(value.headers))
    outgoing.to_topic(lambda value, _key, _timestamp, _headers: outputs[value.topic], key=lambda value: value.key)
    meter.on_finish = app.stop
    app.run()
