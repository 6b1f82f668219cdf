"""The track program: one `Partition` on the engine. Records in, effects out, states to the changelog `deal.state`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from msgspec.structs import replace

from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.alerts.ruleset import Rules
from streams.config.topics import Topics
from streams.effects import Follow, Publish, Reject, Teach
from streams.engine.task import Outgoing, Record, StateStore
from streams.errors import TopicsWrong
from streams.events.contract import encode
from streams.events.control import ClockAdvanced, RulesChanged, RulesData
from streams.events.decode import decode
from streams.events.envelope import moment_of
from streams.events.rejection import Rejection
from streams.labels.lesson import EpochReached, encode_lesson
from streams.partition import Partition
from streams.plays.event import PlayEvent, encode_play_event
from streams.runtime.deadletter import dead_letter
from streams.runtime.deals import StoredDeals
from streams.runtime.shelf import ModelShelf
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition, encode_deal, encode_partition, mark_in
from streams.state.feeds import PartitionState
from streams.state.memory import DealState, mark_of
from streams.state.opportunity import DAY
from streams.telemetry.emit import Metrics

#: With `auto`, the wall clock moves time once the youngest event is at most this old: before that, history is replayed.
LIVE_WITHIN = 2 * DAY
#: A record that is appended longer than this after its event's time is a backfill, or of a feed that is late itself.
FRESH_WITHIN = 3_600_000
#: Between two clock announcements where nothing falls due, in milliseconds.
ANNOUNCE_EVERY = 60_000
SOURCE = "/dealwatch/worker"
#: Decoded deals that may leave after each record, which brings one, and at each look: many come when days pass.
LEAVE_PER_RECORD = 2
LEAVE_PER_LOOK = 1000
_GROWN = (
    "{topic} has {now} partitions, but its states were written when it had {then}: deals would be looked for where "
    "they are not. Partitions cannot be added to what is there; come to more with `dealwatch rebuild start`"
)


class Liveness:
    """Whether this worker's partitions live in the present; shared by all of them, so that idle ones follow."""

    def __init__(self, clock: Literal["auto", "event", "wall"]) -> None:
        """Decide by the setting `clock`."""
        self._clock = clock
        self._latest: int | None = None

    def saw(self, at: int | None) -> None:
        """Note how far a partition's time has come."""
        if at is not None and (self._latest is None or at > self._latest):
            self._latest = at

    def follows_wall(self, wall_ms: int) -> bool:
        """Whether the wall clock may move time."""
        if self._clock == "auto":
            return self._latest is not None and wall_ms - self._latest <= LIVE_WITHIN
        return self._clock == "wall"


@dataclass(frozen=True, slots=True)
class TrackParts:
    """What all track tasks of a worker share."""

    topics: Topics
    policy: Policy
    shelf: ModelShelf
    liveness: Liveness
    metrics: Metrics
    wake: Callable[[], None]
    deals_at_work: int
    """Deals of a partition that stay decoded."""
    rules: Callable[[], Rules | None]
    """What the rules file says now; none where it cannot be used."""
    wall_ms: Callable[[], int]
    """What the clock on the wall says, to measure how late alerts are."""
    follows: Callable[[], bool] = lambda: False
    """Whether this environment is being rebuilt: then it goes by what is copied to it, and says nothing itself."""


