"""How forecasts are judged, and what is earned by it: against numbers worked by hand."""

from datetime import date, timedelta

import pytest

from streams.revenue.accuracy import Locked, is_weekly, record, score
from streams.revenue.blend import Earned, blended, earned
from streams.revenue.company import Unit
from streams.revenue.periods import FiscalCalendar
from streams.revenue.version import Version

PERIOD = "FY2026-Q2"
ANA, BEN, CLEO = (Unit("rep", name) for name in ("ana", "ben", "cleo"))
DAY = date(2026, 5, 1)


def said(version: str, cents: int, unit: Unit = ANA, **more: object) -> Locked:
    """A locked forecast."""
    fields: dict[str, object] = {"period": PERIOD, "day": DAY, "unit": unit, "version": version, "cents": cents, **more}
    return Locked(**fields)  # type: ignore[arg-type]


def test_the_measures_are_those_of_the_book() -> None:
    """Said 120 and 60 of 100 and 100: WAPE 60/200, bias -20/200; one of two intervals held."""
    cases = [said("model", 120, low=110, high=130), said("model", 60, BEN, low=40, high=100)]

    found = score(cases, {(PERIOD, ANA): 100, (PERIOD, BEN): 100})

    assert (found.cases, found.outcomes, found.intervals) == (2, 2, 2)
    assert found.wape == pytest.approx(0.3)
    assert found.bias == pytest.approx(-0.1)
    assert found.coverage == 0.5
    # ana: 0.9 x 10, 0.5 x 20, 0.1 x 30; ben: 0.1 x 60, 0.5 x 40, 0.9 x 0.
    assert found.pinball == pytest.approx((9 + 10 + 3 + 6 + 20 + 0) / 3 / 200)


def test_a_bare_number_is_held_to_say_itself_three_times() -> None:
    """Off by 20: half of it on average."""
    found = score([said("pace", 120)], {(PERIOD, ANA): 100})

    assert found.pinball == pytest.approx(0.1)
    assert found.coverage is None


def test_what_has_no_outcome_yet_is_not_judged() -> None:
    """Nor is anything a share of nothing."""
    assert score([said("pace", 120)], {}).cases == 0
    assert score([said("pace", 120)], {(PERIOD, ANA): 0}).wape is None


def test_everybody_has_a_record_of_their_own() -> None:
    """By person: ana sandbags, ben has happy ears."""
    cases = [said("commit", 80, by="ana"), said("commit", 150, BEN, by="ben")]

    found = record(cases, {(PERIOD, ANA): 100, (PERIOD, BEN): 100}, lambda each: each.by)

    assert {name: each.bias for name, each in found.items()} == pytest.approx({"ana": -0.2, "ben": 0.5})


def test_forecasts_are_locked_each_week_of_the_period() -> None:
    """From its first day on."""
    period = FiscalCalendar().named(PERIOD)
    days = [period.start + timedelta(days=each) for each in range(-7, 100)]

    weekly = [each for each in days if is_weekly(each, period)]

    assert weekly[:2] == [date(2026, 4, 1), date(2026, 4, 8)]
    assert len(weekly) == 13


def test_without_a_record_the_blend_is_the_benchmark() -> None:
    """Nothing is given away."""
    versions = {
        "shared_pace": Version("shared_pace", {"w": 5}, {"ana": 10}),
        "model": Version("model", {"w": 5, "d": 9}),
    }

    assert blended(versions, {"w": 5}, Earned()) == Version("blend", {"w": 5}, {"ana": 10})


def test_how_much_is_earned_by_the_part_of_the_disagreement_that_came_true() -> None:
    """The model said 40 more than 100, 20 more came: half came true, and one outcome beside ten that say nothing."""
    locks = [said("shared_pace", 100, Unit()), said("model", 140, Unit())]

    found = earned(locks, {(PERIOD, Unit()): 120}, "rep")

    assert found.much == pytest.approx({"model": 0.5 / 11})
    assert found.much_outcomes == 1


def test_a_version_that_was_wrong_or_silent_earns_nothing() -> None:
    """The model said more and less came; nobody committed anything beyond what is closed."""
    locks = [
        said("shared_pace", 100, Unit(), closed=30),
        said("model", 140, Unit(), closed=30),
        said("commit", 30, Unit(), closed=30),
    ]

    assert earned(locks, {(PERIOD, Unit()): 90}, "rep").much == {}


