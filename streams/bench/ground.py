"""Where growth is measured: topics with the states of many open deals, and events for them.

The states are those of the deals that are open, and quiet, after a generated log, under new ids. Events go on from
there, for deals chosen at random, close together in event time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from msgspec.structs import replace as with_fields

from streams.alerts.policy import Policy
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.job import Job
from streams.bench.pipeline import LogRecord, log_records
from streams.bench.plan import Plan
from streams.bench.topics import Entry, fill
from streams.config.plays import shipped
from streams.events.activity import EmailReceived
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.envelope import moment_of
from streams.partition import Partition
from streams.replay.partitioner import partition_of
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.state.feeds import Counts, PartitionState
from streams.state.opportunity import DAY

#: Deals of the log that the states are taken from.
_MODEL_DEALS = 400
_MODEL_DAYS = 75
#: They have been quiet for a little longer than events are kept to be sorted into: that is what most open deals are.
_QUIET_DAYS = 8
#: Events of a deal in a day of event time: many, so that few deadlines pass, which come in waves as people's days do.
_EVENTS_A_DAY = 100
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
    offsets: dict[int, int] = field(default_factory=dict)

    def job(self, contender: str, part: str = "growth", events: int = 0) -> Job:
        """The job of one worker; of one that reads something else than the events, how much (`events`)."""
        self.runs += 1
        folder = self.plan.folder / f"{self.prefix}{self.runs}"
        folder.mkdir(parents=True)
        return Job(
            part=part,
            contender=contender,
            broker=self.plan.broker,
            prefix=self.prefix,
            source=f"{self.prefix}deal.activity",
            folder=str(folder),
            partitions=self.partitions,
            events=events or self.events,
            limit_s=READY_WITHIN_S,
            models=self.models,
        )

    def fill_states(self, changelog: str) -> None:
        """Write all states, and what each partition knows of itself."""
        size = 0

        def entries() -> Iterator[Entry]:
            nonlocal size
            for number in range(self.deals):
                name = b"grow-%07d" % number
                value, _ = self.template.state(number, name)
                size += len(value)
                yield Entry(partition_of(name, b"", self.partitions), name, value)
            for partition, state in enumerate(self.partition_states()):
                yield Entry(partition, PARTITION_KEY, encode_partition(state))

        fill(self.plan.broker, changelog, entries())
        self.state_bytes = size / self.deals

    def next_events(self, n: int) -> list[LogRecord]:
        """The next events, as they will be read: the buyer wrote, for deals chosen at random."""
        chance = Random(self.sent)
        step = max(1, DAY // (_EVENTS_A_DAY * self.deals))
        appended_at = self.template.clock + 400 * DAY
        records = []
        for _ in range(n):
            self.sent += 1
            name = f"grow-{int(chance.random() * self.deals):07d}"
            at = moment_of(self.template.clock + self.sent * step)
            value = encode(EmailReceived(id=f"g-{self.sent}", source="/bench", time=at, subject=name))
            key = name.encode()
            partition = partition_of(key, b"", self.partitions)
            records.append(LogRecord(partition, self.offsets.get(partition, 0), appended_at, key, value))
            self.offsets[partition] = self.offsets.get(partition, 0) + 1
        return records

    def fill_events(self, source: str) -> list[LogRecord]:
        """Write the next events, and return them."""
        records = self.next_events(self.events)
        fill(
            self.plan.broker, source, [Entry(each.partition, each.key, each.value, each.timestamp) for each in records]
        )
        return records

    def fill_day(self, source: str) -> int:
        """Tell every partition that a day has passed; return how many records that takes. Events go on from there."""
        self.template = Template(self.template.states, self.template.clock + DAY)
        at = moment_of(self.template.clock)
        value = encode(ClockAdvanced(id=f"day-{self.template.clock}", source="/bench", time=at))
        appended_at = self.template.clock + 400 * DAY
        fill(self.plan.broker, source, [Entry(each, None, value, appended_at) for each in range(self.partitions)])
        for partition in range(self.partitions):
            self.offsets[partition] = self.offsets.get(partition, 0) + 1
        return self.partitions

    def partition_states(self) -> list[PartitionState]:
        """What each partition knows of itself before the first event."""
        counted = [0] * self.partitions
        for number in range(self.deals):
            name = b"grow-%07d" % number
            counted[partition_of(name, b"", self.partitions)] += self.template.state(number, name)[1]
        clock = self.template.clock
        return [
            PartitionState(clock=clock, marked=clock // DAY, counts=Counts(events=events, folded=events))
            for events in counted
        ]


def open_deals(plan: Plan, models: str) -> Template:
    """Live through a generated log and a quiet week; return the deals that are open then."""
    partition = Partition(0, 1, Policy(playbook=shipped()), fixed_shelf(models))
    for record in log_records(replace(plan, partitions=1, deals=min(_MODEL_DEALS, plan.deals), days=_MODEL_DAYS)):
        partition.handle(record)
        partition.drain()
    assert partition.state.clock is not None
    quiet = ClockAdvanced(id="quiet", source="/bench", time=moment_of(partition.state.clock + _QUIET_DAYS * DAY))
    partition.handle(record._replace(offset=record.offset + 1, key=None, value=encode(quiet)))
    clock = partition.state.clock
    states = [
        # As if no record had been seen: those that come have offsets of their own topic.
        (encode_deal(with_fields(state, offset=-1)), name.encode(), state.facts.events)
        for name, state in partition.deals.items()
        if state.facts.is_open
    ]
    return Template(states, clock)
