"""Door of room 1: bytes of a record -> Event | Rejection. Never raises, whatever the bytes."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from streams.events.activity import (
    MeetingCancelled,
    MeetingHeld,
    MeetingNoShow,
    MeetingRescheduled,
    MeetingScheduled,
)
from streams.events.contract import AnyEvent
from streams.events.control import ConnectorGap, ForecastAdjusted, is_control
from streams.events.deal import CloseDateChanged, Created, NextStepChanged
from streams.events.envelope import Event
from streams.events.judgement import HoldSet
from streams.events.rejection import Reason, Rejection

#: Larger values are refused before they are parsed: an event has a few hundred bytes.
MAX_EVENT_BYTES = 256 * 1024
#: An event may be at most this far ahead of the time at which its record was appended (clock skew), in milliseconds.
MAX_AHEAD_MS = 24 * 3_600_000
#: No sales event is older than this: 1990-01-01T00:00:00Z.
EARLIEST_MS = 631_152_000_000

_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
#: What a field must be, where msgspec would only quote a regular expression.
_FORMS = {
    "amount": 'a non-negative decimal in quotes, such as "1250.00"',
    "currency": "an ISO 4217 code such as EUR",
    "period": "a fiscal period such as FY2027, FY2027-Q1 or FY2027-M01",
}
_FIELD = re.compile(r" - at `\$[^`]*?\.(\w+)`$")
_WRONG_TYPE = re.compile(r"Expected `[^`]*`(, got `| - at `)")
#: Dates and instants inside of the data; farther ones are nobody's plan and break calendars.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
_DATED: dict[type[Event], tuple[str, ...]] = {
    Created: ("close_date", "close_at"),
    CloseDateChanged: ("close_date", "close_at"),
    NextStepChanged: ("due",),
    MeetingScheduled: ("starts",),
    MeetingRescheduled: ("starts",),
    MeetingHeld: ("starts",),
    MeetingCancelled: ("starts",),
    MeetingNoShow: ("starts",),
    HoldSet: ("resume_date",),
    ConnectorGap: ("since", "until"),
}


def decode(value: bytes | None, key: bytes | None, appended_at: int) -> AnyEvent | Rejection:
    """Turn a record of `deal.activity` into a validated event, or say why it is none.

    `appended_at` is the record's Kafka timestamp in milliseconds; a key, where there is one, must name the event's
    opportunity, because the key decided the partition.
    """
    event = _read(value)
    return event if isinstance(event, Rejection) else _checked(event, key, appended_at)


@lru_cache(maxsize=16)  # a control event is appended to every partition: the same bytes again and again
def _read(value: bytes | None) -> AnyEvent | Rejection:
    if value is None:
        return Rejection(Reason.NULL_VALUE, "the record has no value")
    if len(value) > MAX_EVENT_BYTES:
        return Rejection(Reason.TOO_LARGE, f"{len(value)} bytes; at most {MAX_EVENT_BYTES}")
    if not value.isascii():
        try:
            value.decode()
        except UnicodeDecodeError as error:
            return Rejection(Reason.NOT_UTF8, f"byte {error.start}")
    try:
        return _decoder.decode(value)
    except msgspec.ValidationError as error:
        return _refused(str(error))
    except (msgspec.DecodeError, RecursionError) as error:
        return Rejection(Reason.NOT_JSON, _place(str(error)))


def _checked(event: AnyEvent, key: bytes | None, appended_at: int) -> AnyEvent | Rejection:
    at = event.at
    if at < EARLIEST_MS:
        return Rejection(Reason.ABSURD_TIME, "time is before 1990")
    if at > appended_at + MAX_AHEAD_MS:
        return Rejection(Reason.ABSURD_TIME, "time is more than a day after the record was appended")
    for name in _DATED.get(type(event), ()):
        moment = getattr(event.data, name)
        if moment is not None and not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            return Rejection(Reason.ABSURD_TIME, f"{name} is not between {EARLIEST_YEAR} and {LATEST_YEAR}")
    if type(event) is Created and event.data.timezone and not is_zone(event.data.timezone):
        return Rejection(Reason.INVALID_VALUE, "timezone is no time zone, as Europe/Amsterdam is")
    if isinstance(event, ForecastAdjusted) and (event.data.level == "company") != (event.data.unit == ""):
        return Rejection(
            Reason.INVALID_VALUE, "unit must be the name of the rep, team or region, and of a company empty"
        )
    if is_control(event):
        return event
    if not event.subject:
        return Rejection(Reason.MISSING_OPPORTUNITY, "subject, the opportunity id, is empty")
    if event.subject.startswith("~"):
        return Rejection(Reason.INVALID_VALUE, "subject must not start with '~'")
    if key is not None and key != event.subject.encode():
        return Rejection(Reason.KEY_MISMATCH, "the record's key is not the event's subject")
    return event


def _refused(message: str) -> Rejection:
    if message.startswith("Invalid value ") and message.endswith(" - at `$.type`"):
        known = Reason.UNKNOWN_TYPE if message.startswith("Invalid value '") else Reason.WRONG_TYPE
        return Rejection(known, "type is not of this contract")
    if message.startswith("Object missing required field"):
        return Rejection(Reason.MISSING_FIELD, _place(message))
    field = _FIELD.search(message)
    form = _FORMS.get(field[1]) if field else None
    told = _place(message) if field is None or form is None else f"Expected {form}{field[0]}"
    return Rejection(Reason.WRONG_TYPE if _WRONG_TYPE.match(message) else Reason.INVALID_VALUE, told)


def _place(message: str) -> str:
    """Keep msgspec's sentence, which names the field and the rule, without any quoted payload."""
    start = message.find("'")
    if start >= 0:
        end = message.rfind(" - at `")
        message = f"{message[:start]}'…'{message[end:] if end > start else ''}"
    return message[:200]


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
