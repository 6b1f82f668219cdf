"""Where growth is measured: topics with the states of many open deals, and events for them.

The states are those of the open deals at the end of a generated log, under new ids. Events for them go on from there,
a millisecond of event time apart, so that few deadlines pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from msgspec.structs import replace as with_fields

from streams.alerts.policy import Policy
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job
from streams.bench.pipeline import log_records
from streams.bench.plan import Plan
from streams.bench.topics import Entry, fill
from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.partition import Partition
from streams.replay.partitioner import partition_of
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.state.feeds import Counts, PartitionState
from streams.state.opportunity import DAY

#: Deals of the log that the states are taken from.
_MODEL_DEALS = 400
_MODEL_DAYS = 75
READY_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True)
class Template:
    """Encoded states of open deals with the id each was made with, and the time they are at."""

    states: list[tuple[bytes, bytes, int]]
    clock: int

    def state(self, number: int, name: bytes) -> tuple[bytes, int]:
        """The state of the deal `name`, and how many events it has seen."""
        value, old, events = self.states[number % len(self.states)]
        return value.replace(old, name), events


@dataclass(slots=True)
class Ground:
    """The topics of some number of deals in some number of partitions; rounds go on where the last one ended."""

    plan: Plan
    prefix: str
    deals: int
    partitions: int
    template: Template
    models: str
    events: int
    state_bytes: float = 0.0
    sent: int = 0
    runs: int = 0

    def job(self, contender: str) -> Job:
        """The job of one worker."""
        self.runs += 1
        folder = self.plan.folder / f"{self.prefix}{self.runs}"
        folder.mkdir(parents=True)
        return Job(
            part="growth",
            contender=contender,
            broker=self.plan.broker,
            prefix=self.prefix,
            source=f"{self.prefix}deal.activity",
            folder=str(folder),
            partitions=self.partitions,
            events=self.events,
            limit_s=READY_WITHIN_S,
            models=self.models,
        )

    def fill_states(self, changelog: str) -> None:
        """Write all states, and what each partition knows of itself."""
        counted = [0] * self.partitions
        size = 0

        def entries() -> Iterator[Entry]:
            nonlocal size
            for number in range(self.deals):
                name = b"grow-%07d" % number
                partition = partition_of(name, b"", self.partitions)
                value, events = self.template.state(number, name)
                counted[partition] += events
                size += len(value)
                yield Entry(partition, name, value)
            for partition, events in enumerate(counted):
                clock = self.template.clock
                counts = Counts(events=events, folded=events)
                state = PartitionState(clock=clock, marked=clock // DAY, counts=counts)
                yield Entry(partition, PARTITION_KEY, encode_partition(state))

        fill(self.plan.broker, changelog, entries())
        self.state_bytes = size / self.deals

    def fill_events(self, source: str) -> None:
        """Write the next events: the buyer wrote, for deals chosen at random."""
        chance = Random(self.sent)

        def entries() -> Iterator[Entry]:
            for _ in range(self.events):
                self.sent += 1
                name = f"grow-{int(chance.random() * self.deals):07d}"
                at = datetime.fromtimestamp((self.template.clock + self.sent) / 1000, UTC)
                event = EmailReceived(id=f"g-{self.sent}", source="/bench", time=at, subject=name)
                yield Entry(partition_of(name.encode(), b"", self.partitions), name.encode(), encode(event))

        fill(self.plan.broker, source, entries())


def open_deals(plan: Plan, models: str) -> Template:
    """Live through a generated log; return the deals that are open at its end."""
    partition = Partition(0, 1, Policy(), fixed_shelf(models))
    for record in log_records(replace(plan, partitions=1, deals=min(_MODEL_DEALS, plan.deals), days=_MODEL_DAYS)):
        partition.handle(record)
        partition.drain()
    assert partition.state.clock is not None
    states = [
        # As if no record had been seen: those that come have offsets of their own topic.
        (encode_deal(with_fields(state, offset=-1)), name.encode(), state.facts.events)
        for name, state in partition.deals.items()
        if state.facts.is_open
    ]
    return Template(states, partition.state.clock)
