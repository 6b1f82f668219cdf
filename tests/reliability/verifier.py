"""Compares what is on the topics with the truth. A pure function: it knows nothing of the engine and asks nobody.

Alerts, plays, dead letters and lessons may come again after a crash: they are told apart by their identity (alert id
and sequence; the id of what happened to a play; partition and offset of the refused record; deal and step of a
question, any other lesson's own bytes), must come again byte for byte, and are counted. After clean
handovers only, nothing may come again at all.

What goes wrong once goes on: a lesson that is missing makes other models, and those other scores, states and alerts. So
differences come in the order of the deals' time, and the first one is where to look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any, TypeVar

from msgspec.structs import replace

from models.snapshot import SnapshotRefused, decode_models, encode_models
from streams.alerts.alert import decode_alert
from streams.labels.lesson import Answered, Asked, EpochReached, decode_lesson
from streams.plays.event import decode_play_event
from streams.runtime.shelf import KEY_PREFIX
from streams.state.codec import PARTITION_KEY, decode_deal, decode_partition
from streams.state.opportunity import DAY
from tests.reliability.truth import AlertKey, Origin, StateKey, Truth

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: where its record lay, why it was refused, and the record itself."""

    origin: Origin
    reason: str
    key: bytes | None
    value: bytes | None


@dataclass(slots=True)
class Found:
    """What was read: the latest states, and every alert, dead letter and lesson in the order of its partition."""

    states: Mapping[StateKey, bytes] = field(default_factory=dict)
    alerts: Sequence[bytes] = ()
    open_alerts: Mapping[str, bytes] = field(default_factory=dict)
    """The latest value of each key of `deal.alerts.open`, without deleted ones."""
    plays: Sequence[bytes] = ()
    dead: Sequence[Letter] = ()
    lessons: Sequence[bytes] = ()
    models: Mapping[str, bytes] = field(default_factory=dict)
    committed: Mapping[int, int] = field(default_factory=dict)
    """The next offset of each partition that the group has committed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be."""

    kind: str
    what: str
    at: float = inf
    """The instant it belongs to, in the deals' time (milliseconds since 1970, UTC); where there is none, the last."""

    @property
    def line(self) -> str:
        """It in one line, with the instant it belongs to."""
        at = f"{datetime.fromtimestamp(self.at / 1000, UTC):%Y-%m-%d %H:%M:%S}  " if self.at < inf else ""
        return f"{at}{self.kind}: {self.what}"


@dataclass(slots=True)
class Verdict:
    """Everything that differs, and how often things came again."""

    differences: list[Difference] = field(default_factory=list)
    repeats: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)


def compare(truth: Truth, found: Found, *, repeats_allowed: bool = True) -> Verdict:
    """Return the verdict on a run that has come to rest."""
    verdict = Verdict()
    actual: dict[str, Mapping[Hashable, object]] = {
        "state": _plain(found.states),
        "models": _placeless(found.models),
        "open alert": _plain(found.open_alerts),
        "alert": _once("alert", ((_alert_key(value), value) for value in found.alerts), verdict),
        "play": _once("play", ((decode_play_event(value).id, value) for value in found.plays), verdict),
        "dead letter": _once(
            "dead letter", ((each.origin, (each.reason, each.key, each.value)) for each in found.dead), verdict
        ),
        "lesson": _once("lesson", ((_lesson_key(value), value) for value in found.lessons), verdict),
    }
    expected: dict[str, Mapping[Hashable, object]] = {
        "state": _plain(truth.states),
        "alert": _plain(truth.alerts),
        "open alert": _plain(truth.open_alerts),
        "play": _plain(truth.plays),
        "dead letter": _plain(truth.dead),
        "lesson": {_lesson_key(each): each for each in truth.lessons},
        "models": _placeless(truth.models),
    }
    for kind, wanted in expected.items():
        verdict.compared[kind] = len(wanted)
        verdict.differences += _unlike(kind, wanted, actual[kind])
    verdict.differences += _disorder(found.alerts)
    verdict.differences += _overdue(found.states)
    verdict.differences += _uncovered(found)
    if not repeats_allowed:
        verdict.differences += [
            Difference(f"{kind} repeated", f"{count} came again although nothing crashed")
            for kind, count in verdict.repeats.items()
        ]
    verdict.differences.sort(key=lambda difference: difference.at)
    return verdict


def state_offsets(states: Mapping[StateKey, bytes]) -> dict[int, int]:
    """Return, per partition, the last offset that its own state has seen."""
    own = PARTITION_KEY.decode()
    return {number: decode_partition(value).offset for (number, key), value in states.items() if key == own}


