"""The slip ledger; days are counted from Monday 2024-01-01, so day 30 is the last of January and 90 of the quarter."""

from __future__ import annotations

from streams.events.envelope import Event
from streams.revenue.company import Company
from streams.revenue.slips import Slip, ledger, ledger_by_owner, slips
from tests.builders import a_close_date, a_loss, a_reopening, a_win, an_opportunity, an_owner, calendar_day
from tests.seeing import a_pipeline, seen


def slipped(*events: Event) -> list[Slip]:
    """The slips among events."""
    return list(slips(seen(events), Company()))


def test_pushes_and_pulls_have_days_borders_and_who() -> None:
    """A month, a quarter and a year are crossed; what stays in its month is seen, too, though CRMs count none."""
    events = (
        an_opportunity(0),
        a_close_date(1, 20, actor="rep-1"),
        a_close_date(2, 30, actor="rep-1"),
        a_close_date(3, 50, actor="boss"),
        a_close_date(4, 95, actor="rep-1"),
        a_close_date(5, 400, actor="rep-1"),
        a_close_date(6, 390),
    )
    found = slipped(*events)
    assert [(slip.days, slip.crossed, slip.by) for slip in found] == [
        (10, None, "rep-1"),
        (20, "month", "boss"),
        (45, "quarter", "rep-1"),
        (305, "year", "rep-1"),
        (-10, "month", ""),
    ]
    record = ledger(found)["opp-1"]
    assert (record.pushes, record.pulls, record.days_pushed, record.days_pulled, record.days) == (4, 1, 380, 10, 370)
    assert (record.in_month, record.over_quarter) == (1, 2)
    assert record.pushed_by == {"boss": 1, "rep-1": 3}
    assert (record.planned, record.to) == (calendar_day(20), calendar_day(390))


def test_first_dates_cleared_dates_ends_and_defaults_are_no_slips() -> None:
    """Only a promise that is moved while the deal is open is one."""
    assert slipped(an_opportunity(0), a_close_date(1, 20), a_close_date(2, None), a_close_date(3, 60)) == []
    assert slipped(an_opportunity(0), a_close_date(1, 30, origin="default"), a_close_date(2, 60)) == []
    assert slipped(an_opportunity(0), a_close_date(1, 30), a_close_date(2, 60, origin="default")) == []
    assert slipped(an_opportunity(0), a_close_date(1, 30), a_win(9)) == []
    assert slipped(an_opportunity(0), a_close_date(1, 30), a_loss(9), a_close_date(10, 80), a_reopening(11)) == []


def test_a_push_that_was_overtaken_before_it_arrived_moved_nothing() -> None:
    """The record went from day 20 to 60 in one move; the late word of day 40 changes no more."""
    found = slipped(an_opportunity(0), a_close_date(1, 20), a_close_date(4, 60), a_close_date(3, 40))
    assert [slip.days for slip in found] == [40]


def test_a_slip_is_that_of_whoever_had_the_deal() -> None:
    """Whoever moved it."""
    events = (an_opportunity(0), a_close_date(1, 20), a_close_date(2, 40), an_owner(3, "rep-2"), a_close_date(4, 90))
    records = ledger_by_owner(slipped(*events))
    assert {name: (each.pushes, each.days_pushed, each.deals) for name, each in records.items()} == {
        "rep-1": (1, 20, ("opp-1",)),
        "rep-2": (1, 50, ("opp-1",)),
    }


def test_the_days_of_a_ledger_lead_from_each_date_to_the_next() -> None:
    """In any pipeline, late events and all: pushes less pulls are the days of all slips."""
    for seed in range(30):
        found = slipped(*a_pipeline(seed))
        for name, record in ledger(found).items():
            mine = [slip for slip in found if slip.deal == name]
            assert record.days == sum(slip.days for slip in mine)
            assert record.pushes + record.pulls == len(mine)
            assert all(slip.days for slip in mine)
