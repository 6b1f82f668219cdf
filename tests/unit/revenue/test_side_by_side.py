"""All versions side by side: they add up, name their deals, and say what they cannot say."""

from datetime import date

import pytest

from streams.revenue.blend import Earned
from streams.revenue.company import Company, Unit
from streams.revenue.comparing import difference
from streams.revenue.difference import DealDifference, in_words, short
from streams.revenue.forecast import Forecast, figures, forecast, locked
from streams.revenue.periods import FiscalCalendar
from streams.revenue.rollup import Adjustment
from streams.revenue.version import VERSIONS, Cut, Figure
from tests.selling import Desk, always

COMPANY = Company(teams={"ana": "north", "ben": "north", "cleo": "south"}, regions={"north": "emea", "south": "emea"})
Q2 = FiscalCalendar().named("FY2026-Q2")
TODAY = date(2026, 5, 2)
IN_Q2 = date(2026, 6, 10)


def a_desk() -> Desk:
    """Two quarters of three reps."""
    desk = Desk(COMPANY)
    desk.opened("old", date(2025, 11, 3), owner="ana")
    desk.won("old", date(2025, 12, 2))
    for number in range(12):
        owner = ("ana", "ben", "cleo")[number % 3]
        desk.opened(
            f"q1-{number}", date(2026, 1, 5 + number), "1000", owner=owner, product="P", closes=date(2026, 3, 20)
        )
        if number % 2:
            desk.won(f"q1-{number}", date(2026, 3, 1 + number), "950")
    desk.opened("won", date(2026, 4, 3), "2000", owner="ana", product="P", closes=IN_Q2)
    desk.won("won", date(2026, 4, 20))
    desk.opened("sure", date(2026, 4, 3), "70000", owner="ana", product="P", closes=IN_Q2, category="commit")
    desk.opened("hope", date(2026, 4, 3), "500", owner="ben", product="R", closes=IN_Q2, category="best_case")
    desk.opened("undated", date(2026, 4, 3), "300", owner="cleo")
    desk.opened("no amount", date(2026, 4, 3), None, owner="cleo", closes=IN_Q2)
    return desk


def made(cut: Cut = "rep", said: tuple[Adjustment, ...] = (), weights: Earned | None = None) -> Forecast:
    """The forecast of that desk, with a model that gives every deal a fifth."""
    book = a_desk().book
    return forecast(book, Q2, book.known(TODAY), always(0.2), cut=cut, said=said, weights=weights)


def of(row: tuple[Figure, ...]) -> dict[str, int]:
    """Cents by version."""
    return {each.version: each.cents for each in row}


def test_every_version_is_there_in_its_order_and_names_its_deals() -> None:
    """And says of which deals nothing can be said."""
    found = made()

    assert [each.version for each in figures(found, "company", COMPANY)[Unit()]] == list(VERSIONS)
    assert dict(found.versions["commit"].deals) == {"won": 200_000, "sure": 7_000_000}
    assert (found.unvalued, found.undated) == (("no amount",), ("undated",))
    assert [each.name for each in found.earlier] == ["FY2026-Q1"]


def test_versions_add_up_over_the_units_of_each_level() -> None:
    """Exactly, to the cent; managers' figures of one level do, too."""
    found = made()
    whole = of(figures(found, "company", COMPANY)[Unit()])

    for level in ("rep", "team", "region"):
        parts = [of(row) for row in figures(found, level, COMPANY).values()]
        assert {name: sum(each[name] for each in parts) for name in whole} == whole


def test_a_cut_by_product_has_the_companys_figures() -> None:
    """What is of no deal is dealt out in another way, and is as much."""
    by_rep = of(figures(made(), "company", COMPANY)[Unit()])
    found = made("product")
    by_product = of(figures(found, "company", COMPANY)[Unit()])

    assert set(figures(found, "product", COMPANY)) == {Unit("product", each) for each in ("", "P", "R")}
    for name in ("closed", "pipeline", "stage_weighted", "model"):
        assert by_product[name] == by_rep[name]
    for name in ("pace", "shared_pace", "simulated", "blend"):
        assert by_product[name] == pytest.approx(by_rep[name], abs=3)


