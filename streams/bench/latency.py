"""The part `latency`: from an event going in to the alert it causes coming out, and from a deadline to its alert.

Events for some thousand open deals are sent at a fixed rate, whatever the worker does; an event's clock starts when it
is due to be sent, so a slow worker cannot slow the question down. Which record causes which alert is known from a twin
of the worker, the core alone with the same states, models and records. An alert's time is when a consumer of
`deal.alerts` has it in hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Struct

from streams.alerts.alert import decode_alert
from streams.alerts.policy import Policy
from streams.bench.bout import Child
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.figures import spread
from streams.bench.ground import Ground, open_deals
from streams.bench.growth import gated_round, until_settled
from streams.bench.job import Job, Said
from streams.bench.lateness import Lateness, run_ticks
from streams.bench.meter import WARM_UP
from streams.bench.pipeline import LogRecord, outputs
from streams.bench.plan import Listener, Plan
from streams.bench.school import fixed_models
from streams.bench.topics import KEPT, borrowed
from streams.config.plays import shipped
from streams.config.topics import Topic
from streams.effects import Publish
from streams.partition import Partition
from streams.replay.partitioner import partition_of
from streams.state.codec import decode_deal
from streams.state.memory import DealState, mark_of

#: The sender sends what is due as often as a producer with a linger of ten milliseconds does.
_TURN_S = 0.010
_LAST_S = 15.0
#: Events of a deal in the run that measures the full rate: it lasts long enough for what is left unwritten at its end
#: (a checkpoint's worth) to be a small part.
_FULL_EVENTS_PER_DEAL = 2.4

Name = tuple[str, int]
"""Names one message on deal.alerts: alert id and sequence."""


class Delay(Struct, frozen=True, kw_only=True):
    """Milliseconds from event in to alert out, at one rate, all rounds together."""

    share: float
    """Of the full rate."""
    events_per_second: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    p999_ms: float | None = None
    max_ms: float | None = None
    spread: float | None = None
    """Of the p99, between the rounds."""
    alerts: int = 0
    """Measured, in all rounds."""
    missing: int = 0
    """Alerts that should have come, and did not within 15 s."""
    sender_late_ms: float | None = None
    """How late the sender itself was at worst; it is in the figures."""


class Latency(Struct, frozen=True, kw_only=True):
    """All of the part."""

    full_events_per_second: float
    at: list[Delay]
    ticks: Lateness | None


def run_latency(plan: Plan, prefix: str, listener: Listener) -> Latency:
    """Measure the full rate first, then the delays at shares of it, then the lateness of deadlines."""
    models = str(fixed_models(plan, listener))
    ground = Ground(
        plan=plan,
        prefix=f"{prefix}open.",
        deals=plan.latency_deals,
        partitions=plan.partitions,
        template=open_deals(plan, models),
        models=models,
        events=int(plan.latency_deals * _FULL_EVENTS_PER_DEAL),
    )
    source = Topic(f"{ground.prefix}deal.activity", plan.partitions, KEPT)
    job = ground.job("dealwatch")
    with borrowed(plan.broker, ground.prefix, [source, *outputs(job)]):
        ground.fill_states(job.changelog)
        twin = Twin(ground)
        listener.begin("latency: the full rate", ground.events)
        twin.causes(ground.fill_events(source.name))
        full = gated_round(ground, 1, listener).rate
        found = [_at(ground, twin, share, full, listener) for share in plan.latency_shares]
    listener.begin("latency: deadlines on the wall clock", 0)
    return Latency(full_events_per_second=full, at=found, ticks=run_ticks(plan, f"{prefix}ticks.", models))


class Twin:
    """The worker's core without Kafka, with the same states: it says which record causes which alert."""

    def __init__(self, ground: Ground) -> None:
        """Begin where the worker begins."""
        shelf = fixed_shelf(ground.models)
        kept: list[dict[str, DealState]] = [{} for _ in range(ground.partitions)]
        for number in range(ground.deals):
            name = b"grow-%07d" % number
            deal = decode_deal(ground.template.state(number, name)[0])
            kept[partition_of(name, b"", ground.partitions)][name.decode()] = deal
        self._partitions = []
        for number, state in enumerate(ground.partition_states()):
            deals = kept[number]
            partition = Partition(number, ground.partitions, Policy(playbook=shipped()), shelf, deals)
            for opportunity, deal in deals.items():
                partition.note(opportunity, mark_of(deal))
            partition.resume(state)
            self._partitions.append(partition)

    def causes(self, records: Sequence[LogRecord]) -> dict[Name, int]:
        """Handle records; return for every alert the index of the record at which it is said."""
        causes: dict[Name, int] = {}
        for index, record in enumerate(records):
            partition = self._partitions[record.partition]
            partition.handle(record)
            for effect, _ in partition.drain():
                if isinstance(effect, Publish):
                    causes[effect.alert.id, effect.alert.sequence] = index
        return causes


