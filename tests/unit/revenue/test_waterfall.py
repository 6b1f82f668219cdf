"""Each reason of a waterfall, told by a small story; days are counted from Monday 2024-01-01."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.periods import FiscalCalendar
from streams.revenue.reasons import LABELS, REASONS
from streams.revenue.record import between, on_record
from streams.revenue.waterfall import View, Waterfall, waterfall
from tests.builders import (
    a_category,
    a_close_date,
    a_deletion,
    a_loss,
    a_merge,
    a_reopening,
    a_restoration,
    a_win,
    an_amount,
    an_opportunity,
    an_owner,
    calendar_day,
    moment,
    ms,
)
from tests.seeing import moves

QUARTER = FiscalCalendar().period(calendar_day(0))  # the 91 days from day 0 on
TEAMS = Company(teams={"ann": "north", "bob": "north", "cyd": "south"}, regions={"north": "emea", "south": "emea"})
NORTH = Unit("team", "north")


def born(amount: str | None = "100", closes: int | None = 80, owner: str = "ann", currency: str | None = None) -> Event:
    """A deal of day 0."""
    planned = None if closes is None else calendar_day(closes)
    return an_opportunity(0, deal.CreatedData(owner=owner, amount=amount, currency=currency, close_date=planned))


def told(
    *events: Event, since: float = 1, until: float = 60, company: Company = TEAMS, view: View | None = None
) -> Waterfall:
    """The waterfall of the quarter for what happened from day 1 on."""
    moved = moves(events)
    seen = View(period=QUARTER) if view is None else view
    opening = on_record(moved, ms(since)).values()
    return waterfall(opening, between(moved, ms(since), ms(until)), seen, company, ms(since), ms(until))


def amounts(found: Waterfall) -> dict[str, int]:
    """The buckets in whole units, between what there was and what there is."""
    assert found.gap == 0
    return {
        "start": int(found.start.amount),
        **{reason: int(bucket.amount) for reason, bucket in found.buckets.items()},
        "end": int(found.end.amount),
    }


def test_a_deal_that_comes_to_be_is_new() -> None:
    """As it stood when it was first heard of."""
    assert amounts(told(born(), since=0)) == {"start": 0, "new": 100, "end": 100}


def test_a_deal_pushed_beyond_the_period_and_one_pulled_before_it() -> None:
    """Both leave it, for different reasons."""
    assert amounts(told(born(), a_close_date(2, 100))) == {"start": 100, "pushed_out": -100, "end": 0}
    assert amounts(told(born(), a_close_date(2, -3))) == {"start": 100, "pulled_out": -100, "end": 0}


def test_a_deal_pulled_in_from_later_and_one_pushed_in_from_the_past() -> None:
    """Both come into it; a push is not always bad for the quarter it comes to."""
    assert amounts(told(born(closes=100), a_close_date(2, 80))) == {"start": 0, "pulled_in": 100, "end": 100}
    assert amounts(told(born(closes=-3), a_close_date(2, 80))) == {"start": 0, "pushed_in": 100, "end": 100}


def test_a_push_that_is_taken_back_is_seen_though_two_snapshots_would_not() -> None:
    """Start and end are the same, and the deal went out and came back twice."""
    found = told(born(), a_close_date(2, 100), a_close_date(3, 70), a_close_date(4, 110), a_close_date(5, 80))
    assert amounts(found) == {"start": 100, "pulled_in": 200, "pushed_out": -200, "end": 100}
    assert found.times("pushed_out") == 2
    assert [share.deal for share in found.buckets["pushed_out"].shares] == ["opp-1"]


def test_a_push_inside_the_period_changes_nothing() -> None:
    """The slip ledger has it; the waterfall of the quarter does not."""
    assert amounts(told(born(), a_close_date(2, 85))) == {"start": 100, "end": 100}


def test_a_date_that_is_set_and_one_that_is_cleared() -> None:
    """A deal without a date is in no period."""
    assert amounts(told(born(closes=None), a_close_date(2, 80))) == {"start": 0, "undated_in": 100, "end": 100}
    assert amounts(told(born(), a_close_date(2, None))) == {"start": 100, "undated_out": -100, "end": 0}


def test_what_is_won_is_what_was_booked() -> None:
    """The last amount counts; that it is more than was planned is said beside."""
    won = deal.Won(id="won", source="/crm", subject="opp-1", time=moment(9), data=deal.WonData(amount="130"))
    assert amounts(told(born(), won)) == {"start": 100, "amount_up": 30, "won": -130, "end": 0}


def test_a_deal_won_before_its_time_is_pulled_into_the_period_and_won_there() -> None:
    """The next quarter loses it to this one."""
    assert amounts(told(born(closes=100), a_win(9))) == {"start": 0, "pulled_in": 100, "won": -100, "end": 0}
    later = View(period=FiscalCalendar().following(QUARTER))
    assert amounts(told(born(closes=100), a_win(9), view=later)) == {"start": 100, "pulled_out": -100, "end": 0}


def test_a_deal_that_is_lost_leaves_the_period_it_was_planned_for() -> None:
    """Whenever it was lost: this quarter never had it."""
    later = View(period=FiscalCalendar().following(QUARTER))
    assert amounts(told(born(closes=100), a_loss(9), view=later)) == {"start": 100, "lost": -100, "end": 0}
    assert amounts(told(born(closes=100), a_loss(9))) == {"start": 0, "end": 0}


def test_no_decision_is_no_loss() -> None:
    """An outcome of its own."""
    assert amounts(told(born(), a_loss(9, no_decision=True))) == {"start": 100, "no_decision": -100, "end": 0}


def test_what_is_reopened_comes_back_as_it_stands() -> None:
    """What changed meanwhile changed nothing in the pipeline."""
    found = told(born(), a_loss(9), an_amount(10, "70"), a_reopening(11))
    assert amounts(found) == {"start": 100, "reopened": 70, "lost": -100, "end": 70}


def test_what_is_deleted_is_restored_and_what_is_merged_is_gone() -> None:
    """Neither is an outcome."""
    found = told(born(), a_deletion(9), a_restoration(10), a_merge(11))
    assert amounts(found) == {"start": 100, "restored": 100, "deleted": -100, "merged": -100, "end": 0}


def test_a_loss_that_a_late_win_came_before_is_taken_back_and_won() -> None:
    """So that what was won is booked, whatever arrived first."""
    found = told(born(), a_loss(9), a_win(8))
    assert amounts(found) == {"start": 100, "reopened": 100, "lost": -100, "won": -100, "end": 0}


def test_an_owner_inside_the_team_is_nothing_to_it_and_one_of_another_team_is() -> None:
    """Out of one team and into the other; to the region of both it is nothing."""
    north, south, emea = (View(unit=each) for each in (NORTH, Unit("team", "south"), Unit("region", "emea")))
    inside, across = (born(), an_owner(2, "bob")), (born(), an_owner(2, "cyd"))
    assert amounts(told(*inside, view=north)) == {"start": 100, "end": 100}
    assert amounts(told(*across, view=north)) == {"start": 100, "transferred_out": -100, "end": 0}
    assert amounts(told(*across, view=south)) == {"start": 0, "transferred_in": 100, "end": 100}
    assert amounts(told(*across, view=emea)) == {"start": 100, "end": 100}


def test_a_forecast_category_lets_deals_in_and_out() -> None:
    """A waterfall of the commit alone."""
    commit = View(period=QUARTER, categories=frozenset({"commit"}))
    found = told(born(), a_category(2, "commit"), a_category(3, "pipeline"), view=commit)
    assert amounts(found) == {"start": 0, "category_in": 100, "category_out": -100, "end": 0}


def test_money_up_and_down_stand_beside_each_other() -> None:
    """They are not netted; an amount that is cleared leaves a deal without value."""
    found = told(born(), an_amount(2, "150"), an_amount(3, "120"), an_amount(4, None))
    assert amounts(found) == {"start": 100, "amount_up": 50, "amount_down": -150, "end": 0}
    assert found.end.unvalued == ("opp-1",)


def test_what_the_exchange_rate_does_is_nobodys_amount() -> None:
    """Standing, and up to a change of the deal itself."""
    dollars = tuple((calendar_day(day), Decimal(rate)) for day, rate in ((-9, "0.80"), (10, "0.90"), (30, "0.70")))
    company = Company(rates=Rates("EUR", {"USD": dollars}))
    standing = told(born(currency="USD"), company=company, until=20)
    assert amounts(standing) == {"start": 80, "currency_up": 10, "end": 90}
    sold = told(born(currency="USD"), an_amount(15, "200"), a_win(40), company=company)
    assert amounts(sold) == {
        "start": 80,
        "currency_up": 10,
        "amount_up": 90,
        "currency_down": -40,
        "won": -140,
        "end": 0,
    }


def test_deals_without_value_are_counted_and_named() -> None:
    """Without a rate, or without an amount; a rate that appears gives it a value."""
    company = Company(rates=Rates("EUR", {"USD": ((calendar_day(20), Decimal("0.5")),)}))
    found = told(born(currency="USD"), company=company, until=10)
    assert (found.start.deals, found.start.unvalued, found.end.unvalued) == (1, ("opp-1",), ("opp-1",))
    gone = told(born(amount=None), a_close_date(5, 100), company=company)
    assert gone.buckets["pushed_out"].unvalued == ("opp-1",)
    assert (gone.times("pushed_out"), str(gone.amount("pushed_out"))) == (1, "0.00")
    priced = told(born(currency="USD"), company=company)
    assert amounts(priced) == {"start": 0, "currency_up": 50, "end": 50}


def test_a_late_event_changes_the_record_when_it_comes() -> None:
    """Said on day 3 and heard on day 6: on day 5 the deal was still planned for the quarter."""
    events = (born(), an_amount(6, "100"), a_close_date(3, 100))
    assert amounts(told(*events, until=5)) == {"start": 100, "end": 100}
    assert amounts(told(*events, until=7)) == {"start": 100, "pushed_out": -100, "end": 0}


def test_a_deal_that_moves_in_several_ways_at_once_is_in_several_buckets() -> None:
    """A late creation tells whose the deal is, when it is planned and what it is worth."""
    events = (a_category(1.5, "commit"), an_owner(1.6, "ann"), born(closes=80))
    view = View(unit=NORTH, period=QUARTER)
    assert amounts(told(*events, view=view, since=1)) == {"start": 0, "undated_in": 0, "amount_up": 100, "end": 100}


def test_every_reason_has_a_label_and_stands_in_the_documentation() -> None:
    """Whoever reads a waterfall finds what each bucket means."""
    document = (Path(__file__).parents[3] / "docs/revenue.md").read_text(encoding="utf-8")
    assert list(LABELS) == list(REASONS)
    assert len(set(LABELS.values())) == len(REASONS)
    for reason in REASONS:
        assert f"`{reason}`" in document, reason
