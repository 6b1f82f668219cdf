"""Drift: when it is said, and when not."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.drift import (
    ALARM,
    FIRST,
    LEAST_CASES,
    LOSS,
    TOLERATED,
    WATCHED,
    Lookout,
    Watch,
    look,
    look_out,
    measured_of,
)
from tests.builders import a_vector

_numbers = st.floats(-1e3, 1e3)


def _alarms(values: Iterator[float]) -> list[int]:
    watch, found = Watch(), []
    for number, value in enumerate(values):
        watch, drifted = look(watch, value)
        if drifted:
            found.append(number)
    return found


def _noise(random: Random, length: int, at: int, shift: float) -> Iterator[float]:
    for number in range(length):
        yield random.gauss(shift if number >= at else 0.0, 1.0)


@pytest.mark.parametrize(("shift", "most"), [(2.0, 20), (-2.0, 20), (4.0, 5), (-4.0, 5)])
def test_a_shift_is_noticed_within_days(shift: float, most: int) -> None:
    """In either direction, in nine of ten years, and soon."""
    random = Random(1)
    years = [[n for n in _alarms(_noise(random, 140, 100, shift)) if n >= 100] for _ in range(50)]
    assert sum(bool(year) and year[0] < 100 + most for year in years) >= 45


def test_what_stays_as_it_was_raises_no_alarm() -> None:
    """A hundred years of noise."""
    random = Random(2)
    assert sum(len(_alarms(_noise(random, 365, 365, 0.0))) for _ in range(100)) <= 1


@given(st.lists(_numbers, min_size=FIRST + 1, max_size=60))
def test_the_sum_is_the_largest_of_any_run_of_days_up_to_now(values: list[float]) -> None:
    """Page's definition: how far the latest days lie above what was usual, less what is tolerated."""
    watch, off = Watch(), list[float]()
    for value in values:
        before = watch
        watch, drifted = look(watch, value)
        if before.seen >= FIRST:
            spread = max((before.squares / (before.seen - 1)) ** 0.5, 1e-3)
            off.append((value - before.mean) / spread)
        runs = [sum(each - TOLERATED for each in off[first:]) for first in range(len(off))]
        falls = [sum(-each - TOLERATED for each in off[first:]) for first in range(len(off))]
        if drifted:
            assert max(*runs, *falls, 0.0) > ALARM
            return
        assert watch.above == pytest.approx(max([*runs, 0.0]), abs=1e-6)
        assert watch.below == pytest.approx(max([*falls, 0.0]), abs=1e-6)


def test_after_an_alarm_the_watch_learns_anew_what_is_usual() -> None:
    """So a change is said once."""
    random = Random(3)
    assert len(_alarms(_noise(random, 400, 60, 6.0))) == 1


def test_a_value_is_the_mean_of_enough_cases() -> None:
    """Quiet days wait for each other."""
    rows = measured_of([a_vector()] * 7, [0.5] * 7, [True] * 7)
    lookout = Lookout()
    for _ in range(2):
        lookout, _ = look_out(lookout, rows)
        assert {watch.seen for watch in lookout.watches} == {0}
    lookout, _ = look_out(lookout, rows)
    assert lookout.cases == 0 and {watch.seen for watch in lookout.watches} == {1}
    assert 3 * 7 >= LEAST_CASES


def test_each_thing_is_named_that_changed() -> None:
    """A feature that moves is none of the others, and no bad prediction."""
    random = Random(4)
    lookout, found = Lookout(), []
    for day in range(60):
        vectors = [a_vector(random.uniform(1.0, 3.0), since_reply=20.0 if day > 40 else 1.0) for _ in range(30)]
        lookout, drifts = look_out(
            lookout, measured_of(vectors, [0.3] * 30, [random.random() < 0.3 for _ in range(30)])
        )
        found += drifts
    assert [each.what for each in found] == ["since_reply"]
    assert found[0].now > found[0].usual


def test_the_loss_is_held_against_what_the_model_expected() -> None:
    """A day of doubtful deals is no day of bad predictions; one on which the sure ones were wrong is."""
    doubtful = measured_of([a_vector()] * 2, [0.5, 0.5], [True, False])
    assert doubtful[:, WATCHED.index(LOSS)].tolist() == [0.0, 0.0]
    wrong = measured_of([a_vector()], [0.9], [False])
    assert wrong[0, WATCHED.index(LOSS)] > 1.9


def test_certainty_that_was_wrong_is_a_finite_loss() -> None:
    """And a feature that is not known stands at the far end of its curve."""
    rows = measured_of([a_vector(since_reply=None)], [1.0], [False])
    assert rows[0, WATCHED.index(LOSS)] == pytest.approx(20.7, abs=0.1)
    assert rows[0, WATCHED.index("since_reply")] == 1.0