def _at(ground: Ground, twin: Twin, share: float, full: float, listener: Listener) -> Delay:
    """Measure the delays at a share of the full rate."""
    rounds = []
    rate = share * full
    for number in range(ground.plan.repeats):
        label = f"latency {number + 1}/{ground.plan.repeats} at {share:.0%} of {full:,.0f} events/s"
        records = ground.next_events(max(ground.plan.latency_events, int(rate * ground.plan.latency_s)))
        listener.begin(label, len(records))
        causes = twin.causes(records)
        with Child(ground.job("dealwatch"), _ignore) as child:
            until_settled([child], ground)
            child.tell("go")
            rounds.append(asyncio.run(Course(ground.job("dealwatch"), records, causes, rate, listener).run()))
            child.stop()
    return _delay(share, rate, rounds)


class Round(Struct, frozen=True):
    """One round: delays in seconds, alerts that did not come, and how late the sender was."""

    delays: list[float]
    missing: int
    sender_late: float


class Course:
    """Sends records at their times and hears alerts, in one loop."""

    def __init__(
        self, job: Job, records: Sequence[LogRecord], causes: dict[Name, int], rate: float, listener: Listener
    ) -> None:
        """Send `records` at `rate` a second; alerts of the first tenth are warm-up."""
        self._job = job
        self._records = records
        self._rate = rate
        self._listener = listener
        self._causes = causes
        self._wanted = {name for name, cause in causes.items() if cause >= WARM_UP * len(records)}
        self._heard: dict[Name, float] = {}
        self._sender_late = 0.0

    async def run(self) -> Round:
        """Send, wait for the last alerts, and return the delays."""
        producer = AIOKafkaProducer(bootstrap_servers=self._job.broker, acks="all", compression_type="lz4", linger_ms=0)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._job.broker, enable_auto_commit=False)
        await producer.start()
        await consumer.start()
        alerts = TopicPartition(self._job.alerts, 0)
        consumer.assign([alerts])
        await consumer.seek_to_end(alerts)
        await consumer.position(alerts)  # seeking is lazy
        hearing = asyncio.create_task(self._hear(consumer))
        try:
            start = time.monotonic()
            await self._pace(producer, start)
            until = time.monotonic() + _LAST_S
            while not self._wanted <= self._heard.keys() and time.monotonic() < until and not hearing.done():
                await asyncio.sleep(0.02)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await consumer.stop()
            await producer.stop()
        came = self._wanted & self._heard.keys()
        delays = [self._heard[name] - start - self._causes[name] / self._rate for name in came]
        return Round(delays, len(self._wanted) - len(came), self._sender_late)

    async def _pace(self, producer: Any, start: float) -> None:
        sent = 0
        while sent < len(self._records):
            now = time.monotonic()
            upto = min(len(self._records), int((now - start) * self._rate) + 1)
            if upto > sent:
                self._sender_late = max(self._sender_late, now - start - sent / self._rate)
                await self._send(producer, range(sent, upto))
                sent = upto
                self._listener.progress(sent)
            await asyncio.sleep(_TURN_S)

    async def _send(self, producer: Any, indexes: range) -> None:
        builders: dict[int, Any] = {}
        for index in indexes:
            record = self._records[index]
            entry = {"key": record.key, "value": record.value, "timestamp": record.timestamp}
            builder = builders.get(record.partition)
            if builder is not None and builder.append(**entry) is not None:
                continue
            if builder is not None:
                await producer.send_batch(builder, self._job.source, partition=record.partition)
            builder = builders[record.partition] = producer.create_batch()
            builder.append(**entry)
        for partition, builder in builders.items():
            await producer.send_batch(builder, self._job.source, partition=partition)

    async def _hear(self, consumer: Any) -> None:
        while True:
            fetched = await consumer.getmany(timeout_ms=100)
            now = time.monotonic()
            for record in [each for batch in fetched.values() for each in batch]:
                alert = decode_alert(record.value)
                self._heard.setdefault((alert.id, alert.sequence), now)


def _delay(share: float, rate: float, rounds: Sequence[Round]) -> Delay:
    delays = [delay * 1000 for each in rounds for delay in each.delays]
    missing = sum(each.missing for each in rounds)
    if not delays:
        return Delay(share=share, events_per_second=rate, missing=missing)
    return Delay(
        share=share,
        events_per_second=rate,
        p50_ms=quantile(delays, 0.5),
        p99_ms=quantile(delays, 0.99),
        p999_ms=quantile(delays, 0.999),
        max_ms=max(delays),
        spread=spread([quantile(each.delays, 0.99) for each in rounds if each.delays]),
        alerts=len(delays),
        missing=missing,
        sender_late_ms=max(each.sender_late for each in rounds) * 1000,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _ignore(said: Said) -> None:
    pass
