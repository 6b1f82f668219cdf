"""Figures of quality against values worked out in another way."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import BINS, ESTIMATES, Judged, average_precision, bin_of, calibration_error, evaluate, roc_auc
from tests.strategies import law

_CASES = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.booleans()), min_size=2, max_size=40)


def _both(cases: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    scores, labels = [score for score, _ in cases], [label for _, label in cases]
    return [*scores, 0.3, 0.6], [*labels, True, False]


@law(200)
@given(_CASES)
def test_auc_is_the_share_of_pairs_in_the_right_order(cases: list[tuple[float, bool]]) -> None:
    """Every positive against every negative, ties counting half."""
    scores, labels = _both(cases)
    positives = [score for score, label in zip(scores, labels, strict=True) if label]
    negatives = [score for score, label in zip(scores, labels, strict=True) if not label]
    wins = [(p > n) + (p == n) / 2 for p, n in product(positives, negatives)]
    assert roc_auc(scores, labels) == pytest.approx(sum(wins) / len(wins))


@law(200)
@given(_CASES)
def test_average_precision_is_the_sum_over_thresholds(cases: list[tuple[float, bool]]) -> None:
    """At every distinct score: the recall gained there times the precision reached there."""
    scores, labels = _both(cases)
    area, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        taken = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
        reached = sum(taken) / sum(labels)
        area += (reached - recall) * sum(taken) / len(taken)
        recall = reached
    assert average_precision(scores, labels) == pytest.approx(area)


def test_average_precision_by_hand() -> None:
    """Hits at ranks 1 and 3 of 4: (1/1 + 2/3) / 2."""
    assert average_precision([0.9, 0.8, 0.7, 0.6], [True, False, True, False]) == pytest.approx((1 + 2 / 3) / 2)


@law(100)
@given(_CASES)
def test_the_order_of_the_cases_makes_no_difference(cases: list[tuple[float, bool]]) -> None:
    """Figures are about a set of predictions."""
    scores, labels = _both(cases)
    backwards = evaluate(scores[::-1], labels[::-1])
    forwards = evaluate(scores, labels)
    for name in forwards.__struct_fields__:
        assert getattr(forwards, name) == pytest.approx(getattr(backwards, name))


def test_perfect_and_useless_predictions_have_known_figures() -> None:
    """Certainty that comes true, and a coin that always says a half."""
    perfect = evaluate([1.0, 0.0, 1.0], [True, False, True])
    assert (perfect.roc_auc, perfect.pr_auc, perfect.brier, perfect.ece) == (1.0, 1.0, 0.0, 0.0)
    assert perfect.log_loss == pytest.approx(0.0, abs=1e-9)
    coin = evaluate([0.5] * 4, [True, False, True, False])
    assert (coin.cases, coin.positives, coin.roc_auc, coin.pr_auc, coin.brier) == (4, 2, 0.5, 0.5, 0.25)
    assert coin.log_loss == pytest.approx(log(2))
    wrong = evaluate([0.0, 1.0], [True, False])
    assert (wrong.roc_auc, wrong.brier, wrong.ece) == (0.0, 1.0, 1.0)
    assert wrong.log_loss == pytest.approx(-log(1e-12))


def test_calibration_is_weighed_by_how_often_it_was_said() -> None:
    """Said 0.2 nine times and true once, said 0.9 once and true: |1.8 - 1| and |0.9 - 1| over ten cases."""
    predicted = [0.2] * 9 + [0.9]
    labels = [True] + [False] * 8 + [True]
    assert calibration_error(predicted, labels) == pytest.approx((0.8 + 0.1) / 10)


@pytest.mark.parametrize("labels", [[], [True, True], [False]])
def test_one_kind_of_outcome_cannot_be_judged(labels: list[bool]) -> None:
    """Without both outcomes there is nothing to rank."""
    with pytest.raises(ValueError, match="both outcomes"):
        evaluate([0.5] * len(labels), labels)


def test_predictions_and_outcomes_must_match() -> None:
    """A prediction without an outcome is a mistake, not a case."""
    for predicted in ([0.5], [0.5, 0.5, 0.5]):
        with pytest.raises((ValueError, IndexError)):
            evaluate(predicted, [True, False])


@law(200)
@given(_CASES, st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_weight_counts_like_so_many_equal_cases(cases: list[tuple[float, bool]], most: int, chance: object) -> None:
    """Weighing and repeating are the same, also where a case counts not at all."""
    scores, labels = _both(cases)
    counts = [chance.randint(0, most) for _ in cases] + [1, 1]  # type: ignore[attr-defined]
    repeated = [index for index, count in enumerate(counts) for _ in range(count)]
    weighed = Judged(scores, labels).figures(np.array(counts, dtype=np.float64))
    plain = Judged([scores[each] for each in repeated], [labels[each] for each in repeated]).figures()
    assert weighed == pytest.approx(plain)


@law(100)
@given(_CASES, st.integers(1, 9))
def test_drawing_every_case_equally_often_changes_nothing(cases: list[tuple[float, bool]], times: int) -> None:
    """Figures are about shares."""
    scores, labels = _both(cases)
    judged = Judged(scores, labels)
    assert judged.figures(np.full(len(labels), float(times))) == pytest.approx(judged.figures())


def test_weights_that_leave_one_outcome_rank_nothing() -> None:
    """Not a number, and no error: a resample may draw this; what is no ranking is still said."""
    figures = dict(zip(ESTIMATES, Judged([0.9, 0.2], [True, False]).figures(np.array([2.0, 0.0])), strict=True))
    assert np.isnan(figures["roc_auc"])
    assert np.isnan(figures["pr_auc"])
    assert figures["brier"] == pytest.approx(0.01)


def test_reliability_is_the_share_that_came_true_in_each_bin() -> None:
    """A bin in which nothing was said has no share."""
    shares = Judged([0.05, 0.05, 0.95, 1.0], [True, False, True, True]).reliability()
    assert shares[[0, BINS - 1]].tolist() == [0.5, 1.0]
    assert np.isnan(shares[1:-1]).all()
    assert bin_of(np.array([0.0, 0.1, 0.999, 1.0])).tolist() == [0, 1, 9, 9]
