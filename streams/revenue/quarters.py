"""The fiscal quarter of an instant, with its bounds in the company's time zone."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from streams.events.envelope import moment_of
from streams.revenue.company import Company
from streams.revenue.periods import FiscalCalendar, Period
from streams.state.dates import day_start, zone_of


class Quarter(Struct, frozen=True, order=True, gc=False):
    """A fiscal quarter from `begins` to `ends` (milliseconds)."""

    begins: int
    ends: int
    name: str


def quarter_at(company: Company, at: int) -> Quarter:
    """The quarter that an instant lies in."""
    return _quarter(company.calendar, company.timezone, moment_of(at).astimezone(zone_of(company.timezone)).date())


def quarters_back(company: Company, at: int, count: int) -> list[Quarter]:
    """The quarter that an instant lies in and those before it, `count` together, the latest first."""
    found = [quarter_at(company, at)]
    while len(found) < count:
        found.append(quarter_at(company, found[-1].begins - 1))
    return found


@lru_cache(maxsize=8192)
def _quarter(calendar: FiscalCalendar, timezone: str, day: date) -> Quarter:
    try:
        period = calendar.period(day)
    except ValueError:  # the first and the last year there are
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        period = Period(first, min(date.max - timedelta(1), first + timedelta(92)), f"{first:%Y-%m}")
    return Quarter(day_start(period.start, timezone), day_start(period.end, timezone), period.name)
