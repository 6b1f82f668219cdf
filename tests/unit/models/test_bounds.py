"""How much a day counts: in full while it is as days are, less where it is far out, and in full again if that lasts."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bounds import BOUND, FIRST, LEAST_CASES, REMEMBERED, Bounds, weigh

_days = st.lists(st.tuples(st.floats(0.02, 0.98), st.integers(0, 100)), min_size=1, max_size=60)


def a_usual_life(days: int, seed: int = 0) -> Bounds:
    """After so many days of a hundred cases at 20 %, of each of which ten are alike, as those of one deal are."""
    random, bounds = Random(seed), Bounds()
    for day in range(days):
        labels = [label for label in (random.random() < 0.2 for _ in range(10)) for _ in range(10)]
        bounds, _ = weigh(bounds, day, [0.2] * 100, labels)
    return bounds


def test_a_day_on_which_everything_came_true_counts_little_and_is_remembered() -> None:
    """And it pulls no more than a day at the bound would."""
    usual = a_usual_life(100)
    after, share = weigh(usual, 100, [0.2] * 1_000, [True] * 1_000)
    z = 800 / (1_000 * 0.16) ** 0.5
    assert share == pytest.approx(BOUND * usual.square**0.5 / z)
    assert share < 0.25
    assert after.share_on(100) == share
    assert after.share_on(99) == 1.0


def test_days_as_they_are_count_in_full() -> None:
    """Of a thousand days whose cases are alike by tens hardly one counts a little less."""
    lessened = a_usual_life(1_000, seed=1).lessened
    assert len(lessened) <= 1
    assert all(share > 0.9 for _, share in lessened)


def test_a_change_that_lasts_is_learned_in_full_within_two_weeks() -> None:
    """Each of its days widens what is usual a little."""
    bounds, shares = a_usual_life(100), list[float]()
    for day in range(100, 114):
        bounds, share = weigh(bounds, day, [0.2] * 400, [True] * 400)
        shares.append(share)
    assert shares == sorted(shares)
    assert shares[0] < 0.4
    assert shares[-1] == 1.0


def test_a_change_of_the_other_direction_is_out_of_bounds_too() -> None:
    """Nothing came true where half was expected to."""
    _, share = weigh(a_usual_life(100), 100, [0.5] * 1_000, [False] * 1_000)
    assert share < 0.5


def test_where_everything_came_as_it_was_said_a_first_surprise_counts_nearly_in_full() -> None:
    """Days never count as steadier than those of independent cases are."""
    bounds = Bounds()
    for day in range(100):
        bounds, _ = weigh(bounds, day, [0.999] * 50, [True] * 50)
    _, share = weigh(bounds, 100, [0.999] * 50, [True] * 49 + [False])
    assert share > 0.9


def test_nothing_is_out_of_bounds_before_it_is_known_what_is_usual() -> None:
    """Nor a day of few cases."""
    _, first = weigh(a_usual_life(FIRST - 1), FIRST, [0.2] * 1_000, [True] * 1_000)
    usual = a_usual_life(100)
    assert (usual, 1.0) == weigh(usual, 100, [0.01] * (LEAST_CASES - 1), [True] * (LEAST_CASES - 1))
    assert first == 1.0


@given(_days)
def test_a_day_always_counts_something_and_what_is_remembered_is_bounded(days: list[tuple[float, int]]) -> None:
    """Whatever days there are."""
    bounds = Bounds(days=FIRST, square=1.0)
    for number, (said, came) in enumerate([*days, *days]):
        bounds, share = weigh(bounds, number, [said] * 100, [True] * came + [False] * (100 - came))
        assert 0.0 < share <= 1.0
        assert bounds.share_on(number) == share
    assert len(bounds.lessened) <= REMEMBERED
