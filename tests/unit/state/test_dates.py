"""Calendar dates as instants, and days on which people work."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.state.dates import business_days, day_end, day_start
from streams.state.opportunity import DAY, HOUR
from tests.builders import MONDAY, calendar_day, ms
from tests.strategies import law


@pytest.mark.parametrize(
    ("timezone", "hours"),
    [("", 0), ("UTC", 0), ("Europe/Berlin", -1), ("America/New_York", 5), ("Asia/Kolkata", -5.5)],
)
def test_a_day_begins_at_midnight_of_its_zone(timezone: str, hours: float) -> None:
    """Midnight in Berlin comes an hour before midnight in UTC."""
    assert ms(3) + hours * HOUR == day_start(calendar_day(3), timezone)
    assert ms(4) + hours * HOUR == day_end(calendar_day(3), timezone)


def test_a_day_of_clock_change_is_shorter_or_longer() -> None:
    """The last Sunday in March has 23 hours in Berlin, the last in October 25."""
    for day, hours in ((date(2024, 3, 31), 23), (date(2024, 10, 27), 25)):
        assert hours * HOUR == day_end(day, "Europe/Berlin") - day_start(day, "Europe/Berlin")


def test_the_calendar_ends_with_its_last_day() -> None:
    """The end of 9999-12-31 cannot be said and is its beginning."""
    assert day_start(date.max, "UTC") == day_end(date.max, "UTC")
    assert day_end(date.max - timedelta(days=1), "America/New_York") == day_start(date.max, "America/New_York")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param(0, 0, 0, id="no time at all"),
        pytest.param(0, 0.9, 0, id="less than a day"),
        pytest.param(0, 4, 4, id="Monday to Friday"),
        pytest.param(4, 6, 0, id="Friday to Sunday"),
        pytest.param(4, 7, 1, id="Friday to Monday"),
        pytest.param(0, 7, 5, id="a week"),
        pytest.param(2, 365 + 2, 261, id="a year"),
        pytest.param(5, 0, 0, id="backwards"),
    ],
)
def test_weekends_are_no_business_days(start: float, end: float, expected: int) -> None:
    """Whole days that pass, weekends left out."""
    assert expected == business_days(ms(start), ms(end))


@law(100)
@given(st.integers(-1_000, 1_000), st.integers(0, 400))
def test_business_days_are_what_a_calendar_says(start: int, span: int) -> None:
    """Counting in weeks agrees with counting day by day."""
    days = [MONDAY + timedelta(days=start + step) for step in range(1, span + 1)]
    assert sum(day.weekday() < 5 for day in days) == business_days(ms(start), ms(start) + span * DAY)
