"""What each channel adds to the share won, and by how much a touch raises the chance: numbers worked by hand."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interval import Z
from streams.revenue.lift import FEW, lifts
from streams.revenue.shapley import EXACT, Coalitions, added, membership, values
from tests.strategies import law

#: Won and lost: 20 % by themselves, 40 % with a, 30 % with b, 60 % with both.
FOUR: Coalitions = {(): (20, 80), ("a",): (40, 60), ("b",): (30, 70), ("a", "b"): (60, 40)}


def test_parts_are_those_worked_by_hand() -> None:
    """With ten deals more at the overall 37.5 %: 0.2159 untouched, 0.3036 with at most a, 0.2560 with at most b."""
    found = added(FOUR)
    none, only_a, only_b, both = 23.75 / 110, 63.75 / 210, 53.75 / 210, 153.75 / 410

    assert found.base == pytest.approx(none)
    assert found.parts == pytest.approx(
        {
            "a": (only_a - none + both - only_b) / 2,
            "b": (only_b - none + both - only_a) / 2,
        }
    )


_TABLES = st.dictionaries(
    st.frozensets(st.sampled_from("abcdef")).map(lambda each: tuple(sorted(each))),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
    min_size=1,
    max_size=12,
).filter(lambda table: any(map(sum, table.values())))


@law(80)
@given(_TABLES)
def test_base_and_parts_add_up_to_the_share_won(table: Coalitions) -> None:
    """Whatever was touched by whom, exactly and by orders; and what never touched anybody adds nothing."""
    _, members = membership(table)
    counts = np.array(list(table.values()), dtype=np.float64)
    won, lost = counts[None, :, 0], counts[None, :, 1]
    for exact in (EXACT, 0):
        base, parts = values(members, won, lost, exact)
        assert np.isclose(base[0] + parts.sum(), won.sum() / counts.sum())


def test_by_orders_comes_near_what_is_exact_and_is_the_same_each_time() -> None:
    """Beyond the bound orders are drawn with a fixed key: six channels, two of which matter."""
    draws = np.random.default_rng(3)
    members = draws.random((400, 6)) < 0.4
    won = (draws.random(400) < 0.3 + 0.3 * members[:, 0] + 0.15 * members[:, 1]).astype(float)[None]
    _, exactly = values(members, won, 1 - won)
    _, once = values(members, won, 1 - won, exact=0)
    _, again = values(members, won, 1 - won, exact=0)

    assert np.abs(once - exactly).max() < 0.01
    assert (once == again).all()


def test_with_one_channel_the_lift_is_the_difference_of_two_shares() -> None:
    """60 % of 100 against 30 % of 100, with the interval of two shares that vary each in their way."""
    found = lifts({(): (30, 70), ("a",): (60, 40)})["a"]
    assert found is not None

    half = Z * sqrt(200 / 198 * (0.6 * 0.4 / 100 + 0.3 * 0.7 / 100))
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.3 - half, 0.3 + half))


def test_with_two_channels_each_is_told_with_the_other_held_equal() -> None:
    """A balanced table: a adds 25 points on average over b, b adds 15 over a."""
    found = lifts(FOUR)
    assert found["a"] is not None
    assert found["b"] is not None
    assert (found["a"].value, found["b"].value) == pytest.approx((0.25, 0.15))


def test_a_channel_that_rides_along_with_another_has_no_lift_where_that_one_explains_it() -> None:
    """`b` touches mostly the deals that `a` touched; alone it changes nothing."""
    found = lifts({(): (60, 140), ("a",): (30, 20), ("a", "b"): (90, 60), ("b",): (15, 35)})
    assert found["b"] is not None
    assert found["a"] is not None

    assert found["b"].value == pytest.approx(0.0, abs=1e-9)
    assert found["a"].value == pytest.approx(0.3)


def test_what_always_comes_together_cannot_be_told_apart() -> None:
    """Two channels that touch the same deals; a third that does not is told."""
    found = lifts({(): (50, 50), ("a", "b"): (70, 30), ("c",): (60, 40)})

    assert found["a"] is None
    assert found["b"] is None
    assert found["c"] is not None
    assert found["c"].value == pytest.approx(0.1)


def test_too_few_deals_on_either_side_say_nothing() -> None:
    """Thirty that were touched, and thirty that were not."""
    assert lifts({(): (50, 50), ("a",): (FEW - 1, 0)}) == {"a": None}
    assert lifts({(): (FEW - 1, 0), ("a",): (50, 50)}) == {"a": None}
    assert lifts({(): (50, 50), ("a",): (FEW, 0)})["a"] is not None
    assert lifts({}) == {}


def test_intervals_of_lifts_hold_the_truth_as_often_as_they_say() -> None:
    """300 samples of 400 deals with known effects of 20, 10 and 0 points: 95 % of the intervals, give or take 2.5."""
    draws = np.random.default_rng(11)
    truth = {"a": 0.2, "b": 0.1, "c": 0.0}
    hits = []
    for _ in range(300):
        table: dict[tuple[str, ...], tuple[int, int]] = {}
        touched = draws.random((400, 3)) < (0.4, 0.3, 0.5)
        won = draws.random(400) < 0.3 + touched @ np.array(list(truth.values()))
        for row, is_won in zip(touched, won, strict=True):
            key = tuple(name for name, there in zip(truth, row, strict=True) if there)
            before = table.get(key, (0, 0))
            table[key] = (before[0] + int(is_won), before[1] + int(not is_won))
        found = lifts(table)
        hits += [each is not None and each.low <= truth[name] <= each.high for name, each in found.items()]

    assert 0.925 <= sum(hits) / len(hits) <= 0.975
