"""One target judged, alone and beside a rival."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import evaluate
from streams.backtest.judge import compare, judge
from streams.backtest.predictions import Prediction
from streams.labels.outcome import INACTIVITY, WIN
from tests.builders import ms


def rows(target: str = INACTIVITY, deals: int = 30, days: int = 8) -> list[Prediction]:
    """Return predictions about deals of two kinds, which the model tells apart half of the time."""
    chance = np.random.default_rng(3)
    found = []
    for number in range(deals):
        risk = 0.7 if number % 2 else 0.2
        for day in range(1, days + 1):
            said = risk if chance.random() < 0.5 else 0.45
            label = bool(chance.random() < risk)
            found.append(Prediction(f"opp-{number}", ms(day), target, 14.0, said, label, float(day), day / 2))
    return found


def test_every_figure_has_an_interval_around_it() -> None:
    """And without resamples there are the same figures without."""
    found, plain = judge(rows(), resamples=100), judge(rows(), resamples=0)
    assert found.model is not None
    assert found.model == plain.model
    assert plain.intervals == {}
    for name in ("roc_auc", "pr_auc", "brier", "log_loss"):
        assert found.intervals[name].low < getattr(found.model, name) < found.intervals[name].high
    assert found.intervals["ece"].low < found.intervals["ece"].high


def test_the_bins_of_a_diagram_hold_every_prediction() -> None:
    """As many as there are; the shares, weighed by them, are the base rate, and empty bins are left out."""
    found = judge(rows(), resamples=50)
    assert [each.low for each in found.reliability] == [0.2, 0.4, 0.7]
    assert sum(each.cases for each in found.reliability) == found.cases
    assert sum(each.came_true * each.cases for each in found.reliability) == pytest.approx(found.positives)
    for each in found.reliability:
        assert each.low - 1e-9 <= each.said <= each.high
        assert each.interval is not None
        assert each.interval.low <= each.came_true <= each.interval.high


def test_the_rules_expect_a_win_where_they_expect_no_risk() -> None:
    """Days since the last contact speak against a win, so they rank it the other way round."""
    risk, win = judge(rows(), resamples=0), judge(rows(WIN), resamples=0)
    assert risk.age is not None
    assert win.age is not None
    assert win.age.roc_auc == pytest.approx(1 - risk.age.roc_auc)


def test_a_rival_is_judged_on_the_rows_it_could_answer_and_so_is_the_model() -> None:
    """The difference of a model and itself is nothing, with certainty; of a better one it is not."""
    given = rows()
    said = [row.probability if number % 3 else None for number, row in enumerate(given)]
    same = compare(given, said, resamples=50)
    assert same is not None
    answered = [row for number, row in enumerate(given) if number % 3]
    assert same.cases == len(answered)
    assert (
        same.model == same.rival == evaluate([each.probability for each in answered], [each.label for each in answered])
    )
    assert {(each.low, each.high) for each in same.difference.values()} == {(0.0, 0.0)}
    oracle = compare(given, [0.9 if row.label else 0.1 for row in given], resamples=50)
    assert oracle is not None
    assert oracle.rival.roc_auc == 1.0
    assert oracle.difference["roc_auc"].high < 0 < oracle.difference["brier"].low


def test_a_rival_without_both_outcomes_is_not_compared() -> None:
    """It could answer nothing, or only what came true."""
    given = rows()
    assert compare(given, [None] * len(given), resamples=10) is None
    assert compare(given, [0.5 if row.label else None for row in given], resamples=10) is None
    assert judge(given, 0, [None] * len(given)).compared is None


def test_the_number_of_resamples_is_told() -> None:
    """So that a bar can move."""
    told: list[int] = []
    judge(rows(), 7, [row.probability for row in rows()], tick=lambda: told.append(1))
    assert len(told) == 14
