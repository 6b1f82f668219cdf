"""Business time: the working days of a country and the hours of a day on which somebody works, in a time zone.

Weekends are those of the country; Saturday and Sunday where none is named, and then there are no holidays. Holidays are
those of the `holidays` library, whose version is pinned: it is data, so the same log gives the same alerts. Both are
worked out once for each country and year; what is asked for every event is a difference of two numbers.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from msgspec import Struct

from streams.events.envelope import millis, moment_of
from streams.state.dates import business_days, zone_of
from streams.state.opportunity import DAY, HOUR

#: When work begins and ends on a working day, in hours of local time.
OPENS, CLOSES = 9, 17
HOURS_A_DAY = CLOSES - OPENS
#: Years outside of these have weekends and no holidays: nobody has announced them.
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_SATURDAY = 5
_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Za-z0-9]{1,4}))?")


class Calendar(Struct, frozen=True, gc=False):
    """Working days of a country (ISO 3166, as `NL`; with a part of it as `DE-BY`) in a time zone (UTC where empty)."""

    country: str = ""
    timezone: str = ""

    @property
    def zone(self) -> tzinfo:
        """The time zone."""
        return zone_of(self.timezone)

    def local(self, at: int) -> datetime:
        """The local date and time of an instant in milliseconds."""
        return moment_of(at).astimezone(self.zone)

    def business_days(self, start: int, end: int) -> int:
        """Whole local days from `start` to `end` (milliseconds) that end on a working day; 0 where end <= start."""
        if not self.country and self.timezone in ("", "UTC"):
            return business_days(start, end)
        if end <= start:
            return 0
        begin, until = self.local(start), self.local(end)
        days = until.toordinal() - begin.toordinal() - (until.time() < begin.time())
        return 0 if days <= 0 else _count(self.country, begin.date(), days)

    def after_business_days(self, start: int, count: int) -> int:
        """The instant at which so many business days have passed since `start`: the inverse of `business_days`."""
        return _after_days(self, start, count)

    def business_hours(self, start: int, end: int) -> float:
        """Hours from `start` to `end` that lie between 9 and 17 o'clock, local time, of working days."""
        if end <= start:
            return 0.0
        begin, until = self.local(start), self.local(end)
        days = until.toordinal() - begin.toordinal()
        passed = self._worked_until(until) - self._worked_until(begin)
        if not days:
            return passed
        # Working days after the first one, without the last, are whole.
        between = _count(self.country, begin.date(), days) - self.is_working(until.date())
        return passed + HOURS_A_DAY * (between + self.is_working(begin.date()))

    def after_business_hours(self, start: int, hours: float) -> int:
        """The instant at which so many business hours have passed since `start`; at most a year of working days."""
        return _after_hours(self, start, hours)

    def is_working(self, day: date) -> bool:
        """Whether somebody works on a day."""
        counts = _working(self.country, day.year)
        number = day.timetuple().tm_yday
        return counts[number] > counts[number - 1]

    def day_off(self, day: date) -> str:
        """Why nobody works on a day: `a Saturday`, `a holiday (New Year's Day)`; empty on a working day."""
        if self.is_working(day):
            return ""
        name = _holidays(self.country, day.year).get(day)
        return f"a {day:%A}" if name is None else f"a holiday ({name})"

    def _worked_until(self, moment: datetime) -> float:
        """Hours worked on the day of a local time until then."""
        if not self.is_working(moment.date()):
            return 0.0
        hours = moment.hour + moment.minute / 60 + moment.second / 3600 + moment.microsecond / 3.6e9
        return min(max(hours - OPENS, 0.0), float(HOURS_A_DAY))


def is_country(code: str) -> bool:
    """Whether the holidays of a country, or of a part of it, are known."""
    matched = _COUNTRY.fullmatch(code)
    if matched is None:
        return False
    known = countries()
    country, part = matched.groups()
    return country in known and (part is None or part in known[country])


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """The countries whose holidays are known by their code, and the parts of each."""
    import holidays  # half a second, which only those need who name a country

    return {code: tuple(parts) for code, parts in holidays.list_supported_countries().items() if len(code) == 2}


@lru_cache(maxsize=1024)
def _entity(country: str, year: int) -> tuple[dict[date, str], frozenset[int]]:
    """The holidays of a year by day, and its weekend (Monday is 0)."""
    if not country or not _FIRST_YEAR <= year <= _LAST_YEAR:
        return {}, frozenset((_SATURDAY, _SATURDAY + 1))
    import holidays

    code, _, part = country.partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some calendars are known for fewer years: the others have no holidays
        # Left alone the library names holidays in the language of the machine, and alerts must not depend on it.
        kind = getattr(holidays, code)
        language = "en_US" if "en_US" in kind.supported_languages else kind.default_language
        found = holidays.country_holidays(code, subdiv=part or None, years=year, language=language)
    return {day: name for day, name in found.items() if day.year == year}, frozenset(found.weekend)


def _holidays(country: str, year: int) -> dict[date, str]:
    return _entity(country, year)[0]


@lru_cache(maxsize=4096)
def _working(country: str, year: int) -> tuple[int, ...]:
    """How many of the first 0, 1, 2 ... days of a year are working days."""
    off, weekend = _entity(country, year)
    counts = [0]
    day = date(year, 1, 1).toordinal()
    while day <= date.max.toordinal() and (each := date.fromordinal(day)).year == year:
        counts.append(counts[-1] + (each.weekday() not in weekend and each not in off))
        day += 1
    return tuple(counts)


def _count(country: str, first: date, days: int) -> int:
    """Working days among the `days` days after `first`."""
    last = date.fromordinal(min(first.toordinal() + days, date.max.toordinal()))
    begin, end = first.timetuple().tm_yday, last.timetuple().tm_yday
    if first.year == last.year:
        counts = _working(country, first.year)
        return counts[end] - counts[begin]
    between = sum(_working(country, year)[-1] for year in range(first.year + 1, last.year))
    counts = _working(country, first.year)
    return counts[-1] - counts[begin] + between + _working(country, last.year)[end]


@lru_cache(maxsize=8192)
def _after_days(calendar: Calendar, start: int, count: int) -> int:
    if count <= 0:
        return start
    begin = calendar.local(start)
    days = left = count
    while True:
        left = count - _count(calendar.country, begin.date(), days)
        if left <= 0:
            break
        days += left
    plain = begin.replace(tzinfo=None) + timedelta(days=days)
    return millis(plain.replace(tzinfo=calendar.zone))


@lru_cache(maxsize=8192)
def _after_hours(calendar: Calendar, start: int, hours: float) -> int:
    begin = calendar.local(start)
    midnight = begin.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    left = hours + calendar._worked_until(begin)
    if not calendar.is_working(begin.date()):
        left = hours
    for days in range(366):
        day = midnight + timedelta(days=days)
        if not calendar.is_working(day.date()):
            continue
        if left <= HOURS_A_DAY:
            opens = millis((day + timedelta(hours=OPENS)).replace(tzinfo=calendar.zone))
            return max(opens + round(left * HOUR), start)
        left -= HOURS_A_DAY
    return start + 366 * DAY
