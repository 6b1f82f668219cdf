"""The planned close as a calendar day, and the quarter it is in."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

_MONTHS_A_QUARTER = 3


@lru_cache(maxsize=4096)
def planned_day(close_date: str) -> date | None:
    """The day of a planned close as the seller says it; none where there is no date, or none that can be read."""
    try:
        return date.fromisoformat(close_date[:10])
    except ValueError:
        return None


def quarter_of(day: date, first_month: int) -> int:
    """The number of the quarter that a day is in; the year's first one begins with `first_month`."""
    return (day.year * 12 + day.month - first_month) // _MONTHS_A_QUARTER


def quarter_begins(quarter: int, first_month: int) -> date:
    """The first day of a quarter."""
    months = quarter * _MONTHS_A_QUARTER + first_month - 1
    return date(months // 12, months % 12 + 1, 1)
