"""Door: the records of a log through as many partitions as on Kafka, and a learner, in one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from models.learn import Learner
from models.scorer import Scorer
from models.snapshot import ModelSet
from streams.alerts.alert import Alert
from streams.alerts.policy import Policy
from streams.backtest.lives import Lives
from streams.backtest.predictions import Predictions
from streams.effects import Follow, Publish, Reject, Teach
from streams.events.rejection import Rejection
from streams.facts import Fact
from streams.flow import on_lesson
from streams.labels.classroom import Classroom
from streams.labels.lesson import Lesson
from streams.partition import Partition
from streams.plays.event import PlayEvent
from streams.replay.sequence import Outbound, Sequencer
from streams.state.memory import DealState

_PROGRESS_EVERY = 2_000
#: Hears lessons.
Listener = Callable[[Lesson], None]


class Record(Struct, frozen=True, gc=False):
    """A record as a partition gets it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(slots=True)
class Result:
    """What came out: final states, alerts and plays in order, refused records, predictions, and what was counted.

    `lives` is what truly became of the deals, `ended_at` the last instant (milliseconds) that the log tells of.
    """

    deals: dict[str, DealState] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    plays: list[PlayEvent] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    predictions: Predictions = field(default_factory=Predictions)
    lives: Lives = field(default_factory=Lives)
    tally: Counter[Fact] = field(default_factory=Counter)
    models: ModelSet | None = None
    lines: int = 0
    ended_at: int = 0


class Shelf:
    """The models of every epoch so far, in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self._scorers: dict[int, Scorer] = {}

    def put(self, models: ModelSet) -> None:
        """Keep the models of an epoch."""
        self._scorers[models.epoch] = Scorer(models)

    def models_of(self, epoch: int) -> Scorer | None:
        """The models of an epoch, or none while they are not there."""
        return self._scorers.get(epoch)


class Host:
    """Partitions and a learner wired together; a partition that waits for models keeps its records in line."""

    def __init__(
        self, partitions: int, policy: Policy, keep_vectors: bool = False, listen: Listener | None = None
    ) -> None:
        """Build `partitions` empty partitions; `keep_vectors` keeps with each prediction what was measured.

        `listen` hears every lesson, in the order in which the learner does.
        """
        self.result = Result(predictions=Predictions(keep_vectors))
        self._listen = listen
        self._shelf = Shelf()
        self._classroom = Classroom()
        self._learner = Learner()
        self._partitions = [Partition(each, partitions, policy, self._shelf) for each in range(partitions)]
        self._waiting: list[list[Record]] = [[] for _ in range(partitions)]
        self._offsets = [0] * partitions

    def send(self, outbound: Outbound, appended_at: int) -> None:
        """Append one record to its partition and let everything happen that follows from it."""
        number = outbound.partition
        record = Record(self._offsets[number], appended_at, outbound.key, outbound.value)
        self._offsets[number] += 1
        self._waiting[number].append(record)
        if self._work(number):
            while self._work_all():
                continue

    def _work_all(self) -> bool:
        """Let every partition that waits try again; True where that published new models."""
        published = [self._work(each) for each, waiting in enumerate(self._waiting) if waiting]
        return any(published)

    def finish(self) -> Result:
        """Return everything that came out."""
        for partition in self._partitions:
            self.result.deals.update(partition.deals)
            self.result.tally.update(partition.tally)
            self.result.ended_at = max(self.result.ended_at, partition.clock or 0)
        self.result.predictions.settle(self.result.deals)
        if self._classroom.progress.next_epoch is not None:
            self.result.models = self._learner.publish(self._classroom.progress.next_epoch)
        return self.result

    def _work(self, number: int) -> bool:
        """Handle what waits in a partition; True where new models were published, so that others may go on."""
        partition, waiting = self._partitions[number], self._waiting[number]
        handled = 0
        published = False
        while handled < len(waiting) and partition.handle(waiting[handled]):
            handled += 1
            published |= self._carry_out(partition)
        published |= self._carry_out(partition)
        del waiting[:handled]
        return published

    def _carry_out(self, partition: Partition) -> bool:
        published = False
        for effect, _ in partition.drain():
            if isinstance(effect, Publish):
                self.result.alerts.append(effect.alert)
            elif isinstance(effect, Follow):
                self.result.plays.append(effect.event)
            elif isinstance(effect, Reject):
                self.result.rejections.append(effect.rejection)
            elif isinstance(effect, Teach):
                self.result.predictions.hear(effect.lesson)
                if self._listen is not None:
                    self._listen(effect.lesson)
                for models in on_lesson(self._classroom, self._learner, effect.lesson):
                    self._shelf.put(models)
                    published = True
        clock = partition.clock or 0
        for name in partition.dirty:
            deal = partition.deals.get(name)
            if deal is not None:
                self.result.lives.note(deal, clock)
        partition.dirty.clear()
        return published


def run(
    lines: Iterable[bytes],
    policy: Policy,
    appended_at: int,
    partitions: int = 12,
    progress: Callable[[int], None] | None = None,
    keep_vectors: bool = False,
    listen: Listener | None = None,
) -> Result:
    """Run a whole log; `appended_at` (milliseconds) stands for the time at which its records were appended to Kafka.

    With `keep_vectors` every prediction holds what was measured, for somebody else to learn from. `listen` hears every
    lesson, in the order in which the learner does.
    """
    host = Host(partitions, policy, keep_vectors, listen)
    host.result.lines = feed(lines, partitions, appended_at, host.send, progress)
    return host.finish()


def feed(
    lines: Iterable[bytes],
    partitions: int,
    appended_at: int,
    send: Callable[[Outbound, int], None],
    progress: Callable[[int], None] | None = None,
) -> int:
    """Send a whole log in the order in which it would be appended to Kafka; return how many lines it had."""
    sequencer = Sequencer(partitions)
    count = 0
    for line in lines:
        for outbound in sequencer.take(line, appended_at):
            send(outbound, appended_at)
        count += 1
        if progress is not None and count % _PROGRESS_EVERY == 0:
            progress(count)
    for outbound in sequencer.finish():
        send(outbound, appended_at)
    return count