def test_a_forecast_is_asked_by_what_it_was_cut_by() -> None:
    """Reps cannot be told from a forecast by product."""
    with pytest.raises(ValueError, match="make one by rep"):
        figures(made("product"), "team", COMPANY)


def test_quantiles_rise_and_begin_at_what_is_won() -> None:
    """Of every unit that has any."""
    found = made()
    for level in ("rep", "team", "company"):
        for row in figures(found, level, COMPANY).values():
            for each in row:
                if each.low is not None and each.middle is not None and each.high is not None:
                    assert of(row)["closed"] <= each.low <= each.middle <= each.high


def test_a_wider_record_widens_the_blend_and_nothing_else() -> None:
    """The simulation says what it says."""
    narrow, wide = (
        {each.version: each for each in figures(made(weights=weights), "rep", COMPANY)[Unit("rep", "ben")]}
        for weights in (Earned(), Earned(widths={"rep": 2.0}))
    )

    assert wide["simulated"] == narrow["simulated"]
    assert wide["blend"].cents == narrow["blend"].cents
    assert wide["blend"].high is not None
    assert narrow["blend"].high is not None
    spread = narrow["blend"].high - narrow["blend"].cents
    assert wide["blend"].high - wide["blend"].cents == pytest.approx(2 * spread, abs=2)


def test_in_the_first_period_the_simulation_is_all_there_is() -> None:
    """No pace can be kept with a past that nobody knows."""
    desk = Desk(COMPANY)
    desk.opened("a", date(2026, 4, 3), owner="ana")
    found = forecast(desk.book, Q2, desk.book.known(TODAY), always(0.2))

    row = of(figures(found, "company", COMPANY)[Unit()])

    assert not {"pace", "shared_pace"} & set(row)
    assert row["blend"] == row["simulated"]


def test_what_was_said_is_kept_with_who_said_it() -> None:
    """A rep's commit is the rep's word; a manager's figure the manager's."""
    north = Unit("team", "north")
    found = made(said=(Adjustment(at=1, by="mia", period=Q2.name, unit=north, cents=5_000_000),))

    kept = {(each.unit, each.version): each for level in ("rep", "team") for each in locked(found, level, COMPANY)}

    assert kept[Unit("rep", "ana"), "commit"].by == "ana"
    assert (kept[north, "adjusted"].by, kept[north, "adjusted"].cents) == ("mia", 5_000_000)
    assert (kept[north, "adjusted"].closed, kept[north, "adjusted"].day) == (200_000, TODAY)
    assert kept[north, "commit"].by == ""


def test_a_difference_names_its_deals_and_adds_up() -> None:
    """The model counts a fifth of the large deal that ana commits, of hope, and of four deals of a thousand before."""
    found = difference(made(), Unit("team", "north"), "model", "commit", COMPANY)

    assert found.named == (DealDifference("sure", -5_600_000),)
    assert found.cents == found.others + found.beyond + sum(each.cents for each in found.named)
    assert in_words(found, "EUR") == "model is 55 k EUR under commit: sure -56 k, other deals +900."


def test_a_difference_to_a_managers_figure_is_of_no_deal() -> None:
    """It stands on what the reps commit."""
    north = Unit("team", "north")
    said = (Adjustment(at=1, by="mia", period=Q2.name, unit=north, cents=5_000_000),)

    found = difference(made(said=said), north, "adjusted", "commit", COMPANY)

    assert (found.cents, found.beyond, found.named) == (-2_200_000, -2_200_000, ())
    assert in_words(found) == "adjusted is 22 k under commit: not of any one deal -22 k."
    same = difference(made(), north, "adjusted", "commit", COMPANY)
    assert in_words(same) == "adjusted and commit say the same."


@pytest.mark.parametrize(
    ("cents", "text"), [(120_000_000, "1.2 M"), (34_000_000, "340 k"), (8_500, "85"), (-450_000, "-4.5 k"), (0, "0")]
)
def test_amounts_are_said_as_people_do(cents: int, text: str) -> None:
    """Two digits are enough to talk about."""
    assert short(cents) == text
