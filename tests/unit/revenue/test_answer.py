"""What is told of a forecast is what its parts say, unit by unit."""

from datetime import date, timedelta

import pytest

from streams.revenue.answer import Answer, answer
from streams.revenue.company import Company, Unit
from streams.revenue.comparing import difference
from streams.revenue.forecast import figures
from streams.revenue.rollup import Adjustment
from streams.revenue.said import Said
from streams.revenue.version import VERSIONS
from tests.selling import Desk, noon

COMPANY = Company(teams={"ana": "north", "ben": "south"}, regions={"north": "emea"})
FIRST, TODAY = date(2025, 1, 6), date(2025, 5, 10)
MAY = COMPANY.calendar.named("FY2025-M05")


@pytest.fixture
def said() -> Said:
    """Four months of a deal every third day, most of which are won; a figure of the north and of a team of nobody."""
    desk = Desk(COMPANY)
    for number in range(45):
        day = FIRST + timedelta(days=3 * number)
        amount = None if number == 39 else f"{100 + number}"
        closes = None if number == 41 else day + timedelta(days=20)
        desk.opened(f"d{number}", day, amount, owner=("ana", "ben")[number % 2], category="commit", closes=closes)
        if number % 5:
            desk.won(f"d{number}", day + timedelta(days=9), None if amount else "50")
    figures_of = [
        Adjustment(at=noon(date(2025, 5, 6)), by="mia", period=MAY.name, unit=Unit("team", name), cents=77_700)
        for name in ("north", "west")
    ]
    said = Said(desk.book, grain="month", adjustments=figures_of)
    for period, day in list(said.due(TODAY)):
        said.say(period, day)
    return said


@pytest.fixture
def found(said: Said) -> Answer:
    """The answer by team."""
    return answer(said, said.make(MAY, said.book.known(TODAY)), "team")


def test_units_have_every_version_and_why_two_differ(said: Said, found: Answer) -> None:
    """The figures are those of the forecast, the differences those between its versions."""
    made = said.make(MAY, said.book.known(TODAY))
    rows = figures(made, "team", COMPANY)
    assert [each.unit.name for each in found.units] == ["north", "south", "west"]
    for each in found.units:
        assert each.figures == rows[each.unit]
        versions = list(VERSIONS) if each.unit.name != "west" else ["closed", "adjusted"]
        assert [figure.version for figure in each.figures] == versions
        for told in each.differences:
            assert told == difference(made, each.unit, told.one, told.other, COMPANY)
    pairs = [("model", "commit"), ("blend", "commit"), ("blend", "model")]
    assert [(each.one, each.other) for each in found.units[1].differences] == pairs


def test_a_managers_figure_stands_where_it_was_said_and_is_compared(found: Answer) -> None:
    """Also of a team that has no deals, so that parts still add up to the whole."""
    north, south, west = found.units
    assert [each.by for each in found.adjustments] == ["mia", "mia"]
    assert (south.adjustment, south.words[-1].startswith("adjusted")) == (None, False)
    for each in (north, west):
        figure = each.figure("adjusted")
        assert figure is not None and (figure.cents, figure.by) == (77_700, "mia")
        assert each.differences[-1].one == "adjusted"
    assert west.words[-1] == "adjusted is 777 over commit: not of any one deal +777."


def test_what_nobody_could_count_and_how_it_came_out_is_told(said: Said, found: Answer) -> None:
    """April and March have a record; May is not over."""
    assert found.undated == ("d41",)
    assert found.unvalued == tuple(each.position.id for each in said.book.known(TODAY).open if each.cents is None)
    assert found.left == 22
    assert found.weeks == len({(each.period, each.day) for each in said.kept if each.period != MAY.name}) > 0
    assert {each.person for each in found.people} == {"ana", "ben"}
    assert {each.level for each in found.versions} == {"rep", "team", "region", "company"}
    record = said.record(lambda each: (each.version, each.unit.level), TODAY)
    assert {(each.version, each.level): each.score for each in found.versions} == record


def test_parts_that_a_figure_was_said_of_add_up_to_the_company(said: Said, found: Answer) -> None:
    """To the cent."""
    whole = answer(said, said.make(MAY, said.book.known(TODAY)), "company").units[0].figure("adjusted")
    parts = [each.figure("adjusted") for each in found.units]
    assert whole is not None
    assert whole.cents == sum(each.cents for each in parts if each is not None)
