"""The core on a stage: the real partitions and learner, wired to a read model as in a worker, without Kafka."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.learn import Learner
from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.backtest.run import Shelf
from streams.config.settings import load
from streams.effects import Publish, Reject, Teach
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.partition import Partition
from streams.replay.sequence import Outbound, Sequencer
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.web.read_model import ReadModel

PARTITIONS = 3


@dataclass(frozen=True, slots=True)
class _Record:
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Stage:
    """Plays events and shows the read model what its three topics would hold. Nothing is invented: the core decides."""

    def __init__(self, policy: Policy | None = None) -> None:
        """Begin with an empty log."""
        chosen = policy or load().policy
        self.model = ReadModel(policy=chosen)
        self.alerts: list[Alert] = []
        self._classroom = Classroom()
        self._learner = Learner()
        self._shelf = Shelf()
        self._partitions = [Partition(each, PARTITIONS, chosen, self._shelf) for each in range(PARTITIONS)]
        self._waiting: list[list[_Record]] = [[] for _ in range(PARTITIONS)]
        self._offset = 0
        self._sequencer = Sequencer(PARTITIONS)

    def play(self, events: Iterable[Event]) -> None:
        """Let events happen, in the order of their time, and show what they changed."""
        for event in sorted(events, key=lambda each: each.at):
            for outbound in self._sequencer.take(encode(event), event.at):
                self._send(outbound, event.at)
        for outbound in self._sequencer.finish():
            self._send(outbound, self._sequencer.clock or 0)
        for number, partition in enumerate(self._partitions):
            self.show(number, partition)

    def show(self, number: int, partition: Partition) -> None:
        """Carry a partition's changed states to the read model, as a checkpoint writes them to `deal.state`."""
        for name in sorted(partition.dirty):
            state = partition.deals.get(name)
            self.model.on_state(name.encode(), None if state is None else encode_deal(state), number)
        partition.dirty.clear()
        self.model.on_state(PARTITION_KEY, encode_partition(partition.state), number)

    def _send(self, outbound: Outbound, appended_at: int) -> None:
        self._offset += 1
        self._waiting[outbound.partition].append(_Record(self._offset, appended_at, outbound.key, outbound.value))
        while sum(self._work(number) for number in range(PARTITIONS) if self._waiting[number]):
            pass

    def _work(self, number: int) -> bool:
        """Handle what waits in a partition; True where anything was handled or learned."""
        partition, waiting = self._partitions[number], self._waiting[number]
        moved = False
        while waiting and partition.handle(waiting[0]):
            waiting.pop(0)
            moved = True
            self._carry_out(partition)
        return self._carry_out(partition) or moved

    def _carry_out(self, partition: Partition) -> bool:
        published = False
        for effect, _ in partition.drain():
            if isinstance(effect, Publish):
                self.alerts.append(effect.alert)
                self.model.on_alert(encode_alert(effect.alert))
            elif isinstance(effect, Reject):
                raise AssertionError(f"the cast's own event was refused: {effect.rejection}")
            elif isinstance(effect, Teach):
                for models in on_lesson(self._classroom, self._learner, effect.lesson):
                    self._shelf.put(models)
                    self.model.on_models(models)
                    published = True
        return published
