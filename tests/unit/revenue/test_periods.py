"""Fiscal time: every day is in one period of each grain, and names are read back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.periods import FiscalCalendar, Grain
from tests.strategies import law

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")
CALENDARS = st.integers(1, 12).map(FiscalCalendar)


@law(200)
@given(CALENDARS, DAYS, st.sampled_from(GRAINS), st.integers(-30, 30))
def test_a_day_is_in_one_period_which_its_name_finds_and_steps_lead_back_to(
    calendar: FiscalCalendar, day: date, grain: Grain, steps: int
) -> None:
    """For each grain, and whichever month the year begins with."""
    period = calendar.period(day, grain)
    assert day in period
    assert calendar.grain(period) == grain
    assert calendar.named(period.name) == period
    assert period.end == calendar.following(period).start
    assert period.start == calendar.following(period, -1).end
    assert calendar.following(calendar.following(period, steps), -steps) == period
    assert calendar.period(period.end - timedelta(days=1), grain) == period
    assert calendar.period(period.end, grain) == calendar.following(period)


@law(100)
@given(CALENDARS, DAYS)
def test_a_year_is_made_of_four_quarters_and_twelve_months(calendar: FiscalCalendar, day: date) -> None:
    """Without a gap, from its first month on."""
    year = calendar.period(day, "year")
    for grain, number in (("month", 12), ("quarter", 4), ("year", 1)):
        parts = calendar.parts(year, grain)  # type: ignore[arg-type]  # of a tuple of words
        assert len(parts) == number
        assert (parts[0].start, parts[-1].end) == (year.start, year.end)
        assert sum(part.days for part in parts) == year.days
        assert parts[0].start.month == calendar.starts
        assert parts[0].start.day == 1


@law(200)
@given(CALENDARS, DAYS, st.sampled_from(GRAINS), st.integers(-8, 8))
def test_the_same_day_of_another_period_is_as_far_from_its_end(
    calendar: FiscalCalendar, day: date, grain: Grain, steps: int
) -> None:
    """Held within a period that is a little shorter; a day before the one is before the other."""
    period = calendar.period(day, grain)
    other = calendar.following(period, steps)
    same = calendar.same_day(day, period, other)
    assert same in other
    assert same == other.start or other.end - same == period.end - day
    assert calendar.same_day(period.end - timedelta(days=1), period, other) == other.end - timedelta(days=1)
    before = calendar.same_day(period.start - timedelta(days=20), period, other)
    assert before < other.start


def test_a_fiscal_year_is_called_by_the_year_in_which_it_ends() -> None:
    """With February as its first month, January 2027 is the last of FY2027."""
    february = FiscalCalendar(2)
    assert february.period(date(2026, 1, 31), "year").name == "FY2026"
    year = february.period(date(2026, 2, 1), "year")
    assert (year.name, year.start, year.end) == ("FY2027", date(2026, 2, 1), date(2027, 2, 1))
    assert february.period(date(2026, 4, 30)).name == "FY2027-Q1"
    assert february.period(date(2026, 5, 1)).name == "FY2027-Q2"
    assert february.named("FY2027-M12").start == date(2027, 1, 1)
    assert FiscalCalendar().period(date(2026, 12, 31)).name == "FY2026-Q4"


@pytest.mark.parametrize("name", ["", "2026", "FY26", "FY2026-Q5", "FY2026-M13", "FY2026-Q1 ", "FY0000", "FY9999-Q4"])
def test_what_is_no_period_is_refused(name: str) -> None:
    """Nor is one that the calendar does not reach."""
    with pytest.raises(ValueError, match=r"."):
        FiscalCalendar().named(name)


@pytest.mark.parametrize("name", ["FY0000", "FY9999-Q4"])
def test_a_period_beyond_the_calendar_is_refused_by_its_name(name: str) -> None:
    """And not by the year 10000, of which nobody spoke."""
    with pytest.raises(ValueError, match=f"{name} is beyond the calendar"):
        FiscalCalendar().named(name)
