"""Samples of every version of every topic, `tests/samples/<topic>/v<version>/<kind>.json`, and what they are read as.

A sample is the value of a record, byte for byte. Beside it `<kind>.expected.json` has everything that it was read as
when it was recorded, defaults included. What is read today must have all of that still, and may have more: so a field
may be added, and one that was renamed, retyped or given another default is noticed. Where today's reader refuses a
version on purpose, the expected file says `{"refused": "<the beginning of the reason>"}` instead.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from models.snapshot import SnapshotRefused, decode_models
from streams.alerts.alert import decode_alert
from streams.config.settings import load
from streams.config.topics import plan
from streams.contracts.contract import Contract
from streams.contracts.registry import PUBLIC
from streams.contracts.schema import fields_of
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.labels.lesson import decode_lesson
from streams.notify.delivery import decode_delivery
from streams.plays.event import decode_play_event
from streams.revenue.answers import TOPICS, decode_answer
from streams.state.codec import decode_deal, decode_partition

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = ".expected.json"
#: Records were appended long after all samples.
_APPENDED_AT = 4_102_444_800_000
PLAN = plan(load(prefix="", partitions=4))


class Sample(NamedTuple):
    """One recorded value, and what it was read as."""

    path: Path
    value: bytes
    expected: Any


def _event(value: bytes) -> Any:
    event = decode(value, None, _APPENDED_AT)
    if isinstance(event, Rejection):
        raise msgspec.ValidationError(f"{event.reason}: {event.detail}")
    return event


def _state(value: bytes) -> Any:
    return decode_partition(value) if b'"partition":' in value[:40] else decode_deal(value)


#: How each topic is read today.
READERS: dict[str, Callable[[bytes], Any]] = {
    "activity": _event,
    "actions": _event,
    "state": _state,
    "alerts": decode_alert,
    "open_alerts": decode_alert,
    "plays": decode_play_event,
    "examples": decode_lesson,
    "models": decode_models,
    "notifications": decode_delivery,
    **dict.fromkeys(TOPICS, decode_answer),
}
#: Topics that have samples: all whose values are ours to describe.
SAMPLED: tuple[Contract, ...] = tuple(each for each in PUBLIC if each.role in READERS)


def name_of(contract: Contract) -> str:
    """The name of a contract's topic."""
    name: str = getattr(PLAN, contract.role).name
    return name


def folder_of(contract: Contract) -> Path:
    """The samples of the current version of a topic."""
    return SAMPLES / name_of(contract) / f"v{contract.version}"


def samples_in(folder: Path) -> Iterator[Sample]:
    """Yield the samples of one version."""
    for path in sorted(folder.glob("*.json")):
        if not path.name.endswith(EXPECTED):
            expected = path.with_name(path.stem + EXPECTED)
            told = json.loads(expected.read_text(encoding="utf-8"))
            yield Sample(path, path.read_bytes(), told)


def read(contract: Contract, value: bytes) -> Any:
    """What a value is read as today, every field said; `{"refused": ...}` where it is refused."""
    try:
        return plain(READERS[contract.role](value))
    except (msgspec.DecodeError, SnapshotRefused) as error:
        return {"refused": str(error)}


def plain(value: Any) -> Any:
    """Return a value as JSON knows it, with every field, also those at their defaults."""
    if isinstance(value, Struct) or (isinstance(value, tuple) and hasattr(value, "_fields")):
        made = {name: plain(getattr(value, name)) for name in fields_of(type(value))}
        tag = value.__struct_config__.tag if isinstance(value, Struct) else None
        return {"type": tag, **made} if tag else made
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime | date) else value


def lost(expected: Any, now: Any, place: str = "$") -> Iterator[str]:
    """Yield what was read from a sample once and is not read from it now."""
    if isinstance(expected, dict) and set(expected) == {"refused"} and isinstance(now, dict):
        if not str(now.get("refused", "")).startswith(expected["refused"]):
            yield f"{place}: it was refused ({expected['refused']}), and is not now"
    elif isinstance(expected, dict) and isinstance(now, dict):
        for name, each in expected.items():
            if name not in now:
                yield f"{place}.{name} is lost: it was {each!r}" + (f" ({now['refused']})" if "refused" in now else "")
            else:
                yield from lost(each, now[name], f"{place}.{name}")
    elif isinstance(expected, list) and isinstance(now, list) and len(expected) == len(now):
        for number, (one, other) in enumerate(zip(expected, now, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif expected != now or isinstance(expected, bool) != isinstance(now, bool):
        yield f"{place} was {expected!r}, and is {now!r} now"


def said(value: Any) -> Iterator[str]:
    """Yield `Type.field` for each field that a value says, that is, which is on the wire when it is written."""
    if isinstance(value, Struct):
        for field in msgspec.structs.fields(value):
            held = getattr(value, field.name)
            default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            if held != default or not value.__struct_config__.omit_defaults:
                yield f"{type(value).__name__}.{field.name}"
            yield from said(held)
    elif isinstance(value, tuple | list):
        if hasattr(value, "_fields"):
            yield from (f"{type(value).__name__}.{name}" for name in value._fields)
        for each in value:
            yield from said(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from said(each)
