"""The truth: what must be on the topics, recomputed from `deal.activity` with the pure core, without the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.learn import Learner
from models.snapshot import encode_models
from streams.alerts.alert import encode_alert
from streams.alerts.policy import Policy
from streams.backtest.run import Shelf
from streams.config.settings import load
from streams.effects import Effect, Follow, Publish, Reject, Teach
from streams.facts import Fact, Name
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.labels.lesson import encode_lesson
from streams.partition import Partition, Record
from streams.plays.event import encode_play_event
from streams.runtime.shelf import models_key
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.state.feeds import PartitionState

StateKey = tuple[int, str]
"""Partition and key."""
AlertKey = tuple[str, int]
"""Id and sequence."""
Origin = tuple[int, int]
"""Partition and offset of a refused record."""


@dataclass(slots=True)
class Truth:
    """What the topics must hold: exactly this, each once."""

    states: dict[StateKey, bytes] = field(default_factory=dict)
    alerts: dict[AlertKey, bytes] = field(default_factory=dict)
    open_alerts: dict[str, bytes] = field(default_factory=dict)
    """By id, those that are not over, as they stand."""
    plays: dict[str, bytes] = field(default_factory=dict)
    """What happened to plays, by id."""
    dead: dict[Origin, tuple[str, bytes | None, bytes | None]] = field(default_factory=dict)
    """Reason, key and value of every dead letter."""
    lessons: set[bytes] = field(default_factory=set)
    models: dict[str, bytes] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)
    """The last offset handled in each partition."""
    ticks: int = 0
    records: int = 0


class _Core:
    """Partitions and learner wired together; a partition that waits for models is offered its record again."""

    def __init__(self, partitions: int, policy: Policy) -> None:
        self.truth = Truth()
        self._shelf = Shelf()
        self._classroom = Classroom()
        self._learner = Learner()
        self.partitions = [Partition(each, partitions, policy, self._shelf) for each in range(partitions)]
        for partition in self.partitions:
            partition.state = PartitionState(partitions=partitions)

    def advance(self, number: int, records: Sequence[Record], start: int) -> int:
        """Handle records until one has to wait; return the first one that was not handled."""
        partition = self.partitions[number]
        for index in range(start, len(records)):
            handled = partition.handle(records[index])
            for effect, record in partition.drain():
                self._keep(number, effect, record)
            if not handled:
                return index
        return len(records)

    def _keep(self, number: int, effect: Effect, record: Record | None) -> None:
        truth = self.truth
        if isinstance(effect, Publish):
            alert = effect.alert
            truth.alerts[alert.id, alert.sequence] = truth.open_alerts[alert.id] = encode_alert(alert)
            if alert.status == "resolved":
                del truth.open_alerts[alert.id]
        elif isinstance(effect, Follow):
            truth.plays[effect.event.id] = encode_play_event(effect.event)
        elif isinstance(effect, Reject):
            assert record is not None
            truth.dead[number, record.offset] = (effect.rejection.reason.value, record.key, record.value)
        elif isinstance(effect, Teach):
            truth.lessons.add(encode_lesson(effect.lesson))
            for models in on_lesson(self._classroom, self._learner, effect.lesson):
                self._shelf.put(models)
                truth.models[models_key(models.epoch).decode()] = encode_models(models)


def recompute(source: Mapping[int, Sequence[Record]], policy: Policy | None = None) -> Truth:
    """Return the truth of a source topic, given its records by partition in offset order.

    Raises ValueError where partitions wait for each other for ever, which no complete log makes them do.
    """
    core = _Core(len(source), policy or load().policy)
    at = dict.fromkeys(source, 0)
    while any(at[number] < len(records) for number, records in source.items()):
        before = (dict(at), len(core.truth.lessons))
        for number, records in source.items():
            at[number] = core.advance(number, records, at[number])
        if (at, len(core.truth.lessons)) == before:
            raise ValueError(f"every partition waits for models: handled {at}")
    return _finished(core)


def _finished(core: _Core) -> Truth:
    truth = core.truth
    tally: Counter[Fact] = Counter()
    for partition in core.partitions:
        tally.update(partition.tally)
        truth.offsets[partition.number] = partition.state.offset
        truth.states[partition.number, PARTITION_KEY.decode()] = encode_partition(partition.state)
        for name, deal in partition.deals.items():
            truth.states[partition.number, name] = encode_deal(deal)
    truth.ticks = sum(count for fact, count in tally.items() if fact.name is Name.DEAL_TICKED)
    truth.records = sum(offset + 1 for offset in truth.offsets.values())
    return truth
