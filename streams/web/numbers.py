"""Numbers as people read them: grouped amounts, whole percent, spans and days. Plain text, not yet escaped."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from streams.alerts import words
from streams.events.envelope import moment_of
from streams.state.opportunity import DAY, HOUR

#: A space that does not break the line and is narrow, as typographers set it before a percent sign.
_THIN = "\u202f"
_HARD = "\u00a0"
_MINUTE = 60_000
_MINUS = "\u2212"
_FEW_DAYS = 2
#: The last instant of the calendar (9999-12-31): what lies beyond it cannot be said as a date.
_LAST_MS = 253_402_300_799_000


def amount(value: str | None, currency: str) -> str:
    """`EUR 184,000`; the currency may be unknown."""
    if value is None:
        return "no amount"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    text = f"{number:,f}" if number % 1 else f"{number.to_integral_value():,f}"
    return f"{currency}{_HARD}{text}" if currency else text


def percent(probability: float) -> str:
    """Whole percent, never 0 or 100, which would claim certainty."""
    return words.percent(probability).replace(" ", _THIN)


def change(share: float) -> str:
    """A share with its sign, which may be beyond 100 %: `+31 %`."""
    return f"{_signed(f'{share * 100:+.0f}')}{_THIN}%"


def points(hundredths: int) -> str:
    """Log-odds given in hundredths, with sign: `+0.92`."""
    return _signed(f"{hundredths / 100:+.2f}")


def span(milliseconds: int) -> str:
    """A span in its largest sensible unit: `12 min`, `5 h`, `3 days`; a negative one counts as none."""
    if milliseconds < HOUR:
        return f"{max(milliseconds // _MINUTE, 1)}{_HARD}min"
    if milliseconds < _FEW_DAYS * DAY:
        return f"{milliseconds // HOUR}{_HARD}h"
    return f"{milliseconds // DAY}{_HARD}days"


def moment(at: int) -> str:
    """An instant with its zone: `Fri 22 May 2026, 14:40 UTC`."""
    then = _then(at)
    return f"{then:%a} {then.day} {then:%b %Y, %H:%M} UTC"


def date(at: int) -> str:
    """A calendar day (UTC): `22 May 2026`."""
    then = _then(at)
    return f"{then.day} {then:%b %Y}"


def short_date(at: int) -> str:
    """A calendar day without its year: `22 May`."""
    then = _then(at)
    return f"{then.day} {then:%b}"


def clock_time(at: int) -> str:
    """The time of day (UTC): `14:40`."""
    return f"{_then(at):%H:%M}"


def iso(at: int) -> str:
    """An instant for machines."""
    return _then(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def count(number: int) -> str:
    """A whole number, grouped."""
    return f"{number:,}"


def _then(at: int) -> datetime:
    return moment_of(min(max(at, 0), _LAST_MS))


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)
