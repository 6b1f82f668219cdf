"""Calendar dates as instants: a close date is over when its day has ended in the opportunity's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.events.envelope import millis
from streams.state.opportunity import DAY

_MONDAY_OFFSET = 3  # 1970-01-01 was a Thursday
_SATURDAY = 5
#: Working days among the `rest` days that follow a weekday: `_WORKING[weekday][rest]`.
_WORKING = tuple(
    tuple(sum((weekday + step) % 7 < _SATURDAY for step in range(1, rest + 1)) for rest in range(7))
    for weekday in range(7)
)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo:
    """The time zone of a name; UTC where there is none, or none of that name (events with such a name are refused)."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@lru_cache(maxsize=4096)
def day_start(day: date, timezone: str) -> int:
    """The instant at which a calendar day begins in a time zone, in milliseconds since 1970."""
    return millis(datetime(day.year, day.month, day.day, tzinfo=zone_of(timezone)))


def day_end(day: date, timezone: str) -> int:
    """The instant at which a calendar day is over in a time zone; 9999-12-31 ends with the calendar."""
    if day == date.max:
        return day_start(day, timezone)
    return day_start(day + timedelta(days=1), timezone)


def business_days(start: int, end: int) -> int:
    """Whole days from `start` to `end` (milliseconds, UTC) that do not fall on a weekend; 0 where end <= start."""
    span = (end - start) // DAY
    if span <= 0:
        return 0
    full_weeks, rest = divmod(span, 7)
    return full_weeks * 5 + _WORKING[(start // DAY + _MONDAY_OFFSET) % 7][rest]
