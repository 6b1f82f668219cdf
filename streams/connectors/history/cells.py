"""Text of a cell -> value: amount, whole number, yes or no, day, instant. Pure; what cannot be read is `Unreadable`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from streams.events.envelope import EPOCH

#: Formats of an instant beside those of `strptime`, which hold a percent sign.
ISO, EPOCH_SECONDS, EPOCH_MILLIS = "iso", "epoch_s", "epoch_ms"
NAMED_FORMATS = (ISO, EPOCH_SECONDS, EPOCH_MILLIS)

_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0"})
#: What stands around an amount and says nothing that the currency does not say.
_AROUND_AMOUNT = " \u00a0\u202f$€£¥"
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_SMALLEST = Decimal("0.000001")
#: Digits before the point that an amount, and a number of (milli)seconds since 1970, may have.
_AMOUNT_DIGITS = 15
_UTC_SUFFIX = " UTC"


class Unreadable(ValueError):
    """The text is no value of the kind that is asked for; the message says why, without quoting the text."""


def amount(text: str, decimal: str, thousands: str) -> str:
    """Return a sum of money as the contract's decimal string; digits beyond the sixth after the point are rounded."""
    plain = text.strip(_AROUND_AMOUNT)
    if thousands:
        plain = plain.replace(thousands, "")
    if decimal != ".":
        if "." in plain:
            raise Unreadable("is no amount with this decimal sign")
        plain = plain.replace(decimal, ".")
    if _PLAIN_AMOUNT.fullmatch(plain):
        return plain
    value = _number(plain, "amount")
    if value < 0:
        raise Unreadable("is a negative amount")
    rounded = value.copy_abs().quantize(_SMALLEST)
    return format(rounded, "f").rstrip("0").rstrip(".")


def whole(text: str, times: int = 1) -> int:
    """Return a whole number, which may be written with a fraction of zero (`3.0`), multiplied by `times`.

    A change of unit may leave a fraction, which is rounded: 0.33 minutes are 20 seconds.
    """
    value = _number(text, "whole number")
    if times == 1 and value != value.to_integral_value():
        raise Unreadable("is no whole number")
    return int((value * times).to_integral_value())


def _number(text: str, what: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unreadable(f"is no {what}") from None
    # Refused before any arithmetic: `1e999999999` would be written out as a billion digits.
    if not value.is_finite() or abs(value.adjusted()) >= _AMOUNT_DIGITS or len(text) > 2 * _AMOUNT_DIGITS + 2:
        raise Unreadable(f"is no {what} of at most {_AMOUNT_DIGITS} digits")
    return value


def flag(text: str) -> bool:
    """Return whether the text says yes: true, yes, y, 1; or false, no, n, 0; in any case of letters."""
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("is neither true nor false")


def day(text: str, formats: tuple[str, ...]) -> date:
    """Return a calendar date as it is written: a time of day and an offset beside it are ignored, never converted."""
    return _written(text, formats).date()


def instant(text: str, formats: tuple[str, ...], zone: ZoneInfo | None) -> datetime:
    """Return an aware moment with the UTC offset it is written with, or that of `zone` where it has none.

    Of an hour that the clock repeats, the first is meant.
    """
    moment = _written(text, formats)
    if moment.tzinfo is None:
        if zone is None:
            raise Unreadable("has no UTC offset (name the time zone in time.timezone)")
        moment = moment.replace(tzinfo=zone)
    offset = moment.utcoffset() or timedelta()
    if offset.total_seconds() % 60:  # RFC 3339 has whole minutes only
        return moment.astimezone(UTC)
    return moment.replace(tzinfo=_fixed(offset))


@lru_cache(maxsize=256)
def _fixed(offset: timedelta) -> timezone:
    return timezone(offset)


def _written(text: str, formats: tuple[str, ...]) -> datetime:
    for each in formats:
        try:
            if each == ISO:
                return _iso(text)
            if each in NAMED_FORMATS:
                return _epoch(text, each)
            return datetime.strptime(text, each)
        except (ValueError, OverflowError):
            continue
    raise Unreadable(f"is not written as {' or '.join(formats)}")


def _iso(text: str) -> datetime:
    if text.endswith(_UTC_SUFFIX):  # as query tools print it
        text = text[: -len(_UTC_SUFFIX)] + "+00:00"
    return datetime.fromisoformat(text)


def _epoch(text: str, unit: str) -> datetime:
    value = _number(text, "number") * (1_000_000 if unit == EPOCH_SECONDS else 1_000)
    return EPOCH + timedelta(microseconds=int(value))
