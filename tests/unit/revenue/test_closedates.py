"""Planned closes that cannot be right, and what to plan instead."""

from __future__ import annotations

from datetime import date

from models.closing import Closings
from models.dwell import Dwell, StageDwell
from streams.alerts.propose import updates
from streams.alerts.view import View
from streams.events.envelope import Event
from streams.revenue.closedates import WrongDate, wrong_dates
from streams.state.opportunity import DAY, Opportunity
from tests.builders import a_close_date, a_hold, a_policy, a_win, an_opportunity, calendar_day, ms, some_models
from tests.seeing import seen

#: Of the deals in discovery half are won, between two weeks and seven; nobody is quicker.
CLOSINGS = Closings(
    Dwell({"discovery": StageDwell(1, {"won": (0,) * 16 + (40, 40, 40, 40), "lost": (0,) * 16 + (40,) * 4})}),
    ms(10) // DAY,
)


def facts(*events: Event) -> Opportunity:
    """A deal of which these things happened."""
    return seen(events)[-1].after


def wrong(*events: Event, day: float = 10) -> WrongDate | None:
    """What is wrong with its date."""
    found = wrong_dates([facts(an_opportunity(0), *events)], ms(day), CLOSINGS, "UTC")
    return found[0] if found else None


def fault(*events: Event, day: float = 10) -> str:
    """The fault's name, or nothing."""
    found = wrong(*events, day=day)
    return "" if found is None else found.fault


def test_each_fault_is_found_and_a_good_date_is_left_alone() -> None:
    """None, one that has passed, one that hardly any such win keeps, and one that nobody promised."""
    assert fault() == "missing"
    assert fault(a_close_date(1, 9)) == "over"
    assert fault(a_close_date(1, 11)) == "early"
    assert fault(a_close_date(1, 60, origin="default")) == "default"
    assert fault(a_close_date(1, 60)) == ""
    assert fault(a_close_date(1, 9), a_win(5)) == ""


def test_what_rests_for_a_known_reason_is_asked_only_where_the_date_says_nothing() -> None:
    """A hold explains a date that nothing speaks for; it does not bring back a day that is over."""
    assert fault(a_close_date(1, 11), a_hold(2)) == ""
    assert fault(a_close_date(1, 9), a_hold(2)) == "over"


def test_the_proposed_day_is_the_one_that_an_alert_proposes() -> None:
    """One statement of when a deal closes, whoever asks."""
    found = wrong(a_close_date(1, 9))
    assert found is not None
    deal = facts(an_opportunity(0), a_close_date(1, 9))
    [update] = [
        each
        for each in updates(View(deal, ms(10), {}, some_models().norms, a_policy(), {}, {}), CLOSINGS)
        if each.field == "close_date"
    ]
    assert found.proposed is not None
    assert found.proposed.isoformat() == update.value
    assert (found.planned, found.owner) == (calendar_day(9), "rep-1")
    assert found.safe is not None
    assert calendar_day(10) < found.proposed < found.safe
    assert "half within" in found.reason


def test_an_early_date_says_how_few_wins_come_by_it() -> None:
    """And what is over says nothing of the kind."""
    early, over = wrong(a_close_date(1, 11)), wrong(a_close_date(1, 9))
    assert early is not None
    assert over is not None
    assert early.won_by is not None
    assert 0 <= early.won_by < 0.25
    assert over.won_by is None


def test_faults_come_in_order_and_those_that_are_over_longest_first() -> None:
    """So that a list can be worked off from the top."""
    deals = [
        facts(an_opportunity(0, subject="early"), a_close_date(1, 11, subject="early")),
        facts(an_opportunity(0, subject="none")),
        facts(an_opportunity(0, subject="over-2"), a_close_date(1, 7, subject="over-2")),
        facts(an_opportunity(0, subject="over-1"), a_close_date(1, 3, subject="over-1")),
    ]
    found = wrong_dates(deals, ms(10), CLOSINGS, "UTC")
    assert [each.deal for each in found] == ["over-1", "over-2", "none", "early"]
    assert found[0].planned == date(2024, 1, 4)