class TrackTask:
    """The engine's task for one partition of `deal.activity`."""

    def __init__(self, number: int, store: StateStore, parts: TrackParts) -> None:
        """Be partition `number`, with the states of `store` once it is ready.

        Raises TopicsWrong where there was no partition of that number at the start.
        """
        self._parts = parts
        self._store = store
        self._deals = StoredDeals(store, parts.deals_at_work)
        self._number = number
        many = parts.topics.activity.partitions
        if number >= many:
            raise TopicsWrong(_GROWN.format(topic=parts.topics.activity.name, now=f"more than {many}", then=many))
        self._partition = Partition(number, many, parts.policy, parts.shelf, self._deals)
        # Written with the state, so that whoever reads it knows for how many partitions its deals were dealt.
        self._partition.state = PartitionState(partitions=many)
        self._written: PartitionState = self._partition.state
        self._announcing: list[Outgoing] = []
        self._announced_at = 0
        #: Rules that were asked for, and those that held when they were.
        self._asked: tuple[str, Rules] | None = None

    def ready(self) -> Iterator[None]:
        """Rebuild the deadlines from the gists of the states; raises for one that cannot be read: never guess."""
        for key, gist in self._store.gists():
            mark = mark_in(gist)
            if key == PARTITION_KEY:
                self._written = self._of_as_many(decode_partition(self._read(key)))
            else:
                self._partition.note(key.decode(), mark_of(decode_deal(self._read(key))) if mark is None else mark)
            yield
        self._partition.resume(self._written)
        self._parts.liveness.saw(self._partition.clock)

    def _read(self, key: bytes) -> bytes:
        value = self._store.get(key)
        assert value is not None
        return value

    def _of_as_many(self, state: PartitionState) -> PartitionState:
        many = self._parts.topics.activity.partitions
        if state.partitions not in (0, many):
            raise TopicsWrong(_GROWN.format(topic=self._parts.topics.activity.name, now=many, then=state.partitions))
        return replace(state, partitions=many)

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle records until one has to wait for models."""
        handle = self._partition.handle
        index = start
        while index < len(records) and handle(records[index]):
            index += 1
        self._deals.leave(self._partition.dirty, LEAVE_PER_RECORD * (index - start))
        self._parts.liveness.saw(self._partition.clock)
        tally = self._partition.tally
        self._parts.metrics.count(tally)
        tally.clear()
        self._parts.metrics.partition(self._number, self._partition.clock, self._partition.held)
        self._parts.metrics.deadlines(self._number, self._partition.deadlines)
        return index

    def outbox(self) -> list[Outgoing]:
        """Everything asked for since the last call."""
        outgoing, self._announcing = self._announcing, []
        for effect, record in self._partition.drain():
            if isinstance(effect, Publish):
                outgoing += said(self._parts.topics, effect.alert)
                self._measure(effect.alert, cast("Record | None", record))
            elif isinstance(effect, Follow):
                outgoing.append(played(self._parts.topics, effect.event))
            else:
                outgoing.append(self._carry_out(effect, cast("Record | None", record)))  # one that `process` was given
        return outgoing

    def dirty(self) -> Iterator[tuple[bytes, bytes | None]]:
        """States that changed, the partition's own last: see `streams/partition.py` for why that order."""
        partition = self._partition
        changed = [(name, self._deals.get(name)) for name in partition.dirty]
        partition.dirty.clear()
        self._deals.unsettled()
        state = partition.state
        unsaid = state != self._written
        self._written = state
        return self._encoded(changed, state if unsaid else None)

    def _encoded(
        self, changed: Sequence[tuple[str, DealState | None]], state: PartitionState | None
    ) -> Iterator[tuple[bytes, bytes | None]]:
        for name, deal in changed:
            yield name.encode(), None if deal is None else encode_deal(deal)
        if state is not None:
            yield PARTITION_KEY, encode_partition(state)
        self._deals.settled(self._partition.dirty)

    def resume_offset(self) -> int | None:
        """Nothing to hold back."""
        return None

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Announce the time where the wall clock says that something is due and the log is silent."""
        self._deals.leave(self._partition.dirty, LEAVE_PER_LOOK)
        shelf = self._parts.shelf
        self._parts.metrics.substituted(shelf.substituted)
        self._parts.metrics.deadline_late(self._number, self._late_ms(wall_ms))
        if shelf.overdue:
            self._parts.wake()
        if self._parts.follows():
            return
        if caught_up:
            self._ask_for_rules(wall_ms)
        if not caught_up or not self._parts.liveness.follows_wall(wall_ms):
            return
        clock, due = self._partition.clock, self._partition.next_deadline
        if clock is not None and wall_ms <= clock:
            return
        if due is not None and due > wall_ms and wall_ms - self._announced_at < ANNOUNCE_EVERY:
            return
        self._announced_at = wall_ms
        event = ClockAdvanced(id=f"clock-{self._number}-{wall_ms}", source=SOURCE, time=moment_of(wall_ms))
        self._announcing.append(Outgoing(self._parts.topics.activity.name, None, encode(event), (), self._number))

    def _ask_for_rules(self, wall_ms: int) -> None:
        """Put the rules of the file into the log, where this partition holds others: it adopts what it reads there."""
        wanted, held = self._parts.rules(), self._partition.rules
        if wanted is None or wanted.digest == held.digest:
            return
        if self._asked is not None and self._asked[0] == wanted.digest and self._asked[1] is held:
            return  # it is on its way
        self._asked = (wanted.digest, held)
        clock = self._partition.clock
        event = RulesChanged(
            id=f"rules-{wanted.digest or 'as-declared'}-{self._number}",
            source=SOURCE,
            time=moment_of(wall_ms if clock is None else clock),
            data=RulesData(rules=wanted.data),
        )
        self._announcing.append(Outgoing(self._parts.topics.activity.name, None, encode(event), (), self._number))

    def _measure(self, alert: Alert, record: Record | None) -> None:
        """Note an alert's team, and how late it is: after its record, if one led to it, and after its own time.

        What is older than two days is history that is read again, or for the first time, and says nothing of us. Nor
        is it our delay where a record was written long after its time: thousands of them come at once, and their days
        pass one after the other. What is written in time and waits behind them counts.
        """
        metrics, now = self._parts.metrics, self._parts.wall_ms()
        metrics.team_alert(self._partition.policy.team_of(alert.owner).team, alert.transition, alert.severity)
        if record is not None and now - record.timestamp <= LIVE_WITHIN and _fresh(record):
            metrics.alert_delay(now - record.timestamp)
        if now - alert.at <= LIVE_WITHIN:
            metrics.alert_latency(now - alert.at)

    def _late_ms(self, wall_ms: int) -> int:
        """How long the next deadline is over; 0 where it is not, or history is handled."""
        due = self._partition.next_deadline
        return max(0, wall_ms - due) if due is not None and self._parts.liveness.follows_wall(wall_ms) else 0

    def _carry_out(self, effect: Teach | Reject, record: Record | None) -> Outgoing:
        topics = self._parts.topics
        if isinstance(effect, Teach):
            lesson = effect.lesson
            if isinstance(lesson, EpochReached):  # the learner waits for it, and everybody for the learner
                return Outgoing(topics.examples.name, None, encode_lesson(lesson), (), 0)
            return Outgoing(topics.examples.name, lesson.opportunity.encode(), encode_lesson(lesson), (), 0, False)
        assert record is not None
        return dead_letter(topics.dead.name, record, effect.rejection)


def _fresh(record: Record) -> bool:
    """Whether a record was appended when what it tells of had just happened."""
    event = decode(record.value, record.key, record.timestamp)
    return isinstance(event, Rejection) or record.timestamp - event.at <= FRESH_WITHIN


def said(topics: Topics, alert: Alert) -> tuple[Outgoing, Outgoing]:
    """An alert's transition for the history, and the alert as it stands now: nothing where it is over."""
    value = encode_alert(alert)
    headers = (("alert_id", alert.id.encode()), ("transition", alert.transition.encode()))
    standing = None if alert.status == "resolved" else value
    return (
        Outgoing(topics.alerts.name, alert.opportunity.encode(), value, headers, 0),
        Outgoing(topics.open_alerts.name, alert.id.encode(), standing, headers, 0),
    )


def played(topics: Topics, event: PlayEvent) -> Outgoing:
    """What happened to a play."""
    headers = (("happened", event.happened.encode()), ("arm", event.arm.encode()))
    return Outgoing(topics.plays.name, event.opportunity.encode(), encode_play_event(event), headers, 0)
