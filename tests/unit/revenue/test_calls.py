"""When somebody looks: weekly calls on the company's clock, and the ends of its quarters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from streams.events.envelope import moment_of
from streams.revenue.calls import calls_between
from streams.revenue.company import Company
from streams.revenue.periods import FiscalCalendar
from streams.revenue.practice import Practice
from streams.state.dates import zone_of
from streams.state.opportunity import DAY
from tests.builders import ms

AMSTERDAM = Company(timezone="Europe/Amsterdam", calendar=FiscalCalendar(2))


def wanted_hour(at: datetime) -> tuple[int, int]:
    """The local hour and minute of a call; of one in the hour that a night in March skips, those it would have had."""
    skipped = at.utcoffset() != (at.astimezone(UTC) - timedelta(hours=1)).astimezone(at.tzinfo).utcoffset()
    return (at.hour - 1 if skipped and at.hour == 3 else at.hour), at.minute


@example(weekday=6, hour=2, since=ms(0), days=91)  # 2 o'clock on the last Sunday of March
@example(weekday=2, hour=0, since=1_726_610_400_000, days=175)  # from a call on, an hour short of 25 weeks
@given(
    weekday=st.integers(0, 6),
    hour=st.integers(0, 23),
    since=st.integers(ms(0), ms(400)),
    days=st.integers(0, 200),
)
def test_a_call_is_at_its_local_hour_each_week_and_a_quarter_ends_on_its_day(
    weekday: int, hour: int, since: int, days: int
) -> None:
    """Also over the nights in which clocks change, where an hour that is skipped is the one after.

    Nothing before the beginning, nothing after the end.
    """
    until = since + days * DAY
    found = calls_between(AMSTERDAM, Practice(call_weekday=weekday, call_hour=hour), since, until)
    assert found == sorted(set(found)) and all(since < each <= until for each in found)
    ends = calls_between(AMSTERDAM, Practice(), since, until)
    locals_ = [moment_of(each).astimezone(zone_of("Europe/Amsterdam")) for each in found]
    calls = [
        each
        for each in locals_
        if each.weekday() == weekday and (hour, 0) in (wanted_hour(each), (each.hour, each.minute))
    ]
    rest = [each for each in locals_ if each not in calls]
    assert all((each.day, each.hour, each.month % 3) == (1, 0, 2) for each in rest)
    hours = 24 * days  # and one more or less between two nights in which clocks change
    assert (hours - 1) // (24 * 7) <= len(calls) <= (hours + 1) // (24 * 7) + 1
    assert set(ends) <= set(found) and len(ends) in (days // 92, days // 92 + 1, days // 92 + 2)


def test_without_a_weekly_call_only_quarters_end() -> None:
    """The first of February, May, August and November, where the fiscal year begins in February."""
    told = [moment_of(each).astimezone(zone_of("Europe/Amsterdam")) for each in
            calls_between(AMSTERDAM, Practice(), ms(0), ms(366))]  # fmt: skip
    assert [(each.month, each.day, each.hour) for each in told] == [(2, 1, 0), (5, 1, 0), (8, 1, 0), (11, 1, 0)]
