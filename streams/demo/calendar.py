"""Working time: where a region's day begins and ends, which days it rests, and how busy the season is.

A *local minute* counts minutes of the wall clock in one region since day 0 of the proleptic calendar; a *day* is the
ordinal of a date. Stories are told in local minutes and turned into milliseconds UTC at the end. Zones are computed
from their rules, because reading the time zone database would be I/O and would tie the bytes to its version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

MINUTES_A_DAY = 1_440
MINUTE_MS = 60_000
DAY_MS = 86_400_000
#: Working hours, in minutes of the local day: 08:30 to 17:45.
OPENS, CLOSES = 510, 1_065
#: Ordinal of 1970-01-01.
EPOCH_DAY = date(1970, 1, 1).toordinal()

_MONDAY, _THURSDAY = 0, 3


@dataclass(frozen=True, slots=True)
class Region:
    """A market: its IANA zone, its currency, its offset from UTC in winter, and whose summer time it keeps."""

    code: str
    timezone: str
    currency: str
    winter_offset_minutes: int
    summer_time: Literal["eu", "us"]


REGIONS = {
    "de": Region("de", "Europe/Berlin", "EUR", 60, "eu"),
    "fr": Region("fr", "Europe/Paris", "EUR", 60, "eu"),
    "uk": Region("uk", "Europe/London", "GBP", 0, "eu"),
    "us": Region("us", "America/New_York", "USD", -300, "us"),
}


def weekday(day: int) -> int:
    """Return 0 for Monday to 6 for Sunday."""
    return (day + 6) % 7


@lru_cache(maxsize=65_536)
def is_working(code: str, day: int) -> bool:
    """Say whether the region works on that day: no weekend and no public holiday."""
    return weekday(day) < 5 and day not in holidays(code, date.fromordinal(day).year)


@lru_cache(maxsize=1_024)
def holidays(code: str, year: int) -> frozenset[int]:
    """Return the region's public holidays of a year, as days."""
    easter = _easter(year)
    fixed: tuple[tuple[int, int], ...]
    if code == "de":
        fixed = ((1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31))
        moving = [easter - 2, easter + 1, easter + 39, easter + 50]
    elif code == "fr":
        fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
        moving = [easter + 1, easter + 39, easter + 50]
    elif code == "uk":
        fixed = ((1, 1), (12, 25), (12, 26))
        moving = [easter - 2, easter + 1, _nth(year, 5, _MONDAY, 1), _last(year, 5, _MONDAY), _last(year, 8, _MONDAY)]
    else:
        fixed = ((1, 1), (6, 19), (7, 4), (12, 24), (12, 25))
        thanksgiving = _nth(year, 11, _THURSDAY, 4)
        moving = [_nth(year, 1, _MONDAY, 3), _last(year, 5, _MONDAY), _nth(year, 9, _MONDAY, 1)]
        moving += [thanksgiving, thanksgiving + 1]
    return frozenset([*moving, *(date(year, month, day).toordinal() for month, day in fixed)])


@lru_cache(maxsize=65_536)
def offset_minutes(code: str, day: int) -> int:
    """Return the region's offset from UTC during the working hours of a day."""
    region = REGIONS[code]
    begins, ends = _summer(region.summer_time, date.fromordinal(day).year)
    return region.winter_offset_minutes + (60 if begins <= day < ends else 0)


def at_of(code: str, minute: int) -> int:
    """Return the milliseconds since 1970-01-01 UTC at which a local minute begins."""
    day = minute // MINUTES_A_DAY
    return (minute - EPOCH_DAY * MINUTES_A_DAY - offset_minutes(code, day)) * MINUTE_MS


def minute_of(code: str, at: int) -> int:
    """Return the local minute of an instant; inverse of `at_of` during working hours."""
    day = EPOCH_DAY + at // DAY_MS
    return EPOCH_DAY * MINUTES_A_DAY + at // MINUTE_MS + offset_minutes(code, day)


def next_working(code: str, day: int) -> int:
    """Return the day itself where it is a working day, else the next one."""
    while not is_working(code, day):
        day += 1
    return day


def plus_working(code: str, day: int, count: int) -> int:
    """Return the working day that comes `count` working days after the day."""
    for _ in range(count):
        day = next_working(code, day + 1)
    return day


def after(code: str, minute: int, working_minutes: int) -> int:
    """Return the local minute that many working minutes later."""
    day, clock = divmod(minute, MINUTES_A_DAY)
    if clock >= CLOSES:
        day, clock = day + 1, OPENS
    open_day = next_working(code, day)
    clock = OPENS if open_day > day or clock < OPENS else clock
    clock += working_minutes
    while clock > CLOSES:
        clock -= CLOSES - OPENS
        open_day = next_working(code, open_day + 1)
    return open_day * MINUTES_A_DAY + clock


@lru_cache(maxsize=65_536)
def drag(code: str, day: int) -> float:
    """Return by how much everything takes longer on that day: 1 is usual, above 1 is a lull, below 1 a rush."""
    when = date.fromordinal(day)
    if (when.month, when.day) >= (12, 18) or (when.month, when.day) <= (1, 5):
        return 2.2
    if when.month == 8 or (when.month == 7 and when.day >= 20):
        return 1.25 if code == "us" else 1.7
    if days_to_quarter_end(day) <= 14:
        return 0.75
    return 1.0


def quarter_end(day: int) -> int:
    """Return the last day of the calendar quarter."""
    when = date.fromordinal(day)
    return _month_end(when.year, (when.month - 1) // 3 * 3 + 3)


def days_to_quarter_end(day: int) -> int:
    """Return the days left in the calendar quarter."""
    return quarter_end(day) - day


def month_end(day: int) -> int:
    """Return the last day of the month."""
    when = date.fromordinal(day)
    return _month_end(when.year, when.month)


def _month_end(year: int, month: int) -> int:
    return (date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)).toordinal() - 1


def _nth(year: int, month: int, day_of_week: int, count: int) -> int:
    first = date(year, month, 1).toordinal()
    return first + (day_of_week - weekday(first)) % 7 + 7 * (count - 1)


def _last(year: int, month: int, day_of_week: int) -> int:
    last = _month_end(year, month)
    return last - (weekday(last) - day_of_week) % 7


def _summer(rule: Literal["eu", "us"], year: int) -> tuple[int, int]:
    sunday = 6
    if rule == "eu":
        return _last(year, 3, sunday), _last(year, 10, sunday)
    return _nth(year, 3, sunday, 2), _nth(year, 11, sunday, 1)


def _easter(year: int) -> int:
    """Easter Sunday by the anonymous Gregorian algorithm (Nature, 20 April 1876)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    dominical = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * dominical) // 451
    month, day = divmod(epact + dominical - 7 * late + 114, 31)
    return date(year, month, day + 1).toordinal()
