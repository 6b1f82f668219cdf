"""When somebody looks at what the record says: the weekly forecast call, and the end of each fiscal quarter."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from streams.events.envelope import millis
from streams.revenue.company import Company
from streams.revenue.practice import Practice
from streams.state.dates import zone_of

_WEEK_DAYS = 7


def calls_between(company: Company, practice: Practice, since: int, until: int) -> list[int]:
    """The instants (milliseconds) of calls and quarter ends after `since`, up to `until`, in order, each once.

    A quarter ends as the company's next one begins. Without a weekly call there are the quarter ends alone.
    """
    found = set()
    period = company.calendar.period(company.day(since))
    while (end := company.instant(period.end)) <= until:
        found.add(end)
        period = company.calendar.following(period)
    if practice.call_weekday is not None:
        zone, first = zone_of(company.timezone), company.day(since)
        day = first + timedelta(days=(practice.call_weekday - first.weekday()) % _WEEK_DAYS)
        while (call := millis(datetime.combine(day, time(practice.call_hour), zone))) <= until:
            found.add(call)
            day += timedelta(days=_WEEK_DAYS)
    return sorted(each for each in found if each > since)
