"""Stage-weighted, pace, model: each formula against numbers worked by hand."""

from datetime import date

import pytest

from models.closing import Closings
from models.dwell import Dwell, Stay, observe_stays
from streams.revenue.book import Known, Open
from streams.revenue.chances import by_stays, chances, factors, model_weighted, seasoned
from streams.revenue.pace import new_business, pace, shared_pace, shares_of
from streams.revenue.periods import FiscalCalendar, Period
from streams.revenue.position import Position
from streams.revenue.weighted import PRIOR_RATE, by_category, by_stage, learned, weighted
from tests.selling import Desk, always, noon

Q2 = FiscalCalendar().named("FY2026-Q2")
TODAY = date(2026, 5, 2)  # 60 days before the end, as 30 January is of Q1


@pytest.fixture
def desk() -> Desk:
    """A desk with a whole first quarter: 100 won by ana of a deal that was there, 300 by ben of a new one.

    Open since: 10 of ana's, in the same stage.
    """
    desk = Desk()
    desk.opened("start", date(2025, 12, 1), owner="ana")
    desk.won("start", date(2025, 12, 2))
    desk.opened("won", date(2026, 1, 5), "100", owner="ana", stage="offer")
    desk.opened("lost", date(2026, 1, 5), "300", owner="ana", stage="offer")
    desk.opened("early", date(2026, 1, 5), "40", owner="ana", stage="idea")
    desk.lost("early", date(2026, 3, 1))
    desk.lost("lost", date(2026, 3, 1))
    desk.won("won", date(2026, 3, 2))
    desk.opened("new", date(2026, 2, 10), "300", owner="ben", stage="offer")
    desk.won("new", date(2026, 3, 3))
    desk.opened("now", date(2026, 4, 10), "10", owner="ana", stage="offer")
    return desk


def test_the_rate_of_a_stage_is_what_its_deals_came_to_and_leans_on_all(desk: Desk) -> None:
    """At stake were 440 in 3 deals, 100 of it was won: the mean deal is 440 / 3."""
    known = desk.book.known(TODAY)
    lean = 20 * 44_000 / 3
    of_all = (10_000 + lean * PRIOR_RATE) / (44_000 + lean)
    offer = (10_000 + lean * of_all) / (40_000 + lean)

    rates = learned(desk.book.earlier(known, Q2), by_stage)

    assert rates.deals == 3
    assert rates.of_all == pytest.approx(of_all)
    assert rates.by_key == pytest.approx({"idea": lean * of_all / (4_000 + lean), "offer": offer})
    version = weighted("stage_weighted", known, Q2, rates, by_stage)
    assert dict(version.deals) == {"now": round(1_000 * offer)}


def test_without_a_past_a_rate_is_that_of_the_field(desk: Desk) -> None:
    """Nothing is seen: 47 of 100 are won."""
    assert learned((), by_stage).of_all == pytest.approx(PRIOR_RATE)


def test_a_deal_that_is_planned_for_later_or_omitted_has_no_weight(desk: Desk) -> None:
    """A weighted version is of this period, and of what somebody believes in."""
    desk.opened("later", date(2026, 4, 10), closes=date(2026, 7, 1), category="commit")
    desk.opened("omitted", date(2026, 4, 10), closes=date(2026, 6, 1), category="omitted")
    known = desk.book.known(TODAY)

    version = weighted("category_weighted", known, Q2, learned((), by_category), by_category)

    assert dict(version.deals) == {"now": 470}


def test_a_rate_is_learned_from_deals_that_were_not_planned_for_later_either(desk: Desk) -> None:
    """One that was open on that day and planned for the summer says nothing of the spring's rate."""
    rates = learned(desk.book.earlier(desk.book.known(TODAY), Q2), by_stage)
    desk.opened("summer", date(2026, 1, 5), "900", stage="offer", closes=date(2026, 8, 1))

    assert learned(desk.book.earlier(desk.book.known(TODAY), Q2), by_stage) == rates


def test_pace_is_the_mean_of_the_periods_before() -> None:
    """Ana won 100 in one quarter and 300 in the one before it; of earlier ones nobody knows."""
    desk = Desk()
    for name, won, amount in (
        ("old", date(2025, 9, 30), "1"),
        ("x", date(2025, 12, 20), "300"),
        ("y", date(2026, 3, 20), "100"),
    ):
        desk.opened(name, date(2025, 9, 1), amount, owner="ana")
        desk.won(name, won)
    known = desk.book.known(TODAY)
    earlier = desk.book.earlier(known, Q2)

    assert [each.period.name for each in earlier] == ["FY2026-Q1", "FY2025-Q4"]
    assert dict(pace(known, Q2, earlier, "rep").beyond) == {"ana": 20_000}
    assert dict(shared_pace(known, Q2, earlier, shares_of(known, Q2, earlier, "rep")).beyond) == {"ana": 20_000}


