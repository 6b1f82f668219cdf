"""What a worker owns from when the group deals partitions to when it takes them back, and what it keeps of them.

No Faust in here: the engine and its recovery do as this says, and so does the simulation (`tests/simulation`).
"""

from collections.abc import Sequence
from typing import NamedTuple

from mode import get_logger

from streams.engine.checkpoint import Checkpoint
from streams.engine.errors import OwnershipLost
from streams.engine.partition import Partition
from streams.engine.pump import Pump
from streams.engine.resume import Log, Reading, how_to_read, may_go_on
from streams.engine.store import Stores
from streams.engine.task import Task

logger = get_logger(__name__)


class ToRead(NamedTuple):
    """What is to be read of a changelog: from offset `begin` to before `end`."""

    how: Reading
    begin: int
    end: int


class Tenure:
    """Partitions at work, partitions at rest, and the stores of both.

    A partition rests from when it is given up in order until it is dealt out again: to us, and it may go on if nothing
    has happened; or to somebody else, and it is let go.
    """

    def __init__(self, pump: Pump, checkpoint: Checkpoint, stores: Stores, max_age_ms: int) -> None:
        """Own nothing yet. Stores untouched for `max_age_ms` are read anew."""
        self.pump = pump
        self.stores = stores
        self.term = 0
        """Counts the assignments: what began in an earlier term is void."""
        self._dealt: int | None = None
        self._opened: int | None = None
        self._checkpoint = checkpoint
        self._max_age_ms = max_age_ms
        self._resting: dict[int, Partition] = {}

    # -- at work

    async def checkpoint(self) -> bool:
        """Take a checkpoint of what is owned; return whether it is complete. Raises what must end the worker."""
        if not self.pump.partitions:
            return False
        try:
            await self._checkpoint.run(lambda: tuple(self.pump.partitions))
        except OwnershipLost as exc:
            logger.warning("Partitions lost, their new owner repeats what was not committed: %s", exc)
            self.give_up()
            return False
        return True

    async def release(self) -> None:
        """Stop handling, take the last checkpoint, give everything up. Raises what must end the worker."""
        self.pump.close()
        self._checkpoint.doubt()
        try:
            if await self.checkpoint():
                for partition in self.pump.partitions:
                    partition.rest()
                    self._resting[partition.number] = partition
        finally:
            self.give_up()

    def give_up(self) -> None:
        """Own nothing any more. What is in flight will not be acknowledged to us."""
        for partition in self.pump.partitions:
            partition.store.retract()
        self.pump.drop()
        self.term += 1

    # -- dealt anew

    @property
    def joining(self) -> bool:
        """Whether the group has not dealt this term's partitions yet. A share of none is dealt too."""
        return self._dealt != self.term

    @property
    def reviving(self) -> bool:
        """Whether partitions are dealt and not yet worked on."""
        return not self.joining and self._opened != self.term

    def dealt(self) -> None:
        """Note that the group has dealt us our share; nobody has given us anything else since."""
        self._dealt = self.term
        self._checkpoint.granted()

    def let_go(self, mine: set[int]) -> None:
        """Keep nothing of partitions that are not ours."""
        self.stores.keep_only(mine)
        for number in self._resting.keys() - mine:
            del self._resting[number]

    def assess(self, number: int, start: int, log: Log | None, now_ms: int) -> ToRead:
        """Decide what is needed to take up a partition that is ours.

        `start` is where a new task begins in the source, by Kafka's committed offset; `log` the state of the changelog,
        None for a program without one. What may not be used is forgotten here, before anything is read.
        """
        store = self.stores.of(number)
        if log is None:
            found = ToRead(Reading.NOTHING, 0, 0)
        else:
            how = how_to_read(store.standing, log, now_ms, self._max_age_ms)
            if how is Reading.WHOLE:
                store.restart(log.first)
            found = ToRead(how, store.standing.position if store.standing else log.first, log.end)
        rested = self._resting.get(number)
        if rested is not None and not may_go_on(rested.committed, start, found.how):
            del self._resting[number]
        return found

    def resting(self, number: int, generation: int) -> Partition | None:
        """Return a partition that may go on, under a new term of its own; none where there is none."""
        rested = self._resting.get(number)
        if rested is not None:
            rested.store.begin_term(generation)
        return rested

    def appoint(self, number: int, task: Task, start: int, generation: int) -> Partition:
        """Return a partition to be worked by a new task, under a term of its own."""
        store = self.stores.of(number)
        store.begin_term(generation)
        return Partition(number, task, start, store)

    def open(self, partitions: Sequence[Partition]) -> None:
        """Own these partitions and begin."""
        self._resting = {}
        self._opened = self.term
        self.pump.open(partitions)
