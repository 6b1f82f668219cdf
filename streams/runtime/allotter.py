"""The allot program: alerts in, deliveries out. It decides who is told what and when, and sends nothing itself.

What is decided must hold, or a crash would decide again at another time, with other alerts waiting, and the budget
would be spent twice. So a decision is written down before anybody acts on it: an owner's record on `deal.notifier` has
the new state and the deliveries that were decided with it, in one record. Only when it is in the changelog do they go
to `deal.notifications`, and only when they are there does the record lose them. Cut short anywhere they go out again
under the same ids, which whoever sends them knows (`sender.py`).

Live, the wall clock moves time, and only when everything written so far has been heard: a round must see all that
waits. In a simulation (`clock = "event"`) the alerts' own time does, step by step, so the same log says the same.

Old news stays silent. An alert is news if it is at most a day older than the time up to which this program has lived:
that is now, or, after it was away, when it was last there; and if it was written at most a day after it happened,
which what is replayed or backfilled was not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import decode_alert
from streams.config.delivery_plan import DeliveryPlan
from streams.config.topics import Topics
from streams.engine.task import Outgoing, Record, StateStore
from streams.notify.allot import Allotment, allot
from streams.notify.delivery import Delivery, encode_delivery
from streams.notify.hear import REMEMBERED, Heard, forget, has_heard, hear, held_when, let_go
from streams.notify.notice import Notice, notice_of
from streams.notify.owner import OWNER, Kept, OwnerState, decode_owner, encode_owner
from streams.notify.policy import OwnerPolicy
from streams.records import read_value
from streams.runtime.deadletter import undelivered
from streams.runtime.trace import Trails
from streams.telemetry.emit import Metrics

DAY = 86_400_000
#: How old an alert may be to be told, and how long after it happened it may have been written.
NEWS_WITHIN = DAY
#: Who was away for longer than this takes up the present, and not what was missed.
CATCHES_UP = 7 * DAY
#: How often it is written down that this program lives, in milliseconds.
LIVED_EVERY = 60_000
PROGRESS_KEY = b"~allotter"


class Progress(Struct, frozen=True, omit_defaults=True):
    """How far this program has lived, in milliseconds: by the wall clock, or by the alerts' time in a simulation."""

    lived: int = 0


_progress: msgspec.json.Decoder[Progress] = msgspec.json.Decoder(Progress)


@dataclass(frozen=True, slots=True)
class AllotParts:
    """What the task is made of. `simulated`: the alerts' time counts instead of the clock on the wall."""

    topics: Topics
    plan: DeliveryPlan
    simulated: bool
    wall_ms: Callable[[], int]
    metrics: Metrics
    trails: Trails | None = None
    """The traces of the alerts that are heard, where there are any."""


