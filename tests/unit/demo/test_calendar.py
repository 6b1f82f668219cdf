"""Working time in the regions of the demo."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.demo import calendar
from streams.demo.calendar import CLOSES, MINUTES_A_DAY, OPENS, REGIONS

codes = st.sampled_from(sorted(REGIONS))
days = st.dates(date(2010, 1, 1), date(2040, 12, 31)).map(date.toordinal)


@given(codes, days, st.integers(OPENS, CLOSES))
def test_local_minutes_agree_with_the_time_zone_database(code: str, day: int, clock: int) -> None:
    """During working hours the rules give the same instants as the IANA zone, summer time included."""
    at = calendar.at_of(code, day * MINUTES_A_DAY + clock)
    local = datetime.fromtimestamp(at // 1_000, ZoneInfo(REGIONS[code].timezone))

    assert (local.date().toordinal(), local.hour * 60 + local.minute) == (day, clock)


@given(codes, days, st.integers(OPENS, CLOSES))
def test_minutes_and_instants_are_inverse(code: str, day: int, clock: int) -> None:
    """A local minute of a working day is found again from its instant."""
    minute = day * MINUTES_A_DAY + clock

    assert calendar.minute_of(code, calendar.at_of(code, minute)) == minute


@given(codes, days, st.integers(0, MINUTES_A_DAY - 1), st.integers(0, 5_000))
def test_working_time_ends_in_working_time(code: str, day: int, clock: int, minutes: int) -> None:
    """However long something takes, it is over on a working day between opening and closing."""
    over = calendar.after(code, day * MINUTES_A_DAY + clock, minutes)

    assert calendar.is_working(code, over // MINUTES_A_DAY)
    assert OPENS <= over % MINUTES_A_DAY <= CLOSES


@given(codes, days, st.integers(0, MINUTES_A_DAY - 1), st.integers(0, 2_000), st.integers(1, 2_000))
def test_working_minutes_add_up(code: str, day: int, clock: int, first: int, second: int) -> None:
    """Two spans of working time take as long as their sum."""
    minute = day * MINUTES_A_DAY + clock

    assert calendar.after(code, calendar.after(code, minute, first), second) == calendar.after(
        code, minute, first + second
    )


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("de", date(2026, 4, 3)),  # Good Friday
        ("de", date(2026, 5, 14)),  # Ascension
        ("fr", date(2026, 7, 14)),
        ("uk", date(2026, 8, 31)),  # late summer bank holiday
        ("us", date(2026, 11, 26)),  # Thanksgiving
        ("us", date(2026, 9, 7)),  # Labor Day
    ],
)
def test_public_holidays_are_no_working_days(code: str, day: date) -> None:
    """Fixed, moving and Easter-bound holidays are known."""
    assert not calendar.is_working(code, day.toordinal())


def test_easter_is_where_the_churches_put_it() -> None:
    """Easter Monday, a holiday in Germany, falls on the published dates."""
    mondays = [date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6), date(2027, 3, 29), date(2038, 4, 26)]

    assert all(each.toordinal() in calendar.holidays("de", each.year) for each in mondays)


def test_august_and_christmas_drag_and_quarter_ends_rush() -> None:
    """Seasons change the pace: slower in August and at Christmas, faster in the last two weeks of a quarter."""
    drags = [calendar.drag("fr", date(2026, *each).toordinal()) for each in ((8, 10), (12, 24), (9, 25), (5, 12))]

    assert drags[0] > 1.5
    assert drags[1] > 2.0
    assert drags[2] < 1.0
    assert drags[3] == 1.0


@given(days)
def test_a_quarter_ends_on_the_last_day_of_its_third_month(day: int) -> None:
    """The day after the end of a quarter is the first of January, April, July or October."""
    following = date.fromordinal(calendar.quarter_end(day)) + timedelta(days=1)

    assert (following.month % 3, following.day) == (1, 1)
    assert calendar.quarter_end(day) >= day
    assert datetime.combine(following, datetime.min.time(), UTC).year >= 2010
