"""Broken copies of an event, one way of breaking each, with the dead letter that each should become.

No broken copy holds a line feed, so that each stays one line of an event file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from streams.events.contract import encode
from streams.events.envelope import Event
from streams.events.rejection import Reason

_Fields = dict[str, Any]


def _truncated(value: bytes) -> bytes:
    return value[: len(value) * 2 // 3]


def _array(value: bytes) -> bytes:
    return b"[" + value + b"]"


def _null(_: bytes) -> bytes:
    return b"null"


def _bad_utf8(value: bytes) -> bytes:
    return value.replace(b'"subject":"', b'"subject":"\xff\xfe', 1)


def _not_a_number(value: bytes) -> bytes:
    return _amount(value, "NaN")


def _bare_nan(value: bytes) -> bytes:
    return _amount(value, "NaN").replace(b'"NaN"', b"NaN", 1)


def _negative(value: bytes) -> bytes:
    return _amount(value, "-1200.00")


def _amount(value: bytes, amount: str) -> bytes:
    return _changed(value, type="deal.amount_changed.v1", data={"amount": amount, "currency": "EUR"})


def _changed(value: bytes, **fields: object) -> bytes:
    event: _Fields = msgspec.json.decode(value)
    return msgspec.json.encode({**event, **fields})


def _without(value: bytes, name: str) -> bytes:
    event: _Fields = msgspec.json.decode(value)
    event.pop(name, None)
    return msgspec.json.encode(event)


#: Name of the break -> (how it is done, the reason of the dead letter).
BREAKS: dict[str, tuple[Callable[[bytes], bytes], Reason]] = {
    "truncated": (_truncated, Reason.NOT_JSON),
    "bare_nan": (_bare_nan, Reason.NOT_JSON),
    "array": (_array, Reason.WRONG_TYPE),
    "null": (_null, Reason.WRONG_TYPE),
    "number_for_time": (lambda value: _changed(value, time=1_700_000_000), Reason.WRONG_TYPE),
    "unknown_type": (lambda value: _changed(value, type="deal.teleported.v1"), Reason.UNKNOWN_TYPE),
    "missing_id": (lambda value: _without(value, "id"), Reason.MISSING_FIELD),
    "missing_subject": (lambda value: _without(value, "subject"), Reason.MISSING_OPPORTUNITY),
    "ancient": (lambda value: _changed(value, time="1871-01-18T12:00:00Z"), Reason.ABSURD_TIME),
    "far_future": (lambda value: _changed(value, time="2999-12-31T23:59:59Z"), Reason.ABSURD_TIME),
    "nan_amount": (_not_a_number, Reason.INVALID_VALUE),
    "negative_amount": (_negative, Reason.INVALID_VALUE),
    "invalid_utf8": (_bad_utf8, Reason.NOT_UTF8),
}
#: The break that still decodes: another content under a known id.
CONFLICT = "other_content"
_KINDS = (*BREAKS, CONFLICT)


def spoil(rng: Random, event: Event, value: bytes) -> tuple[bytes, str, Reason]:
    """Return a broken copy of the event, the name of the break, and the dead letter it should become."""
    kind = _KINDS[int(rng.random() * len(_KINDS))]
    if kind == CONFLICT:
        other = replace(event, time=event.time - timedelta(seconds=17), actor="import")
        return encode(other), kind, Reason.CONFLICTING_DUPLICATE
    breaking, reason = BREAKS[kind]
    return breaking(value), kind, reason