class AllotTask:
    """The engine's task for `deal.alerts`."""

    def __init__(self, store: StateStore, parts: AllotParts) -> None:
        """Know nobody but who is in the store, once ready."""
        self._store = store
        self._parts = parts
        self._owners: dict[str, Kept] = {}
        self._policies: dict[str, OwnerPolicy] = {}
        #: Owners that have an alert, or remember that they had it, by its id.
        self._known_to: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._touched: set[str] = set()
        self._handed: set[str] = set()
        self._durable: set[str] = set()
        self._letters: list[Outgoing] = []
        self._progress = Progress()
        self._written = Progress()
        #: How far this program had lived at the last checkpoint, and at the last one that is complete.
        self._cut = self._settled = 0

    def ready(self) -> Iterator[None]:
        """Take back all owners; raises where one cannot be read. What was decided before is written down already."""
        for key, value in self._store.items():
            if key == PROGRESS_KEY:
                self._progress = self._written = read_value(_progress, value)
            else:
                self._take_back(key.removeprefix(OWNER).decode(), decode_owner(value))
            yield

    def _take_back(self, owner: str, kept: Kept) -> None:
        self._owners[owner] = kept
        # What is due is worked out anew: the process may have died before it was, and the delivery file may be another.
        self._touched.add(owner)
        self._durable.update(each.id for each in kept.decided)
        for name in kept.state.entries.keys() | kept.state.gone.keys():
            self._known_to.setdefault(name, set()).add(owner)

    def process(self, records: Sequence[Record], start: int) -> int:
        """Hear all alerts; a record that is none is a dead letter."""
        for record in records[start:]:
            if record.value is None:
                continue
            try:
                alert = decode_alert(record.value)
            except msgspec.DecodeError as error:
                topic = self._parts.topics.undelivered.name
                letter = undelivered(topic, record.key, record.value, "no_alert", str(error), self._parts.wall_ms())
                self._letters.append(letter)
                continue
            if self._parts.trails is not None:
                self._parts.trails.heard(alert.id, record.headers)
            self._hear(notice_of(alert), record.timestamp)
        return len(records)

    def _hear(self, notice: Notice, written: int) -> None:
        now = self._now(notice.at)
        if self._parts.simulated:
            self._pass_time(now)
        heard = Heard(notice, self._is_news(notice.at, written, now), self._taken(notice, now))
        kept, policy = self._kept(notice.owner), self._policy(notice.owner)
        if has_heard(kept.state, notice):
            # A repeat, after a crash say. The owner's record may be days ahead of it: its time is not turned back.
            return
        if self._parts.simulated:
            self._do(notice.owner, allot(kept.state, heard, now, policy))
        else:
            state, said = hear(kept.state, heard, now, policy)
            self._keep(notice.owner, state, said)
            self._touched.add(notice.owner)
        self._known_to.setdefault(notice.id, set()).add(notice.owner)

    def _now(self, at: int) -> int:
        if not self._parts.simulated:
            return self._parts.wall_ms()
        self._progress = Progress(max(self._progress.lived, at))
        return self._progress.lived

    def _is_news(self, at: int, written: int, now: int) -> bool:
        if self._parts.simulated:
            return at >= now - NEWS_WITHIN
        lived = now if self._progress.lived == 0 else max(self._progress.lived, now - CATCHES_UP)
        return at >= min(lived, now) - NEWS_WITHIN and written - at <= NEWS_WITHIN

    def _taken(self, notice: Notice, now: int) -> tuple[str, ...]:
        """Take an alert from whoever else has it; return the channels that hold it.

        A checkpoint that was cut short leaves some owners' records behind and others ahead of where the log is read
        again. One that is behind has the alert until this message; one that is ahead gave it away with this very
        message, and remembers what held it then.
        """
        holders: tuple[str, ...] = ()
        for other in sorted(self._known_to.get(notice.id, set()) - {notice.owner}):
            state = self._owners[other].state
            entry = state.entries.get(notice.id)
            if entry is not None and entry.notice.sequence < notice.sequence:
                holders = entry.holders
                self._keep(other, let_go(state, notice.id, notice.sequence, now), ())
                self._touched.add(other)
            else:
                holders = holders or held_when(state, notice.id, notice.sequence)
        return holders

    def _pass_time(self, until: int) -> None:
        """Do what falls due up to an instant, each at its own time."""
        while True:
            dues = ((kept.state.due, owner) for owner, kept in self._owners.items() if kept.state.due is not None)
            due, owner = min(dues, default=(None, ""))
            if due is None or due > until:
                return
            self._do(owner, allot(self._owners[owner].state, None, due, self._policy(owner)))

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Do what the wall clock says is due, and send on what is written down."""
        if caught_up and not self._parts.simulated:
            now = self._parts.wall_ms()
            self._progress = Progress(now)
            due = {
                owner for owner, kept in self._owners.items() if kept.state.due is not None and kept.state.due <= now
            }
            for owner in sorted(due | self._touched):
                self._do(owner, allot(self._kept(owner).state, None, now, self._policy(owner)))
            self._touched.clear()

    def outbox(self) -> list[Outgoing]:
        """What is written down and not out yet, and dead letters."""
        out, self._letters = self._letters, []
        if self._durable:
            topic = self._parts.topics.notifications.name
            found: list[Delivery] = []
            for owner, kept in self._owners.items():
                gone = [each for each in kept.decided if each.id in self._durable]
                if gone:
                    rest = tuple(each for each in kept.decided if each.id not in self._durable)
                    self._owners[owner] = replace(kept, decided=rest)
                    self._changed.add(owner)
                    found += gone
            out += [
                Outgoing(topic, each.owner.encode(), encode_delivery(each), self._trail_of(each), 0)
                for each in _in_order(found)
            ]
            self._durable.clear()
        return out

    def _trail_of(self, delivery: Delivery) -> Sequence[tuple[str, bytes]]:
        trails = self._parts.trails
        return () if trails is None else trails.decided(delivery, self._parts.topics.notifications.name)

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Owners that changed. What was handed over at the call before is in the changelog by now."""
        self._durable |= self._handed
        self._cut, self._settled = self._progress.lived, self._cut
        changed = sorted(self._changed)
        self._changed.clear()
        self._handed = {each.id for owner in changed for each in self._owners[owner].decided}
        states: list[tuple[bytes, bytes | None]] = [
            (OWNER + owner.encode(), encode_owner(self._owners[owner])) for owner in changed
        ]
        if changed or self._progress.lived - self._written.lived >= LIVED_EVERY:
            self._written = self._progress
            states.append((PROGRESS_KEY, msgspec.json.encode(self._progress)))
        return states

    def resume_offset(self) -> int | None:
        """Nothing to hold back."""
        return None

    def _kept(self, owner: str) -> Kept:
        return self._owners.get(owner) or Kept(state=OwnerState(owner=owner))

    def _do(self, owner: str, done: Allotment) -> None:
        self._parts.metrics.passed_over(done.passed_over)
        self._keep(owner, done.state, done.deliveries)

    def _keep(self, owner: str, state: OwnerState, deliveries: Iterable[Delivery]) -> None:
        kept, decided = self._kept(owner), tuple(deliveries)
        self._parts.metrics.decided(each.kind for each in decided)
        if state is kept.state and not decided:
            return
        if state == kept.state and not decided and owner in self._owners:
            return
        if state.gone is not kept.state.gone:
            state = self._forget(state, kept.state)
        self._owners[owner] = replace(kept, state=state, decided=(*kept.decided, *decided))
        self._changed.add(owner)

    def _forget(self, state: OwnerState, before: OwnerState) -> OwnerState:
        """Forget what was gone long before all that a crash would have read again, however many days that is."""
        state = forget(state, self._settled - REMEMBERED)
        for name in before.gone.keys() - state.gone.keys() - state.entries.keys():
            self._known_to[name].discard(state.owner)
            if not self._known_to[name]:
                del self._known_to[name]
        return state

    def _policy(self, owner: str) -> OwnerPolicy:
        known = self._policies.get(owner)
        if known is None:
            known = self._policies[owner] = self._parts.plan.policy_of(owner)
        return known


def _in_order(found: list[Delivery]) -> list[Delivery]:
    """Order deliveries as they were decided, and not by owner: an alert may end with another one than it began with.

    Of one instant each owner's stay as they are, but of one alert they are in that of its sequence, whoever had it.
    """
    found = sorted(found, key=lambda each: each.at)
    by_alert: dict[str, list[tuple[int, Delivery]]] = {}
    for each in found:
        if each.notice is not None:
            by_alert.setdefault(each.notice.id, []).append((each.notice.sequence, each))
    turns = {name: iter(sorted(said, key=lambda one: one[0])) for name, said in by_alert.items()}
    return [each if each.notice is None else next(turns[each.notice.id])[1] for each in found]
