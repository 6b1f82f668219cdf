"""Business days and hours in somebody's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events.envelope import millis
from streams.state.calendar import CLOSES, OPENS, Calendar, countries, is_country
from streams.state.dates import business_days
from streams.state.opportunity import DAY, HOUR
from tests.builders import ms

DUTCH = Calendar("NL", "Europe/Amsterdam")
CALENDARS = st.sampled_from(
    [Calendar(), DUTCH, Calendar("US", "America/New_York"), Calendar("", "Asia/Tokyo"), Calendar("AE", "Asia/Dubai")]
)
INSTANTS = st.integers(millis(datetime(2019, 6, 1, tzinfo=UTC)), millis(datetime(2029, 6, 1, tzinfo=UTC)))


def at(text: str, zone: str = "Europe/Amsterdam") -> int:
    """Return the instant of a local time."""
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2024-12-20T10:00", "2024-12-23T10:00", 1),
        ("2024-12-24T10:00", "2024-12-27T10:00", 1),  # both days of Christmas
        ("2024-12-24T10:00", "2024-12-27T09:59", 0),
        ("2024-12-31T10:00", "2025-01-02T10:00", 1),  # New Year's Day, over the turn of a year
        ("2024-04-26T10:00", "2024-04-29T10:00", 1),  # King's Day is a Saturday
        ("2024-03-29T10:00", "2024-04-02T10:00", 1),  # Easter, over the change of the clock
        ("2023-12-24T00:00", "2025-01-02T00:00", 259),
    ],
)
def test_holidays_are_no_business_days(begin: str, end: str, expected: int) -> None:
    """Counted by local days, weekends and holidays of the country left out."""
    assert expected == DUTCH.business_days(at(begin), at(end))


def test_a_day_begins_at_the_owners_midnight() -> None:
    """Sunday evening in UTC is Monday in Tokyo."""
    begin, end = at("2024-01-05T23:30", "UTC"), at("2024-01-07T23:30", "UTC")
    assert Calendar().business_days(begin, end) == 0
    assert Calendar("", "Asia/Tokyo").business_days(begin, end) == 1


def test_a_weekend_is_that_of_the_country() -> None:
    """In Saudi Arabia nobody works on Fridays, and everybody on Sundays."""
    riyadh = Calendar("SA", "Asia/Riyadh")
    assert [riyadh.is_working(date(2024, 1, day)) for day in (5, 6, 7)] == [False, False, True]


@given(INSTANTS, st.integers(0, 400 * DAY))
def test_without_a_country_it_is_weekends_alone(begin: int, span: int) -> None:
    """In UTC the calendar counts as the plain function does, also along its general way."""
    assert business_days(begin, begin + span) == Calendar().business_days(begin, begin + span)
    assert business_days(begin, begin + span) == Calendar("", "Africa/Abidjan").business_days(begin, begin + span)


@given(CALENDARS, INSTANTS, st.integers(0, 90))
def test_the_instant_after_so_many_business_days_is_the_first_one(calendar: Calendar, begin: int, count: int) -> None:
    """Then they have passed, and the hour before (where clocks change, an hour counts) they had not."""
    then = calendar.after_business_days(begin, count)
    assert calendar.business_days(begin, then) >= count
    if count:
        assert calendar.business_days(begin, then - HOUR - 1) < count


@given(CALENDARS, INSTANTS, st.sampled_from([0.5, 4.0, 8.0, 12.0, 24.0, 40.0]))
def test_the_instant_after_so_many_business_hours_is_the_first_one(
    calendar: Calendar, begin: int, hours: float
) -> None:
    """Hours that are counted until then are those that were asked for, to a second."""
    then = calendar.after_business_hours(begin, hours)
    assert calendar.business_hours(begin, then) == pytest.approx(hours, abs=1e-3)
    assert calendar.business_hours(begin, then - 60_000) < hours


@given(CALENDARS, INSTANTS, st.integers(0, 30 * DAY))
def test_business_hours_are_what_a_clock_counts(calendar: Calendar, begin: int, span: int) -> None:
    """The same as minute by minute, to a minute at each end of a day."""
    begin -= begin % HOUR
    end = begin + span - span % HOUR
    counted = 0
    for step in range(begin, end, HOUR // 2):
        local = calendar.local(step)
        counted += calendar.is_working(local.date()) and OPENS <= local.hour < CLOSES
    assert calendar.business_hours(begin, end) == pytest.approx(counted / 2, abs=1e-6)


def test_eight_business_hours_are_a_working_day() -> None:
    """Who writes on a Friday at four waits until Monday at four, and over Christmas until it is over."""
    assert at("2024-01-08T16:00") == DUTCH.after_business_hours(at("2024-01-05T16:00"), 8)
    assert at("2024-12-30T12:00") == DUTCH.after_business_hours(at("2024-12-24T12:00"), 16)
    assert at("2024-01-08T17:00") == DUTCH.after_business_hours(at("2024-01-06T12:00"), 8)


def test_a_day_off_says_what_it_is() -> None:
    """A holiday by its name, a weekend by its day."""
    assert DUTCH.day_off(date(2024, 12, 25)) == "a holiday (Christmas Day)"
    assert Calendar().day_off(date(2024, 1, 6)) == "a Saturday"
    assert Calendar().day_off(date(2024, 12, 25)) == ""


@pytest.mark.parametrize("code", ["NL", "DE", "DE-BY", "US-CA"])
def test_countries_and_their_parts_are_known(code: str) -> None:
    """By ISO 3166."""
    assert is_country(code)


@pytest.mark.parametrize("code", ["", "nl", "NLD", "XX", "DE-XX", "NL; drop"])
def test_other_codes_are_refused(code: str) -> None:
    """Nothing is guessed."""
    assert not is_country(code)


def test_every_known_country_has_working_days_in_every_year() -> None:
    """A calendar that is not known for a year still has its weekends; none has a year without work."""
    for code in sorted(countries())[::12]:
        for year in (1969, 1999, 2026, 2090, 2200):
            begin = datetime(year, 1, 1, tzinfo=UTC)
            days = Calendar(code).business_days(millis(begin), millis(begin + timedelta(days=364)))
            assert 200 < days < 320, (code, year)


def test_a_long_time_is_counted_at_once() -> None:
    """Two hundred years, with holidays for as long as they are known."""
    assert Calendar("NL").business_days(ms(0), ms(73_000)) > 50_000
