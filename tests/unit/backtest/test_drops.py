"""Drops of a model after shocks: found, measured, and over when the skill is back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backtest.drops import DEPTH, MIN_CASES, NEAR, Drop, find_drops, steadiness
from streams.backtest.predictions import Prediction
from streams.labels.outcome import INACTIVITY
from streams.state.opportunity import DAY
from tests.strategies import law


def _course(*skills: float) -> list[tuple[int, float]]:
    return [(day * DAY, skill) for day, skill in enumerate(skills)]


def test_a_drop_has_a_size_and_an_end() -> None:
    """From the day on which it is deep to the day on which the skill is near the usual again."""
    assert find_drops(_course(0.5, 0.45, 0.25, 0.0, 0.4, 0.46, 0.5), usual=0.5) == [Drop(2 * DAY, 3 * DAY, 0.5, 3)]


def test_a_drop_at_the_end_has_not_recovered() -> None:
    """The log ends first."""
    assert find_drops(_course(0.5, 0.25), usual=0.5) == [Drop(DAY, DAY, 0.25, None)]


def test_a_model_that_knows_nothing_yet_has_not_dropped() -> None:
    """It must have been near the usual before."""
    assert find_drops(_course(0.0, 0.1, 0.3, 0.28), usual=0.3) == []


def test_a_model_can_drop_on_the_day_after_it_recovered() -> None:
    """The end of a drop is near the usual, so the next may begin."""
    assert [each.began_at for each in find_drops(_course(0.5, 0.25, 0.5, 0.25), usual=0.5)] == [DAY, 3 * DAY]


def test_small_ups_and_downs_are_one_drop_or_none() -> None:
    """Between near and deep nothing begins, and nothing ends."""
    assert find_drops(_course(0.3, 0.22, 0.3, 0.22), usual=0.3) == []
    assert len(find_drops(_course(0.3, 0.1, 0.22, 0.1, 0.3), usual=0.3)) == 1


@law(300)
@given(st.lists(st.floats(-1, 1), max_size=40), st.floats(-0.5, 0.5))
def test_drops_are_deep_apart_and_in_order(skills: list[float], usual: float) -> None:
    """Each is deeper than the threshold, ends before the next begins, and only the last may be without an end."""
    course = _course(*skills)
    drops = find_drops(course, usual)
    for drop in drops:
        assert drop.size > DEPTH - 1e-12
        end = course[-1][0] if drop.recovered_days is None else drop.began_at + drop.recovered_days * DAY
        assert drop.began_at <= drop.lowest_at <= end
        assert usual - drop.size == pytest.approx(min(each for at, each in course if drop.began_at <= at <= end))
        assert drop.recovered_days is None or dict(course)[end] >= usual - NEAR
    ends = [each.recovered_days for each in drops]
    assert None not in ends[:-1]
    for one, following in pairwise(drops):
        assert one.recovered_days is not None
        assert one.began_at + one.recovered_days * DAY < following.began_at


def a_row(day: int, number: int, probability: float, label: bool) -> Prediction:
    """Return a prediction of a day."""
    return Prediction(f"deal-{number}", day * DAY + number, INACTIVITY, 7.0, probability, label, 1.0, 1.0)


def test_a_week_of_wrong_predictions_is_a_drop() -> None:
    """Good predictions, turned around for a week; the running week is back seven days after they are."""
    chance = np.random.default_rng(1)
    rows = []
    for day in range(60):
        for number in range(40):
            risk = 0.8 if number % 2 else 0.2
            label = bool(chance.random() < risk)
            rows.append(a_row(day, number, 1 - risk if 30 <= day < 37 else risk, label))
    found = steadiness(rows)
    assert found.days == 58  # the first two have not enough cases
    assert found.usual is not None
    assert found.usual > 0.2
    assert found.volatility is not None
    (drop,) = found.drops
    assert 30 * DAY <= drop.began_at <= 33 * DAY
    assert drop.lowest_at == 36 * DAY
    assert drop.recovered_days is not None
    assert drop.began_at + drop.recovered_days * DAY <= 44 * DAY
    assert found.worse_days > 0
    assert found.largest == drop.size


def test_too_few_cases_say_nothing() -> None:
    """A week of fewer than a hundred questions is no week."""
    found = steadiness([a_row(day, 0, 0.5, bool(day % 2)) for day in range(MIN_CASES)])
    assert (found.days, found.usual, found.drops, found.largest) == (0, None, (), None)
