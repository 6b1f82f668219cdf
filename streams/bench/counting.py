"""The work of the part `engine`: count and sum by key, and say one event in a hundred. The same code for everybody.

An event is 228 bytes of JSON; its key is one of 10,000, all equally likely (which is the hardest case for whoever
writes a changelog once for each changed key). An alert carries the count and the sum of its key at that event, so the
alerts prove that every event of the key before it was counted exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

import orjson

from streams.bench.meter import Meter
from streams.replay.partitioner import partition_of

KEYS = 10_000
EVENT_BYTES = 228
ALERT_EVERY = 100
_SEED = 4
_BEGAN = 1_767_225_600_000

State = list[int]
"""How many events a key has seen, and the sum of their amounts; a host may append to it what it needs."""


class Counter:
    """The handler. Metered, so that all contenders pay the same for being measured."""

    __slots__ = ("_meter",)

    def __init__(self, meter: Meter) -> None:
        """Tell `meter` of every event."""
        self._meter = meter

    def handle(self, state: State | None, value: bytes) -> tuple[State, bytes | None]:
        """Return the key's new state after the event `value`, and the alert it leads to, if any."""
        return self.update(state, orjson.loads(value))

    def update(self, state: State | None, event: dict[str, Any]) -> tuple[State, bytes | None]:
        """Do as `handle` with an event that is decoded already."""
        self._meter.tick()
        n, total = (1, event["amount"]) if state is None else (state[0] + 1, state[1] + event["amount"])
        if event["id"] % ALERT_EVERY:
            return [n, total], None
        return [n, total], orjson.dumps({"id": event["id"], "key": event["key"], "n": n, "total": total})


class Event(NamedTuple):
    """One event of the source."""

    number: int
    key: bytes
    partition: int
    amount: int

    def encode(self) -> bytes:
        """Return the record's value, 228 bytes of JSON."""
        body = b'{"id":%d,"key":"%s","kind":"email_received","amount":%d,"at":%d,"source":"/bench","note":"' % (
            self.number,
            self.key,
            self.amount,
            _BEGAN + self.number,
        )
        return body + b"n" * (EVENT_BYTES - len(body) - 2) + b'"}'


def events(n: int, partitions: int) -> Iterator[Event]:
    """Yield the events of the source, the same for the same arguments."""
    keys = [b"deal-%05d" % number for number in range(KEYS)]
    places = [(key, partition_of(key, b"", partitions)) for key in keys]
    chance = Random(_SEED)
    for number in range(n):
        key, partition = places[int(chance.random() * KEYS)]
        yield Event(number, key, partition, number % 97)


class Truth:
    """What must come out of the first events: learned while the source is filled."""

    def __init__(self) -> None:
        """Begin with no event."""
        self._states: dict[bytes, tuple[int, int]] = {}
        self._alerts: dict[int, tuple[int, int]] = {}

    def learn(self, event: Event) -> None:
        """Count one event."""
        n, total = self._states.get(event.key, (0, 0))
        state = self._states[event.key] = n + 1, total + event.amount
        if event.number % ALERT_EVERY == 0:
            self._alerts[event.number] = state

    def faults(self, alerts: Iterable[bytes], handled: int, whole: bool) -> list[str]:
        """Say what is wrong with the alerts of a run that says it handled so many events (`whole`: all of them)."""
        found: dict[int, tuple[int, int]] = {}
        wrong = 0
        for value in alerts:
            alert = orjson.loads(value)
            said = alert["n"], alert["total"]
            wrong += self._alerts.get(alert["id"]) != said
            found[alert["id"]] = said
        faults = []
        if wrong:
            faults.append(f"{wrong:,} alerts with another count or sum than the source gives")
        # Events of a run cut short lie a little differently in each partition; a skipped one in ten would show.
        least = len(self._alerts) if whole else int(0.9 * handled / ALERT_EVERY)
        if len(found) < least:
            faults.append(f"{len(found):,} alerts instead of {least:,}")
        return faults
