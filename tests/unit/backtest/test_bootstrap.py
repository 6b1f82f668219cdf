"""Resamples draw deals, not rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import ESTIMATES, Array, Judged
from streams.backtest.bootstrap import resampled, weights
from tests.strategies import law

_DEALS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30)


@law(100)
@given(_DEALS)
def test_rows_of_a_deal_stay_together(deals: list[str]) -> None:
    """Every resample draws as many deals as there are, and takes all rows of each as often."""
    for drawn in weights(deals, 5):
        by_deal = {name: {each for each, deal in zip(drawn, deals, strict=True) if deal == name} for name in deals}
        assert all(len(each) == 1 for each in by_deal.values())
        assert sum(each.pop() for each in by_deal.values()) == len(set(deals))


@law(50)
@given(_DEALS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(deals: list[str], chance: object) -> None:
    """A deal is drawn by its name."""
    order = sorted(range(len(deals)), key=lambda _: chance.random())  # type: ignore[attr-defined]
    shuffled = [deals[each] for each in order]
    for one, other in zip(weights(deals, 3), weights(shuffled, 3), strict=True):
        assert one[order].tolist() == other.tolist()


def a_set(deals: int, rows: int, seed: int) -> tuple[list[float], list[bool], list[str]]:
    """Deals of different risk with several rows each, and a model that sees the risk through some noise."""
    chance = np.random.default_rng(seed)
    risks = chance.beta(2, 4, deals)
    names = [f"deal-{number}" for number in range(deals) for _ in range(rows)]
    risk = np.repeat(risks, rows)
    said = np.clip(risk + chance.normal(0, 0.1, risk.size), 0.01, 0.99)
    return said.tolist(), (chance.random(risk.size) < risk).tolist(), names


def test_intervals_contain_the_estimate_and_shrink_with_more_deals() -> None:
    """Of a hundred simulated sets nearly all; four times the deals, about half the width."""
    inside = dict.fromkeys(ESTIMATES, 0)
    for seed in range(100):
        said, labels, names = a_set(60, 5, seed)
        judged = Judged(said, labels)
        for name, estimate, interval in zip(
            ESTIMATES, judged.figures(), resampled(judged.figures, names, 100), strict=True
        ):
            assert interval is not None
            inside[name] += interval.low <= estimate <= interval.high
    assert {name: count >= 95 for name, count in inside.items() if name != "ece"} == {
        name: True for name in ESTIMATES if name != "ece"
    }
    assert inside["ece"] >= 85  # chance only raises it
    few, many = (_width(*a_set(deals, 5, 1)) for deals in (100, 400))
    assert many == pytest.approx(few / 2, rel=0.35)


def test_intervals_cover_the_truth_where_rows_of_a_deal_resemble_each_other() -> None:
    """The share of positives, one outcome a deal on ten rows: 95 % intervals hold it about so often, not less.

    Drawing rows instead of deals would make them a third as wide, and wrong most of the time.
    """
    chance = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        outcomes = np.repeat(chance.random(50) < 0.3, 10).astype(np.float64)
        names = [f"deal-{number // 10}" for number in range(500)]

        def share(drawn: Array, outcomes: Array = outcomes) -> Array:
            return np.array([(drawn * outcomes).sum() / drawn.sum()])

        (interval,) = resampled(share, names, 200)
        assert interval is not None
        held += interval.low <= 0.3 <= interval.high
    assert 180 <= held <= 198


def test_the_same_deals_give_the_same_intervals() -> None:
    """There is a seed."""
    said, labels, names = a_set(40, 3, 2)
    judged = Judged(said, labels)
    assert resampled(judged.figures, names, 50) == resampled(judged.figures, names, 50)


def test_a_figure_that_most_resamples_cannot_say_has_no_interval() -> None:
    """Where only one kind of outcome is drawn nothing can be ranked; what can be said still is."""
    half, always = resampled(lambda drawn: np.array([np.nan if drawn[0] else 1.0, 1.0]), list("abcdefghijkl"), 200)
    assert half is None  # the first deal is drawn in two of three resamples
    assert always is not None


def test_few_deals_and_no_resamples_give_no_interval() -> None:
    """Two deals do not say what others would do."""
    judged = Judged([0.9, 0.2], [True, False])
    assert resampled(judged.figures, ["a", "b"], 200) == [None] * len(ESTIMATES)
    said, labels, names = a_set(60, 2, 3)
    assert resampled(Judged(said, labels).figures, names, 0) == [None] * len(ESTIMATES)


def _width(said: list[float], labels: list[bool], names: list[str]) -> float:
    judged = Judged(said, labels)
    interval = resampled(judged.figures, names, 400)[0]
    assert interval is not None
    return interval.high - interval.low
