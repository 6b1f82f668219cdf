"""What the page knows of revenue: the latest answer of each key, found by what people ask for, whatever comes."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.revenue.answers import ForecastTold, PipelineTold, Said, encode_answer, key_of
from streams.revenue.company import Unit
from streams.web.markup import Html
from streams.web.pages.revenue.attribution import attribution
from streams.web.pages.revenue.coaching import Reading, coaching, sheet_page
from streams.web.pages.revenue.forecast import forecast
from streams.web.pages.revenue.frame import Sight, chooser
from streams.web.pages.revenue.matrix import matrix
from streams.web.pages.revenue.pipeline import pipeline
from streams.web.readers import Reader
from streams.web.revenue_model import RevenueModel
from streams.web.revenue_wanted import RevenueWanted, read_revenue_wanted
from tests.quarter import COMPANY, NEXT, QUARTER, a_revenue_model, records, told_of_a_quarter

NOBODY_KNOWS = Reading(Reader(), 2**62)


def every_page(model: RevenueModel, wanted: RevenueWanted | None = None) -> list[Html]:
    """Every page of a model, and each sheet, as somebody reads them who may read all."""
    sight = Sight(model, wanted or RevenueWanted(), lambda _deal: "")
    made = [forecast(sight), pipeline(sight), matrix(sight), attribution(sight), coaching(sight, NOBODY_KNOWS)]
    made += [sheet_page(sight, "rep", name, NOBODY_KNOWS) for name in model.sheets("rep")]
    form = chooser(sight, "/revenue")
    return [*made, *([] if form is None else [form])]


def the_company(kind: type[ForecastTold] | type[PipelineTold]) -> ForecastTold | PipelineTold:
    """The company's answer for the running quarter."""
    return next(
        each
        for each in told_of_a_quarter()
        if isinstance(each, kind) and each.unit == Unit() and each.period.name == QUARTER
    )


def test_every_answer_is_found_by_what_it_is_about() -> None:
    """Each record but those of the weekly locks, which are history."""
    model = a_revenue_model()
    kept = [each for each in told_of_a_quarter() if not isinstance(each, Said)]
    assert len(model) == len(kept)
    for each in kept:
        if isinstance(each, ForecastTold):
            assert model.forecast(each.period.name, each.unit) == each
        elif isinstance(each, PipelineTold):
            assert model.pipeline(each.period.name, each.unit) == each
    assert model.unreadable == 0


def test_the_running_quarter_is_shown_where_nobody_asks_for_another() -> None:
    """By the day of the answers, not by the clock of a machine."""
    model = a_revenue_model()
    assert model.periods() == (QUARTER, NEXT)
    assert model.now() == QUARTER
    assert RevenueModel().now() == ""


def test_a_company_is_gone_down_to_its_reps_and_back() -> None:
    """As the company file says which team is in which region."""
    model = a_revenue_model()
    emea = Unit("region", "emea")
    assert emea in model.below(QUARTER, Unit())
    assert {each.name for each in model.below(QUARTER, emea)} == {"team-de-1", "team-uk-1", "team-fr-1"}
    for rep in model.below(QUARTER, Unit("team", "team-us-1")):
        assert model.above(rep) == (Unit(), Unit("region", "americas"), Unit("team", "team-us-1"))
    assert model.below(QUARTER, Unit("product", "platform")) == ()


def test_the_latest_record_of_a_key_counts_and_one_without_a_value_takes_it_away() -> None:
    """Repeats are no news, so that nobody draws the same page again."""
    model = a_revenue_model()
    told = the_company(ForecastTold)
    key = key_of(told)
    assert model.drain()
    model.take(key, encode_answer(told))
    assert not model.drain()
    newer = replace(told, at=told.at + 1)
    model.take(key, encode_answer(newer))
    assert model.drain()
    assert model.forecast(QUARTER, Unit()) == newer
    model.take(key, None)
    assert model.forecast(QUARTER, Unit()) is None
    model.take(key, encode_answer(told))
    assert model.forecast(QUARTER, Unit()) == told


