"""Categories rolled up, and managers' figures on top."""

from datetime import date

import pytest

from streams.revenue.company import Company, Unit
from streams.revenue.periods import FiscalCalendar
from streams.revenue.rollup import Adjustment, adjusted, adjustment_of, in_force, rolled_up
from tests.builders import a_figure, ms
from tests.selling import Desk

Q2 = FiscalCalendar().named("FY2026-Q2")
IN_Q2, LATER = date(2026, 6, 10), date(2026, 7, 10)
COMPANY = Company(teams={"ana": "north", "ben": "north", "cleo": "south"}, regions={"north": "emea", "south": "emea"})


def test_each_column_contains_those_before() -> None:
    """Worked by hand: 1 won, 2 commit, 4 most likely, 8 best case, 16 pipeline and 32 without a category."""
    desk = Desk()
    for number, category in enumerate(["", "commit", "most_likely", "best_case", "pipeline", "", "omitted"]):
        desk.opened(f"d{number}", date(2026, 4, 2), str(2**number), category=category, closes=IN_Q2)
    desk.won("d0", date(2026, 4, 20))

    columns = {each.name: sum(each.deals.values()) // 100 for each in rolled_up(desk.book.known(date(2026, 5, 1)), Q2)}

    assert columns == {"closed": 1, "commit": 3, "most_likely": 7, "best_case": 15, "pipeline": 63}


def test_only_deals_that_are_planned_for_the_period_count() -> None:
    """Not those of a later one, of one that is over, without a date, or without an amount."""
    desk = Desk()
    for name, closes in [("in", IN_Q2), ("later", LATER), ("over", date(2026, 3, 31)), ("undated", None)]:
        desk.opened(name, date(2026, 3, 2), category="commit", closes=closes)
    desk.opened("worth nobody knows what", date(2026, 3, 2), None, category="commit", closes=IN_Q2)

    commit = rolled_up(desk.book.known(date(2026, 5, 1)), Q2)[1]

    assert dict(commit.deals) == {"in": 10_000}


def test_a_managers_figure_replaces_the_sum_below_and_is_added_up_above() -> None:
    """North says 500 where ana and ben come to 300; south's 50 stay; a region is the sum of both."""
    said = {Unit("team", "north"): Adjustment(at=1, by="mia", period=Q2.name, unit=Unit("team", "north"), cents=500)}

    found = adjusted({"ana": 100, "ben": 200, "cleo": 50}, {}, said, COMPANY)

    assert found[Unit("rep", "ana")] == 100
    assert found[Unit("team", "north")] == 500
    assert found[Unit("team", "south")] == 50
    assert found[Unit("region", "emea")] == found[Unit()] == 550


def test_a_managers_figure_is_never_less_than_what_is_won() -> None:
    """Who said 500 while 600 are won by now is behind the facts."""
    said = {Unit("team", "north"): Adjustment(at=1, by="mia", period=Q2.name, unit=Unit("team", "north"), cents=500)}

    assert adjusted({"ana": 700}, {"ana": 600}, said, COMPANY)[Unit("team", "north")] == 600


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(1, 500), (2, 400)], 400),
        ([(2, 400), (1, 500)], 400),
        ([(1, 500), (9, 900)], 500),
        ([(1, 500), (2, None)], None),
    ],
)
def test_the_latest_figure_that_was_said_before_counts(
    said: list[tuple[int, int | None]], expected: int | None
) -> None:
    """In any order of telling; none takes it back; what is said later is not known."""
    unit = Unit("team", "north")
    spoken = [Adjustment(at=at, by="mia", period=Q2.name, unit=unit, cents=cents) for at, cents in said]
    spoken.append(Adjustment(at=3, by="mia", period="FY2026-Q3", unit=unit, cents=1))

    found = in_force(spoken, Q2, 5)

    assert (found[unit].cents if unit in found else None) == expected


def test_an_event_says_a_figure_or_takes_one_back() -> None:
    """In whole cents; the company has no name."""
    figure = adjustment_of(a_figure(1, "1200.5", period="FY2026-Q2"))
    assert figure == Adjustment(
        at=ms(1),
        by="mia",
        period="FY2026-Q2",
        unit=Unit("team", "north"),
        cents=120_050,
        reason="I asked them",
        source="/people",
        id="figure-1",
    )
    assert adjustment_of(a_figure(1, None, "", level="company")).cents is None
    assert adjustment_of(a_figure(1, None, "", level="company")).unit == Unit()


def test_of_figures_of_one_instant_the_one_with_the_greatest_id_counts() -> None:
    """In whatever order they are told."""
    said = [
        adjustment_of(a_figure(1, amount, period="FY2026-Q2", name=name)) for name, amount in (("b", "2"), ("a", "1"))
    ]
    for told in (said, said[::-1]):
        assert [each.cents for each in in_force(told, Q2, ms(2)).values()] == [200]
    taken_back = adjustment_of(a_figure(1, None, period="FY2026-Q2", name="c"))
    assert in_force([taken_back, *said], Q2, ms(2)) == {}