def _placeless(models: Mapping[str, bytes]) -> dict[Hashable, object]:
    """Models without their place on `deal.examples`: lessons may come again, and the truth reads no topic."""
    bare: dict[Hashable, object] = {}
    for key, value in models.items():
        try:
            bare[key] = encode_models(replace(decode_models(value), offset=None))
        except SnapshotRefused:
            bare[key] = value
    return bare


def _plain(mapping: Mapping[Any, object]) -> dict[Hashable, object]:
    return dict(mapping)


def _alert_key(value: bytes) -> AlertKey:
    alert = decode_alert(value)
    return alert.id, alert.sequence


def _once(kind: str, messages: Iterable[tuple[K, V]], verdict: Verdict) -> dict[Hashable, object]:
    """Take repeats of a message once; one that is not the same message again is a difference."""
    first: dict[Hashable, object] = {}
    for key, message in messages:
        if key not in first:
            first[key] = message
            continue
        verdict.repeats[kind] += 1
        if first[key] != message:
            verdict.differences.append(Difference(f"{kind} repeated otherwise", f"{key!r:.200}"))
    return first


def _lesson_key(value: bytes) -> Hashable:
    lesson = decode_lesson(value)
    return (lesson.opportunity, lesson.step) if isinstance(lesson, Asked) else value


def _unlike(kind: str, wanted: Mapping[Hashable, object], actual: Mapping[Hashable, object]) -> list[Difference]:
    when = _INSTANTS.get(kind, lambda _key, _value: inf)
    missing = [
        Difference(f"{kind} missing", f"{key!r:.200}", when(key, wanted[key])) for key in wanted.keys() - actual.keys()
    ]
    extra = [
        Difference(f"{kind} too many", f"{key!r:.200}", when(key, actual[key])) for key in actual.keys() - wanted.keys()
    ]
    changed = [
        Difference(
            f"{kind} differs", f"{key!r:.200}: {_first_unlike(wanted[key], actual[key])}", when(key, wanted[key])
        )
        for key in wanted.keys() & actual.keys()
        if wanted[key] != actual[key]
    ]
    return [*missing, *extra, *changed]


def _of_alert(_key: Any, value: Any) -> float:
    return decode_alert(value).at


def _of_lesson(_key: Any, value: Any) -> float:
    lesson = decode_lesson(value)
    if isinstance(lesson, EpochReached):
        return lesson.epoch * DAY
    return lesson.due if isinstance(lesson, Answered) else lesson.at


def _of_models(key: Any, _value: Any) -> float:
    return int(key.removeprefix(KEY_PREFIX.decode())) * DAY


_INSTANTS: dict[str, Callable[[Any, Any], float]] = {
    "alert": _of_alert,
    "open alert": _of_alert,
    "play": lambda _key, value: decode_play_event(value).at,
    "lesson": _of_lesson,
    "models": _of_models,
}


def _first_unlike(wanted: object, actual: object) -> str:
    one, other = (each if isinstance(each, bytes) else repr(each).encode() for each in (wanted, actual))
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(0, at - 40)
    return f"wanted …{one[begin : at + 60]!r}, found …{other[begin : at + 60]!r}"


def _disorder(alerts: Sequence[bytes]) -> list[Difference]:
    """The transitions of an alert must first come in the order of their sequence, without a gap."""
    last: Counter[str] = Counter()
    wrong = []
    for value in alerts:
        name, sequence = _alert_key(value)
        if sequence > last[name] + 1:
            wrong.append(Difference("alert out of order", f"{name} {sequence} after {last[name]}"))
        last[name] = max(last[name], sequence)
    return wrong


def _overdue(states: Mapping[StateKey, bytes]) -> list[Difference]:
    """No deal may have a deadline that its partition's clock has passed."""
    own = PARTITION_KEY.decode()
    clocks = {number: decode_partition(value).clock for (number, key), value in states.items() if key == own}
    late = []
    for (number, key), value in states.items():
        if key != own:
            due, clock = decode_deal(value).watch.due, clocks.get(number)
            if due is not None and clock is not None and due <= clock:
                late.append(Difference("deadline not fired", f"{key}: due {due}, the partition is at {clock}"))
    return late


def _uncovered(found: Found) -> list[Difference]:
    offsets = state_offsets(found.states)
    return [
        Difference("committed too far", f"partition {number}: committed {offset}, states to {offsets.get(number, -1)}")
        for number, offset in found.committed.items()
        if offset > offsets.get(number, -1) + 1
    ]