def test_few_values_are_kept_decoded_and_all_are_found() -> None:
    """The bound is of memory, not of what is known."""
    model = RevenueModel(COMPANY, decoded=2)
    for key, value in records():
        model.take(key, value)
    names = model.units(QUARTER, "rep")
    for _ in range(2):
        assert [each.unit.name for each in model.forecasts(QUARTER, "rep")] == [
            name for name in names if model.forecast(QUARTER, Unit("rep", name))
        ]
    assert len(names) > 2


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+400"])
def test_an_amount_that_is_no_number_is_no_answer(amount: str) -> None:
    """It is counted; the page says that there is none."""
    told = the_company(PipelineTold)
    model = RevenueModel()
    model.take(key_of(told), encode_answer(replace(told, end=Decimal(amount))))
    assert model.pipeline(QUARTER, Unit()) is None
    assert model.unreadable == 1
    assert len(model) == 0


def test_an_answer_under_the_key_of_another_is_none() -> None:
    """Whoever asks for a rep must not get the company."""
    told = the_company(ForecastTold)
    model = RevenueModel()
    model.take(f"forecast|{QUARTER}|rep|rep-de-01".encode(), encode_answer(told))
    assert model.forecast(QUARTER, Unit("rep", "rep-de-01")) is None
    assert model.unreadable == 1


def test_a_name_may_hold_whatever_it_likes() -> None:
    """The separator of keys, markup, nothing at all."""
    told = the_company(ForecastTold)
    model = RevenueModel()
    for name in ("a|b", "<b>", "", "é / ?&="):
        own = replace(told, unit=Unit("rep", name))
        model.take(key_of(own), encode_answer(own))
        assert model.forecast(QUARTER, Unit("rep", name)) == own
        assert read_revenue_wanted({"unit": f"rep|{name}"}).unit == Unit("rep", name)
    shown = every_page(model, RevenueWanted(period=QUARTER, unit=Unit("rep", "<b>")))
    assert "Forecast of rep &lt;b&gt;" in shown[0]


#: Made by the first test that draws one: every process that collects tests would wait for them otherwise.
RECORDS = st.deferred(lambda: st.sampled_from([each for each in records() if not each[0].startswith(b"said")]))


@st.composite
def broken(draw: st.DrawFn) -> tuple[bytes, bytes | None]:
    """A record as rubbish comes: any bytes, a true one cut or changed, or with a field of another kind."""
    key, value = draw(RECORDS)
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return draw(st.binary(max_size=40)), draw(st.none() | st.binary(max_size=40))
    if kind == 1:
        return key, value[: draw(st.integers(0, len(value)))]
    if kind == 2:
        place = draw(st.integers(0, len(value) - 1))
        return key, value[:place] + draw(st.binary(max_size=3)) + value[place + 1 :]
    said = msgspec.json.decode(value)
    said[draw(st.sampled_from(sorted(said)))] = draw(
        st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
        | st.just([]) | st.just({})
    )  # fmt: skip
    return (key if kind == 3 else draw(st.sampled_from([b"matrix", b"sheet|rep|x", b"credit|channel", key]))), (
        msgspec.json.encode(said)
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(broken(), max_size=5))
def test_rubbish_stops_nothing(found: list[tuple[bytes, bytes | None]]) -> None:
    """It is counted and left out, and every page is made of the rest."""
    model = a_revenue_model()
    for key, value in found:
        model.take(key, value)
    assert all(every_page(model))


@given(st.dictionaries(st.sampled_from(["period", "level", "name", "unit", "by"]), st.text(max_size=30), max_size=5))
def test_any_address_shows_something(query: dict[str, str]) -> None:
    """What makes no sense is as if it were not there."""
    wanted = read_revenue_wanted(query)
    assert all(every_page(RevenueModel(), wanted))
    assert all(every_page(a_model_of_the_company(), wanted))


def a_model_of_the_company() -> RevenueModel:
    """A model that knows the company's own answers only."""
    model = RevenueModel()
    for kind in (ForecastTold, PipelineTold):
        told = the_company(kind)
        model.take(key_of(told), encode_answer(told))
    return model
