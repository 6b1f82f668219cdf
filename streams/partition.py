"""One partition of `deal.activity`: its deals, its clock, its deadlines. Pure and deterministic, the host of `flow`.

The theory. Time is an event: the clock is the greatest event time seen, moved by records only. Before a record moves
the clock from a to b, every deadline in (a, b] passes, in order, each at its own due time; so it makes no difference
how often anybody looked. At every UTC midnight an *epoch* begins: the partition tells the learner that all its lessons
of the day before are sent, and goes on only with the models of the new day. Hence models change at fixed event times,
and the same log gives the same scores, states and alert ids, live, replayed, or without Kafka in a backtest.

A checkpoint writes the dirty deals first and the partition's own state last. Cut short by a crash it leaves deals that
are ahead of the partition; the records in between are offered again, and the deals recognise them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from heapq import heapify, heappop, heappush
from typing import Protocol

from msgspec.structs import asdict, replace

from models.scorer import Scorer
from streams.alerts.heed import heeding
from streams.alerts.policy import Policy
from streams.alerts.rulebook import kept_rules
from streams.alerts.ruleset import AS_DECLARED, Rules, read_rules
from streams.effects import Effect, Reject, Step, Teach
from streams.errors import RulesWrong
from streams.events.contract import AnyEvent
from streams.events.control import CONTROL, PLACED, RulesChanged, is_control
from streams.events.decode import decode
from streams.events.envelope import Event, kind_of
from streams.events.rejection import Reason, Rejection
from streams.facts import Fact, Name
from streams.flow import Room, on_event, on_tick
from streams.labels.lesson import EpochReached
from streams.state.feeds import Counts, PartitionState, hear
from streams.state.memory import DealState, Mark
from streams.state.opportunity import DAY

_IN = Fact(Name.EVENT_IN)
_HEARD: dict[type[Event], Fact] = {event: Fact(Name.CONTROL_HEARD, kind_of(event)) for event in CONTROL}
_BOOKED = {Name.EVENT_FOLDED: "folded", Name.EVENT_DEAD: "dead"}


class ModelShelf(Protocol):
    """Where the models of an epoch come from."""

    def models_of(self, epoch: int) -> Scorer | None:
        """The models to use from the beginning of `epoch` (a UTC day), or none while they are not there yet."""


class Record(Protocol):
    """What is read of a Kafka record; `timestamp` in milliseconds."""

    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102


class Partition:
    """Deals, clock and deadlines of one partition.

    `handle` takes one record; afterwards `drain` gives the effects it asked for, `tally` counts what was noticed, and
    `dirty` names the deals whose state changed (a checkpoint empties it).
    """

    def __init__(
        self,
        number: int,
        partitions: int,
        policy: Policy,
        shelf: ModelShelf,
        deals: MutableMapping[str, DealState] | None = None,
    ) -> None:
        """Be `number` of `partitions`, with models from `shelf`, and the deals in `deals` (none: a dictionary)."""
        self.number = number
        self.partitions = partitions
        self.policy = policy
        self.rules = AS_DECLARED
        """What is not as declared, where a record said so."""
        self._settings = policy
        self._room: Room | None = None
        self.deals: MutableMapping[str, DealState] = {} if deals is None else deals
        self.held = 0
        """How many deals there are; `deals` may take long to say so."""
        self.clock: int | None = None
        """The greatest event time seen, in milliseconds."""
        self.dirty: set[str] = set()
        self.tally: Counter[Fact] = Counter()
        self._effects: list[tuple[Effect, Record | None]] = []
        self._shelf = shelf
        self._heap: list[tuple[int, str]] = []
        self._decoded: tuple[int, AnyEvent | Rejection] | None = None
        self._ahead = 0
        self.state = PartitionState()

    @property
    def state(self) -> PartitionState:
        """What the partition knows of itself. Kept in pieces: it changes with every record, and few ask for it."""
        return PartitionState(
            clock=self.clock,
            marked=self._marked,
            offset=self._offset,
            counts=Counts(**self._counts),
            feeds=self._feeds,
            partitions=self._written_for,
            rules=self.rules.data,
        )

    @state.setter
    def state(self, state: PartitionState) -> None:
        self.clock = state.clock
        self._marked = state.marked
        self._offset = state.offset
        self._counts = asdict(state.counts)
        self._feeds = state.feeds
        self._written_for = state.partitions
        self._adopt(kept_rules(state.rules))

    def note(self, name: str, mark: Mark) -> None:
        """Take note of a deal that is in `deals` from before: call it for every one of them, then `resume`."""
        self.held += 1
        self._ahead += mark.events
        if mark.due is not None:
            self._heap.append((mark.due, name))

    def resume(self, state: PartitionState) -> None:
        """Go on from a checkpoint; what is derived from the states is rebuilt."""
        counts = state.counts
        self._ahead += counts.forgotten - counts.folded
        if self._ahead < 0:  # deals were forgotten in a checkpoint that was cut short
            state = replace(state, counts=replace(counts, forgotten=counts.forgotten - self._ahead))
            self._ahead = 0
        self.state = state
        heapify(self._heap)

    def handle(self, record: Record) -> bool:
        """Take in one record; False means that it must be offered again once newer models are there."""
        if record.offset <= self._offset:
            self.tally[Fact(Name.EVENT_REPLAYED)] += 1
            return True
        event = self._decode(record)
        if isinstance(event, Rejection):
            self._refuse(event, record)
        elif isinstance(event, RulesChanged):
            self._change_rules(event, record)
        elif isinstance(event, PLACED):
            self.tally[_HEARD[type(event)]] += 1
        else:
            if not self._advance(event.at):
                return False
            if is_control(event):
                self._hear(event)
                self.tally[_HEARD[type(event)]] += 1
            else:
                self.tally[_IN] += 1
                self._take_in(event, record)
        self._offset = record.offset
        self._decoded = None
        return True

    def drain(self) -> list[tuple[Effect, Record | None]]:
        """Return the effects asked for since the last call, each with the record that caused it (none: a deadline)."""
        effects, self._effects = self._effects, []
        return effects

    @property
    def next_deadline(self) -> int | None:
        """The next instant at which something falls due, at the latest the next epoch; none before the first event."""
        if self.clock is None:
            return None
        boundary = (self.clock // DAY + 1) * DAY
        return min(self._heap[0][0], boundary) if self._heap else boundary

    @property
    def deadlines(self) -> int:
        """How many deadlines are noted; one that moved to an earlier time counts twice until both have passed."""
        return len(self._heap)

    def _decode(self, record: Record) -> AnyEvent | Rejection:
        if self._decoded is not None and self._decoded[0] == record.offset:
            return self._decoded[1]
        event = decode(record.value, record.key, record.timestamp)
        self._decoded = (record.offset, event)
        return event

    def _hear(self, event: AnyEvent) -> None:
        feeds = hear(self._feeds, event)
        if feeds is not self._feeds and self._room is not None:
            self._feeds = feeds
            self._room = replace(self._room, feeds=feeds)

    def _change_rules(self, event: RulesChanged, record: Record) -> None:
        """Go by other rules from this record on. It moves no clock: when it was written says nothing of the deals."""
        try:
            rules = read_rules(event.data.rules)
        except RulesWrong as error:  # of a newer version, or nobody's
            self._refuse(Rejection(Reason.INVALID_VALUE, f"rules: {error.args[0]}"[:200]), record)
            return
        self._adopt(rules)
        self.tally[_HEARD[RulesChanged]] += 1

    def _adopt(self, rules: Rules) -> None:
        self.rules = rules
        self.policy = rules.policy(self._settings) if rules.digest else self._settings
        if self._room is not None:
            self._room = self._furnished(self._room.scorer)

    def _take_in(self, event: AnyEvent, record: Record) -> None:
        assert self._room is not None and self.clock is not None
        deal = self.deals.get(event.subject)
        step = on_event(deal, event, record.offset, self.clock, self._room)
        self._carry(event.subject, deal, step, record)
        self._count(step.facts[0])

    def _refuse(self, rejection: Rejection, record: Record) -> None:
        self.tally[_IN] += 1
        self.tally[Fact(Name.EVENT_DEAD, rejection.reason.value)] += 1
        self._effects.append((Reject(rejection), record))
        self._count(Fact(Name.EVENT_DEAD))

    def _count(self, outcome: Fact) -> None:
        """Book one event under its outcome; one that a deal knew from before a crash is booked as it was then."""
        name = outcome.name
        if name is Name.EVENT_REPLAYED and self._ahead > 0:
            self._ahead -= 1
            name = Name.EVENT_FOLDED
        self._counts["events"] += 1
        self._counts[_BOOKED.get(name, "duplicates")] += 1

    def _carry(self, name: str, before: DealState | None, step: Step, record: Record | None) -> None:
        tally = self.tally
        for fact in step.facts:
            tally[fact] += 1
        for effect in step.effects:
            self._effects.append((effect, record))
        after = step.state
        if after is before:
            return
        self.dirty.add(name)
        if after is None:
            if before is not None:
                self._counts["forgotten"] += before.facts.events
                self.held -= 1
                del self.deals[name]
            return
        if before is None:
            self.held += 1
        self.deals[name] = after
        due, noted = after.watch.due, None if before is None else before.watch.due
        if due is not None and (noted is None or due < noted):
            heappush(self._heap, (due, name))

    def _advance(self, to: int) -> bool:
        """Let all deadlines up to `to` pass and move the clock there; False where an epoch's models are missing."""
        if self._room is None and not self._open_room(to):
            return False
        while (clock := self.clock) is not None and clock < to:
            boundary = (clock // DAY + 1) * DAY
            if to < boundary:
                self._pass_deadlines(to)
                self.clock = to
            else:
                self._pass_deadlines(boundary - 1)
                if not self._begin_epoch(boundary // DAY, to // DAY):
                    return False
                self.clock = boundary
                self._pass_deadlines(boundary)
        return True

    def _open_room(self, to: int) -> bool:
        """Begin with the first event ever, or go on where a checkpoint left off."""
        if self.clock is None:
            if not self._begin_epoch(to // DAY, to // DAY):
                return False
            self.clock = to
            return True
        return self._begin_epoch(self.clock // DAY, to // DAY)

    def _begin_epoch(self, epoch: int, heading: int) -> bool:
        """Promise the epoch to the learner, and go on with its models if they are there."""
        if self._marked is None or self._marked < epoch:
            self._effects.append((Teach(EpochReached(self.number, self.partitions, epoch, heading)), None))
            self._marked = epoch
            self.tally[Fact(Name.EPOCH_REACHED)] += 1
        scorer = self._shelf.models_of(epoch)
        if scorer is None:
            return False
        self._room = self._furnished(scorer)
        return True

    def _furnished(self, scorer: Scorer) -> Room:
        return Room(scorer, self._feeds, heeding(self.policy, scorer.models.feedback))

    def _pass_deadlines(self, until: int) -> None:
        heap = self._heap
        if not heap or heap[0][0] > until:
            return
        assert self._room is not None
        for due, name, deal in self._due(until):
            step = on_tick(deal, due, self._room)
            self._carry(name, deal, step, None)
            following = None if step.state is None else step.state.watch.due
            if following is not None and following > due:
                heappush(heap, (following, name))

    def _due(self, until: int) -> Iterator[tuple[int, str, DealState]]:
        """Yield deadlines up to `until` in order.

        Of every deal that has a deadline the heap has an entry at that time or before it; so a deadline that moves
        later, as most do, costs nothing. An entry that comes too early is noted again; two of a deal meet and are one.
        """
        heap = self._heap
        while heap and heap[0][0] <= until:
            entry = noted, name = heappop(heap)
            while heap and heap[0] == entry:
                heappop(heap)
            deal = self.deals.get(name)
            if deal is None or (due := deal.watch.due) is None or due < noted:
                continue
            if due > noted:
                heappush(heap, (due, name))
                continue
            yield due, name, deal
