"""Cohorts of a stage, and the velocity of a pipeline; days are counted from Monday 2024-01-01."""

from __future__ import annotations

from decimal import Decimal

import pytest

from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.cohorts import cohorts, velocities
from streams.revenue.company import Company, Unit
from tests.builders import a_loss, a_stage, a_win, an_opportunity, ms
from tests.seeing import moves

COMPANY = Company(timezone="Asia/Kolkata")


def born(day: float, name: str, owner: str = "ann", amount: str = "100") -> Event:
    """A deal in discovery."""
    data = deal.CreatedData(owner=owner, stage="discovery", position=1, amount=amount)
    return an_opportunity(day, data, subject=name)


def test_a_cohort_is_what_entered_a_stage_in_a_period_and_keeps_its_members() -> None:
    """Whenever they leave it; stages stand in the order of the ladder, and the day is that of the company."""
    events = sorted(
        [
            born(0, "a"),
            a_stage(95, "offer", 2, subject="a"),
            born(10, "b"),
            a_loss(40, subject="b"),
            born(90.8, "c"),  # evening of the last day of the quarter in UTC, morning of the next one in India
        ],
        key=lambda event: event.at,
    )
    found = [
        (each.stage, each.rank, each.period, each.ends.stays, each.ends.going, each.ends.at_last("forward"))
        for each in cohorts(moves(events), COMPANY, "company", ms(100))
    ]
    assert found == [
        ("discovery", 1, "FY2024-Q1", 2, 0, 0.5),
        ("discovery", 1, "FY2024-Q2", 1, 1, 0.0),
        ("offer", 2, "FY2024-Q2", 1, 1, 0.0),
    ]
    assert [each.period for each in cohorts(moves(events), COMPANY, "company", ms(100), since=ms(60))] == [
        "FY2024-Q2"
    ] * 2
    months = cohorts(moves(events), COMPANY, "company", ms(100), "month")
    assert {each.period for each in months} == {"FY2024-M01", "FY2024-M04"}


def test_velocity_is_deals_times_win_rate_times_amount_by_the_days_of_the_cycle() -> None:
    """One of two that ended was won, after 20 days; three are open and too young to tell."""
    events = [born(0, "a", amount="400"), born(0, "b"), a_win(20, subject="a"), a_loss(30, subject="b")]
    events += [born(31, name) for name in "cde"]
    found = velocities(moves(events), COMPANY, "company", ms(33))[Unit()]
    assert (found.deals, found.created, found.won, found.average, found.cycle_days) == (3, 5, 1, Decimal(400), 20)
    assert found.win_rate == pytest.approx(0.5)
    assert found.a_day == pytest.approx(3 * 0.5 * 400 / 20)


def test_velocity_of_a_unit_that_won_nothing_is_not_said() -> None:
    """Each owner has its own; years that are over do not count."""
    old = [born(0, "a", "bob"), a_win(20, subject="a"), born(500, "b", "bob"), born(500, "c", "cyd")]
    found = velocities(moves(old), COMPANY, "rep", ms(501))
    assert [(unit.name, each.deals, each.won, each.a_day) for unit, each in found.items()] == [
        ("bob", 1, 0, None),
        ("cyd", 1, 0, None),
    ]


def test_deals_of_years_ago_say_nothing_of_the_win_rate() -> None:
    """Ten were lost two years ago; of this year's two one was won."""
    events = [each for name in range(10) for each in (born(0, f"old-{name}"), a_loss(30, subject=f"old-{name}"))]
    events += [born(700, "a"), born(700, "b"), a_win(720, subject="a"), a_loss(730, subject="b")]
    found = velocities(moves(sorted(events, key=lambda event: event.at)), COMPANY, "company", ms(740))[Unit()]
    assert (found.created, found.won) == (2, 1)
    assert found.win_rate == pytest.approx(0.5)


def test_a_deal_of_years_ago_that_was_won_this_year_says_how_long_it_took_and_what_it_paid() -> None:
    """It is of this year's wins, and not of this year's deals."""
    events = [born(0, "old", amount="900"), born(700, "a"), a_win(720, subject="old")]
    found = velocities(moves(events), COMPANY, "company", ms(740))[Unit()]
    assert (found.created, found.won, found.average, found.cycle_days) == (1, 1, Decimal(900), 720)
