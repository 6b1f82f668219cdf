"""Where deals stand on record, which units they count for, and what was on record when."""

from __future__ import annotations

from datetime import date

from streams.events import deal
from streams.revenue.company import Company, Unit
from streams.revenue.position import Position
from streams.revenue.record import on_record, snapshots
from tests.builders import a_close_date, a_stage, a_touch, a_win, an_amount, an_opportunity, calendar_day, ms
from tests.seeing import moves, seen


def test_a_lead_is_no_deal_and_what_changes_nothing_is_no_move() -> None:
    """The touch before the deal, and the amount that it had already."""
    events = [a_touch(0), an_opportunity(1), an_amount(2, "12000"), a_stage(3, "offer", 2)]
    assert [(each.before is None, each.after.stage) for each in moves(events)] == [
        (True, "discovery"),
        (False, "offer"),
    ]


def test_the_planned_close_is_the_last_day_of_the_plan_where_the_deal_is() -> None:
    """Midnight ends the day before; a deal that is won closes on its day of the win."""
    born = an_opportunity(0, deal.CreatedData(close_date=date(2024, 3, 31), timezone="Pacific/Auckland"))
    exact = an_opportunity(0, deal.CreatedData(close_at=a_win(10).time))
    assert moves([born])[0].after.closes == date(2024, 3, 31)
    assert moves([exact], "America/New_York")[0].after.closes == calendar_day(9)
    assert moves([born, a_win(10.5)])[-1].after.closes == calendar_day(10 + 1)  # evening in Auckland


def test_each_level_has_one_unit_for_a_deal() -> None:
    """Who is in no team is in the team without a name."""
    company = Company(teams={"ann": "north"}, regions={"north": "emea"})
    anns = Position(id="1", owner="ann", product="p", account="a", lead_source="web")
    units = [company.unit(anns, each) for each in ("company", "region", "team", "rep", "product")]
    assert units == [Unit(), Unit("region", "emea"), Unit("team", "north"), Unit("rep", "ann"), Unit("product", "p")]
    nobodys = Position(id="2", owner="zoe")
    assert company.unit(nobodys, "team") == Unit("team", "")
    assert company.unit(nobodys, "region") == Unit("region", "")


def test_the_record_of_an_instant_knows_what_came_before_it_only() -> None:
    """What happens at that very instant is not in it yet."""
    moved = moves([an_opportunity(0), a_close_date(2, 80), a_close_date(4, 90)])
    assert on_record(moved, ms(0)) == {}
    asked = [
        (at, {id_: each.closes for id_, each in found.items()}) for at, found in snapshots(moved, [ms(5), ms(1), ms(4)])
    ]
    assert asked == [
        (ms(1), {"opp-1": None}),
        (ms(4), {"opp-1": calendar_day(80)}),
        (ms(5), {"opp-1": calendar_day(90)}),
    ]


def test_a_late_event_is_seen_when_it_comes() -> None:
    """At the partition's time, beside what was on record then."""
    found = seen([an_opportunity(0), an_amount(6, "1"), a_close_date(3, 80)])
    assert [each.at for each in found] == [ms(0), ms(6), ms(6)]
    late = found[-1].move("UTC")
    assert late is not None
    assert (late.at, late.offset, late.after.closes) == (ms(6), 2, calendar_day(80))
