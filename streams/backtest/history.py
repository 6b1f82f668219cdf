"""Door: an event file -> the cases that a learner learns from it, without Kafka, alerts or a learner.

Questions are asked and answered by the product's own partitions and classroom, so they are those that a worker and a
learner would have had of the same records. Only what the models say is not asked: there are none yet. And a label that
the learner would take back later is left out from the first: nobody has to unlearn it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.case import Case
from models.history import Day
from models.learn import Learner
from models.norms import Norms
from models.scorer import Scorer
from streams.alerts.policy import Policy
from streams.backtest.run import Record, feed
from streams.effects import Reject, Teach
from streams.labels.classroom import Classroom
from streams.labels.lesson import EpochReached
from streams.partition import Partition
from streams.replay.sequence import Outbound
from streams.state.opportunity import DAY


@dataclass(slots=True)
class History:
    """What a file holds for a learner: its cases by day, what is usual, and what was counted.

    `until` is the first UTC day of which it says nothing; everything that was due before has its place in `days`.
    """

    days: list[Day] = field(default_factory=list)
    norms: Norms = field(default_factory=Norms)
    deals: int = 0
    lines: int = 0
    until: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def cases(self) -> int:
        """Labels, each of one case and target."""
        return sum(len(day.cases) for day in self.days)


def read_history(
    lines: Iterable[bytes],
    policy: Policy,
    appended_at: int,
    partitions: int = 12,
    progress: Callable[[int], None] | None = None,
) -> History:
    """Read a whole log; `appended_at` (milliseconds) stands for the time at which its records were appended."""
    reader = _Reader(partitions, policy)
    reader.history.lines = feed(lines, partitions, appended_at, reader.send, progress)
    return reader.finish()


class _Unlearned:
    """The models of every day: those that have learned nothing."""

    def __init__(self) -> None:
        self._scorer = Scorer(Learner().publish(0))

    def models_of(self, epoch: int) -> Scorer:
        return self._scorer


class _Reader:
    def __init__(self, partitions: int, policy: Policy) -> None:
        self.history = History()
        self._classroom = Classroom()
        shelf = _Unlearned()
        self._partitions = [Partition(each, partitions, policy, shelf) for each in range(partitions)]
        self._offsets = [0] * partitions
        self._deals: set[str] = set()

    def send(self, outbound: Outbound, appended_at: int) -> None:
        number = outbound.partition
        partition = self._partitions[number]
        partition.handle(Record(self._offsets[number], appended_at, outbound.key, outbound.value))
        self._offsets[number] += 1
        for effect, _ in partition.drain():
            if isinstance(effect, Teach):
                self._classroom.hear(effect.lesson)
            elif isinstance(effect, Reject):
                self.history.refused[effect.rejection.reason.value] += 1
        self._deals |= partition.dirty
        partition.dirty.clear()
        self._close()

    def finish(self) -> History:
        """Close the last day too, as far as the file knows it."""
        if (clock := self._partitions[0].clock) is not None:
            self.history.until = clock // DAY + 1
            for each in self._partitions:
                promise = EpochReached(each.number, each.partitions, self.history.until, self.history.until)
                self._classroom.hear(promise)
            self._close()
        self.history.deals = len(self._deals)
        return self.history

    def _close(self) -> None:
        while (epoch := self._classroom.ready()) is not None:
            cases = list(self._classroom.close(epoch))
            self._leave_out([case for case in cases if case.taken_back is not None])
            self.history.days.append(Day(epoch, [case for case in cases if case.taken_back is None]))
            self.history.norms = self._classroom.norms(epoch, self.history.norms)

    def _leave_out(self, cases: Iterable[Case]) -> None:
        """Leave out what was learned on an earlier day and does not hold any more."""
        gone: dict[int, set[_Name]] = {}
        for case in cases:
            if case.taken_back is not None:
                gone.setdefault(case.taken_back, set()).add(_name(case))
        for epoch, names in gone.items():
            place = epoch - self.history.days[0].epoch
            kept = [case for case in self.history.days[place].cases if _name(case) not in names]
            self.history.days[place] = Day(epoch, kept)


#: Which case of a day: target, deal, and the day of the question.
_Name = tuple[str, str, int | None]


def _name(case: Case) -> _Name:
    return case.target, case.deal, case.asked
