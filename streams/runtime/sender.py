"""The send program: deliveries in, messages out, each by its id once as far as the channel can tell.

The task is synchronous and does no I/O: it decides which delivery is tried when, and `dispatch.py` tries. Before each
attempt that it is tried is written down on `deal.notifications.sent`, and only then tried; after it, how it went. So

- nothing is lost: what was read is remembered, with its content, before its offset is committed;
- what is known to be sent is never sent again, whoever asks for it, for `REMEMBERED` at least;
- attempts are counted through crashes, and each is made by who owned the partition a moment before;
- between a message's leaving and its being written down lies a crash's only chance to send it twice. The second has the
  same id (`Idempotency-Key`, `Message-ID`, incident key), which receivers know. A program cannot do better alone.

Messages of one alert to one channel go in order: what ended must not be said before that it began. Through a crash
the earlier word may come here after the later one is out. Then it is left out, and written down as such: who is told
that an alert began after they were told that it ended takes it for open. A channel that is slow, silent or told us to
wait holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
from msgspec.structs import replace

from streams.channels.outcome import Outcome
from streams.config.delivery_plan import DeliveryPlan
from streams.config.topics import Topics
from streams.engine.task import Outgoing, Record, StateStore
from streams.notify.delivery import Delivery, decode_delivery, encode_delivery
from streams.notify.handled import OVERTAKEN, RETRY, STANDING, Handled, decode_handled, encode_handled
from streams.notify.notice import Notice
from streams.notify.pace import Bucket, bucket, pause_ms
from streams.notify.told import Destinations, Told
from streams.notify.waiting import WaitingLine
from streams.runtime.deadletter import undelivered
from streams.runtime.standing import StandingAlerts
from streams.runtime.trace import Trails
from streams.telemetry.emit import Metrics

#: How long it is known that a delivery was sent, in milliseconds; and how often what is older is forgotten.
REMEMBERED = 30 * 86_400_000
_FORGET_EVERY = 3_600_000
#: Attempts of one channel under way at once: what a crash may send twice. Each takes a second or two from its choice to
#: its answer, so no channel sends more than some messages a second, whatever its rate.
AT_ONCE = 8


class Tries(Protocol):
    """Who makes the attempts (`dispatch.Dispatch`)."""

    def attempt(self, delivery: Delivery, before: Notice | None, done: Callable[[Outcome], None]) -> None:
        """Try once, beside everything else, and tell how it went."""

    def repeat(self, channel: str, notices: list[Notice]) -> None:
        """Say again that these alerts stand."""


@dataclass(frozen=True, slots=True)
class SendParts:
    """What the task is made of."""

    topics: Topics
    plan: DeliveryPlan
    tries: Tries
    wall_ms: Callable[[], int]
    metrics: Metrics
    trails: Trails | None = None
    """The traces of the messages that are taken in hand, where there are any."""
    leads: Callable[[], bool] = lambda: True
    """Whether this environment tells people; another one goes on with what waits where it does not."""


class SendTask:
    """The engine's task for `deal.notifications`."""

    def __init__(self, store: StateStore, parts: SendParts) -> None:
        """Know of nothing but what is in the store, once ready."""
        self._store = store
        self._parts = parts
        self._known: dict[str, Handled] = {}
        self._waiting: dict[str, WaitingLine] = {}
        self._destinations = Destinations()
        self._standing = StandingAlerts(parts.plan, parts.tries.repeat)
        self._buckets: dict[str, Bucket] = {}
        self._held: dict[str, int] = {}
        self._under_way: dict[str, set[str]] = {}
        self._noted: list[str] = []
        self._noted_before: list[str] = []
        self._written: list[str] = []
        self._refused: list[tuple[str, Outcome]] = []
        self._changed: dict[bytes, bytes | None] = {}
        self._letters: list[Outgoing] = []
        self._forgot_at = 0

    def ready(self) -> Iterator[None]:
        """Take back what waits and what was sent; raises where it cannot be read."""
        found: list[tuple[int, str]] = []
        for key, value in self._store.items():
            name = key.decode()
            if name.startswith(STANDING):
                self._standing.take_back(name, value)
            else:
                self._known[name] = handled = decode_handled(value)
                if handled.told is not None:
                    self._destinations.tell(handled.told)
                if handled.status == "waiting":
                    found.append((handled.since, name))
            yield
        # In the order in which they were read.
        for _, name in sorted(found, key=lambda each: (each[0], self._known[each[1]].sequence, each[1])):
            self._await(name, self._known[name])

    def process(self, records: Sequence[Record], start: int) -> int:
        """Take deliveries in hand; one that is known waits already, or was sent."""
        now = self._parts.wall_ms()
        self._begin()
        for record in records[start:]:
            if record.value is None:
                continue
            try:
                delivery = decode_delivery(record.value)
            except msgspec.DecodeError as error:
                topic = self._parts.topics.undelivered.name
                letter = undelivered(topic, record.key, record.value, "no_delivery", str(error), now)
                self._letters.append(letter)
                continue
            if self._parts.trails is not None:
                self._parts.trails.heard(delivery.id, record.headers)
            known = self._known.get(delivery.id)
            again = any(name == RETRY for name, _ in record.headers)
            if known is None or (known.status == "refused" and again):
                handled = Handled(status="waiting", channel=delivery.channel, since=now, at=now, delivery=delivery)
                self._keep(delivery.id, handled)
                self._await(delivery.id, handled)
        self._choose(now)
        return len(records)

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Bury what was refused, choose what is tried next, repeat what stands, forget what is long ago."""
        now = self._parts.wall_ms()
        self._begin()
        refused, self._refused = self._refused, []
        for name, outcome in refused:
            self._bury(name, outcome, now)
        self._choose(now)
        self._standing.look(now)
        if now - self._forgot_at >= _FORGET_EVERY:
            self._forgot_at = now
            self._forget(now)
        self._measure(now)

    def outbox(self) -> list[Outgoing]:
        """Dead letters."""
        letters, self._letters = self._letters, []
        return letters

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """What changed. Attempts that were handed over at the call before are written down, and may be made."""
        self._written += self._noted_before
        self._noted_before, self._noted = self._noted, []
        changed, self._changed = self._changed, {}
        return list(changed.items())

    def resume_offset(self) -> int | None:
        """Nothing to hold back: what waits is remembered."""
        return None

    @property
    def idle(self) -> bool:
        """Whether no attempt is under way, or about to be."""
        return not any(self._under_way.values())

    def _choose(self, now: int) -> None:
        """Note attempts of what is due, as many as the channels' rates allow."""
        if not self._parts.leads():
            return
        for channel, names in self._waiting.items():
            if now < self._held.get(channel, 0):
                continue
            tokens = self._bucket(channel).filled(now)
            under_way = self._under_way.setdefault(channel, set())
            for name in names.heads():
                handled = self._known[name]
                if name in under_way or handled.next_at > now:
                    continue
                left = tokens.taken()
                if left is None or len(under_way) >= AT_ONCE:
                    break
                tokens = left
                under_way.add(name)
                names.tried(name)
                self._noted.append(name)
                self._keep(name, replace(handled, attempts=handled.attempts + 1, at=now))
            self._buckets[channel] = tokens

    def _begin(self) -> None:
        """Make the attempts that are written down. Not at a checkpoint: the last one before a stop must begin none."""
        written, self._written = self._written, []
        for name in written:
            self._try(name)

    def _try(self, name: str) -> None:
        handled = self._known[name]
        delivery = handled.delivery
        assert delivery is not None
        before = self._standing.before(handled.channel, handled.topic)
        self._parts.tries.attempt(delivery, before, lambda outcome: self._on_outcome(name, outcome))

    def _on_outcome(self, name: str, outcome: Outcome) -> None:
        handled, now = self._known[name], self._parts.wall_ms()
        self._under_way.get(handled.channel, set()).discard(name)
        if outcome.kind == "sent":
            self._count(handled.channel, "sent")
            self._parts.metrics.notification_delay(now - handled.since)
            told = self._told(handled)
            settled = replace(handled, status="sent", at=now, reason="", detail="", delivery=None, told=told)
            self._settle(name, settled)
            self._changed |= self._standing.note(handled.delivery)
            if told is not None:
                self._destinations.tell(told)
                for each in self._line(handled.channel).behind(told.alert):
                    self._leave_out_overtaken(each)
            return
        late = now - handled.since >= self._parts.plan.give_up_ms
        if outcome.kind == "refused" or late:
            kept_trying = f"{outcome.detail}; tried {handled.attempts} times"
            # Not at once: dead letter and state belong to one checkpoint, and only `look` can say both.
            self._refused.append(
                (name, outcome if outcome.kind == "refused" else Outcome("refused", "gave_up", kept_trying))
            )
            self._under_way.setdefault(handled.channel, set()).add(name)
            return
        self._count(handled.channel, "retried")
        wait = max(pause_ms(name, handled.attempts), outcome.wait_ms)
        if outcome.wait_ms:
            self._held[handled.channel] = now + outcome.wait_ms
        self._keep(name, replace(handled, at=now, next_at=now + wait, reason=outcome.reason, detail=outcome.detail))

    def _bury(self, name: str, outcome: Outcome, now: int) -> None:
        handled = self._known[name]
        self._under_way.get(handled.channel, set()).discard(name)
        assert handled.delivery is not None
        self._count(handled.channel, "refused")
        topic, value = self._parts.topics.undelivered.name, encode_delivery(handled.delivery)
        self._letters.append(undelivered(topic, name.encode(), value, outcome.reason, outcome.detail, now))
        self._settle(
            name,
            replace(handled, status="refused", at=now, reason=outcome.reason, detail=outcome.detail),
        )

    def _await(self, name: str, handled: Handled) -> None:
        """Let a delivery wait for its turn, or leave it out where a later word of its alert was sent before it."""
        notice = None if handled.delivery is None else handled.delivery.notice
        if notice is not None:
            self._destinations.live(notice.at)
        self._line(handled.channel).put(name, handled)
        self._leave_out_overtaken(name)

    def _leave_out_overtaken(self, name: str) -> None:
        """Leave a delivery out that is older than what its destination has been told, and write down why."""
        handled = self._known[name]
        told = self._told(handled)
        furthest = -1 if told is None else self._destinations.furthest(told.destination, told.alert)
        if told is None or told.sequence >= furthest:
            return
        self._count(handled.channel, "left_out")
        detail = f"message {told.sequence} of alert {told.alert}; message {furthest} was sent before it"
        at = self._parts.wall_ms()
        self._settle(name, replace(handled, status="left_out", at=at, reason=OVERTAKEN, detail=detail))

    def _told(self, handled: Handled) -> Told | None:
        """What the destination of a delivery knows once it is sent; none where it is about no one alert."""
        delivery = handled.delivery
        if delivery is None or delivery.notice is None:
            return None
        destination = self._parts.plan.destination(delivery.channel, delivery.owner)
        return Told(destination, delivery.notice.id, delivery.notice.sequence, self._destinations.lived)

    def _line(self, channel: str) -> WaitingLine:
        return self._waiting.setdefault(channel, WaitingLine())

    def _settle(self, name: str, handled: Handled) -> None:
        self._line(handled.channel).drop(name)
        self._keep(name, handled)

    def _keep(self, name: str, handled: Handled) -> None:
        self._known[name] = handled
        self._changed[name.encode()] = encode_handled(handled)

    def _forget(self, now: int) -> None:
        # What was refused may be asked for again, as long as it is known.
        refused = (self._told(each) for each in self._known.values() if each.status == "refused")
        self._destinations.forget({(told.destination, told.alert) for told in refused if told is not None})
        old = [
            name
            for name, each in self._known.items()
            if each.status != "waiting"
            and now - each.at > REMEMBERED
            and not (each.told is not None and self._destinations.needs(each.told))
        ]
        for name in old:
            del self._known[name]
            self._changed[name.encode()] = None

    def _bucket(self, channel: str) -> Bucket:
        known = self._buckets.get(channel)
        if known is None:
            planned = self._parts.plan.channels.get(channel)
            known = self._buckets[channel] = bucket(1.0 if planned is None else planned.rate)
        return known

    def _count(self, channel: str, outcome: str) -> None:
        self._parts.metrics.notified(self._kind(channel), outcome)

    def _kind(self, channel: str) -> str:
        planned = self._parts.plan.channels.get(channel)
        return "unknown" if planned is None else planned.kind

    def _measure(self, now: int) -> None:
        waiting = {channel.kind: 0 for channel in self._parts.plan.channels.values()}
        oldest = now
        for channel, names in self._waiting.items():
            kind = self._kind(channel)
            waiting[kind] = waiting.get(kind, 0) + len(names)  # type: ignore[index,call-overload]  # "unknown" is one, too
            oldest = min((self._known[name].since for name in names), default=oldest)
        self._parts.metrics.notifications_waiting({str(kind): number for kind, number in waiting.items()}, now - oldest)