def test_pace_is_what_is_won_and_what_the_unit_won_from_the_same_day_on(desk: Desk) -> None:
    """Ana 100, ben 300; the win of before that day does not count."""
    desk.won("now", date(2026, 4, 20))
    known = desk.book.known(TODAY)

    version = pace(known, Q2, desk.book.earlier(known, Q2), "rep")

    assert dict(version.deals) == {"now": 1_000}
    assert dict(version.beyond) == {"ana": 10_000, "ben": 30_000}


def test_the_shared_pace_deals_the_whole_out_by_what_each_has_won(desk: Desk) -> None:
    """Since January ana has won 100 and ben 300; five mean wins of 200 for each beside: 1100 to 1300."""
    known = desk.book.known(TODAY)
    earlier = desk.book.earlier(known, Q2)

    shares = shares_of(known, Q2, earlier, "rep")

    assert {cell: each.part for cell, each in shares.items()} == pytest.approx({"ana": 11 / 24, "ben": 13 / 24})
    assert {cell: each.wins for cell, each in shares.items()} == {"ana": 6, "ben": 6}
    shared = shared_pace(known, Q2, earlier, shares)
    assert dict(shared.beyond) == {"ana": round(40_000 * 11 / 24), "ben": round(40_000 * 13 / 24)}
    assert new_business(earlier, shares) == {"ana": round(30_000 * 11 / 24), "ben": round(30_000 * 13 / 24)}


def test_the_model_is_in_season_by_how_it_came_out_on_the_same_day(desk: Desk) -> None:
    """One of three undated deals was won where 0.3 were expected; 20 deals of doubt."""
    known = desk.book.known(TODAY)
    of_all = (1 + 20) / (0.3 + 20)
    undated = (1 + 20 * of_all) / (0.3 + 20)

    found = factors(desk.book.earlier(known, Q2), always(0.1))

    assert found == pytest.approx({"due": of_all, "later": of_all, "undated": undated})
    said = chances(known, Q2, always(0.1))
    assert seasoned(known, Q2, said, found) == pytest.approx({"now": 0.1 * undated})
    assert dict(model_weighted(known, Q2, said).deals) == {"now": 100}


def test_a_chance_for_a_period_to_come_leaves_out_what_is_won_before_it() -> None:
    """Of 0.9 that are won by the end, 0.4 are won before the period begins."""

    def chance(deal: Open, at: int, days: float) -> float:
        return days / 100

    day = date(2026, 5, 1)
    deal = Open(Position(id="a", stage="x"), 100)
    period = Period(date(2026, 6, 10), date(2026, 7, 30), "soon")

    assert chances(Known(day, noon(day), (deal,), ()), period, chance) == pytest.approx({"a": 0.5})


def test_the_win_model_takes_the_place_of_what_stays_say_of_winning() -> None:
    """The chance in the end is the model's; which part of it falls within the days is told by the stays."""
    stays = [(Stay("offer", 1, 100, days, "won" if days < 50 else "lost"), 20) for days in (5.0, 20.0, 40.0, 60.0)]
    closings = Closings(observe_stays(Dwell(), stays, 300), 300)
    deal = Open(Position(id="a", stage="offer", created_at=noon(date(2026, 5, 1))), 100)
    at = noon(date(2026, 5, 1))
    outlook = closings.outlook("offer", 0.0)

    assert by_stays(closings)(deal, at, 30.0) == pytest.approx(outlook.won_by(30.0))
    assert by_stays(closings, {"a": 0.8})(deal, at, 30.0) == pytest.approx(0.8 * outlook.won_by(30.0) / outlook.won)


def test_of_a_year_to_come_of_which_nothing_is_known_only_what_is_planned_for_it_counts(desk: Desk) -> None:
    """47 of 100 of all that is open now would be a forecast of deals that are long over by then."""
    desk.opened("far", date(2026, 4, 11), "20", owner="ana", stage="offer", closes=date(2027, 2, 1))
    desk.opened("soon", date(2026, 4, 11), "30", owner="ana", stage="offer", closes=date(2026, 6, 1))
    known = desk.book.known(TODAY)
    to_come = FiscalCalendar().named("FY2027-Q1")
    rates = learned((), by_stage)
    assert dict(weighted("stage_weighted", known, to_come, rates, by_stage).deals) == {"far": round(2_000 * PRIOR_RATE)}
    running = weighted("stage_weighted", known, Q2, rates, by_stage)
    assert set(running.deals) == {"now", "soon"}