def test_a_pair_of_unit_and_period_weighs_the_same_however_often_it_was_forecast() -> None:
    """Saying the same every day is no evidence."""
    once = [said("shared_pace", 100, Unit()), said("model", 140, Unit())]
    often = [
        Locked(period=PERIOD, day=DAY + timedelta(days=each), unit=Unit(), version=one.version, cents=one.cents)
        for each in range(9)
        for one in once
    ]

    came = {(PERIOD, Unit()): 120}
    assert earned(often, came, "rep").much == pytest.approx(earned(once, came, "rep").much)


def test_two_outcomes_weigh_the_same_where_one_was_forecast_more_often() -> None:
    """Half of the disagreement came true in a quarter forecast once, and nothing in one forecast nine times."""
    other = "FY2026-Q1"
    locks = [said("shared_pace", 100, Unit()), said("model", 140, Unit())]
    for each in range(9):
        day = date(2026, 1, 1) + timedelta(days=each)
        locks += [
            said("shared_pace", 100, Unit(), period=other, day=day),
            said("model", 140, Unit(), period=other, day=day),
        ]

    found = earned(locks, {(PERIOD, Unit()): 120, (other, Unit()): 100}, "rep")

    assert found.much == pytest.approx({"model": 0.25 * 2 / 12})


def test_nobody_is_believed_the_more_because_somebody_else_is_wrong() -> None:
    """Pace was wrong and is not heard; the model has what it has alone, not what would make up for pace's opposite."""
    alone = [said("shared_pace", 100, Unit()), said("model", 140, Unit())]
    came = {(PERIOD, Unit()): 120}

    beside = earned([*alone, said("pace", 80, Unit())], came, "rep")

    assert beside.much == pytest.approx(earned(alone, came, "rep").much)


def test_who_will_sell_is_earned_apart_from_how_much() -> None:
    """The model knows that ana will sell three quarters of it, and expects ten times too much in all."""
    locks = []
    for unit, model in ((ANA, 1_500), (BEN, 500)):
        locks += [said("shared_pace", 100, unit), said("model", model, unit)]
    locks += [said("shared_pace", 200, Unit()), said("model", 2_000, Unit())]
    came = {(PERIOD, ANA): 150, (PERIOD, BEN): 50, (PERIOD, Unit()): 200}

    found = earned(locks, came, "rep")

    assert found.much == {}
    assert found.who == pytest.approx({"model": 2 / 12})


def test_the_blend_asks_one_set_who_and_the_other_how_much() -> None:
    """Half each on who, all of it the benchmark's on how much: 200, dealt out 125 to 75."""
    versions = {
        "shared_pace": Version("shared_pace", {}, {"ana": 100, "ben": 100}),
        "model": Version("model", {"d": 1_500, "e": 500}),
    }
    weights = Earned(much={}, who={"model": 0.1})

    found = blended(versions, {}, weights)

    # Who: 90 + 150 + 50 + 90 = 380, of which 200 are to come.
    assert dict(found.beyond) == {"ana": round(90 * 200 / 380), "ben": round(90 * 200 / 380)}
    assert dict(found.deals) == {"d": round(150 * 200 / 380), "e": round(50 * 200 / 380)}


def test_a_level_whose_intervals_were_too_narrow_gets_wider_ones() -> None:
    """All 30 of 30 would have needed twice the width: by the square root of two, since 30 more ask for none."""
    units = [Unit("rep", str(each)) for each in range(30)]
    locks = [said("blend", 100, unit, low=90, high=110) for unit in units]

    found = earned(locks, {(PERIOD, unit): 120 for unit in units}, "rep")

    assert found.widths == pytest.approx({"rep": 2**0.5})


def test_widths_are_asked_of_what_was_simulated() -> None:
    """Intervals that had been doubled already and held just so say: stay at two, not four."""
    units = [Unit("rep", str(each)) for each in range(30)]
    locks = [said("blend", 100, unit, low=80, high=120, width=2.0) for unit in units]

    found = earned(locks, {(PERIOD, unit): 120 for unit in units}, "rep")

    assert found.widths == pytest.approx({"rep": 2**0.5})
