"""When deals come in."""

from datetime import date
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.arrivals import Arrivals
from streams.demo.calendar import weekday
from streams.demo.people import Organisation
from streams.demo.settings import WorldSettings

ORGANISATION = Organisation(2, WorldSettings())
MONDAY = date(2026, 1, 5).toordinal()


@given(st.integers(0, 2_000), st.integers(1, 400))
def test_exactly_as_many_deals_come_in_as_asked(deals: int, days: int) -> None:
    """Over the days asked for the number is exact, and afterwards nobody comes."""
    arrivals = Arrivals.exactly(ORGANISATION, MONDAY, deals, days)
    counted = [len(each) for each in islice(arrivals.days(), days + 30)]

    assert sum(counted) == deals
    assert not any(counted[days:])


def test_numbers_rise_without_a_gap() -> None:
    """Deals are numbered in the order in which they come in."""
    arrived = [each for day in islice(Arrivals(ORGANISATION, MONDAY, 4.0).days(), 60) for each in day]

    assert [each.number for each in arrived] == list(range(len(arrived)))


def test_nobody_comes_at_the_weekend() -> None:
    """Deals come in from Monday to Friday."""
    arrived = [each for day in islice(Arrivals(ORGANISATION, MONDAY, 4.0).days(), 200) for each in day]

    assert max(weekday(each.day) for each in arrived) == 4


def test_a_year_brings_about_the_rate_asked_for() -> None:
    """Over a year the average of a calendar day is the setting, seasons and chance evened out."""
    counted = sum(len(each) for each in islice(Arrivals(ORGANISATION, MONDAY, 4.0).days(), 365))

    assert counted / 365 == pytest.approx(4.0, rel=0.08)


def test_an_elder_came_before() -> None:
    """A deal that may belong to another one is told an earlier one."""
    arrived = [each for day in islice(Arrivals(ORGANISATION, MONDAY, 4.0).days(), 100) for each in day]

    assert all(each.elder is not None and each.elder[0] < each.number for each in arrived[1:])
