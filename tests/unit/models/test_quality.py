"""What is followed of a model's predictions, against the same figures of all cases at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation import calibration_error as ece_of
from models.evaluation import roc_auc
from models.quality import QUALITY_MEMORY, RANK_BINS, Tally, calibration_error, ranking, tally

CASES = st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=60)


def told(cases: list[tuple[float, bool]], days: int) -> Tally:
    """The tally of cases that come in so many portions."""
    found = Tally()
    for part in np.array_split(np.arange(len(cases)), days):
        heard = [cases[index] for index in part]
        first = int(part[0]) if len(part) else 0
        found = tally(found, first, [said for said, _ in heard], [label for _, label in heard])
    return found


@given(CASES, st.integers(1, 7))
def test_it_makes_no_difference_in_which_portions_cases_come(cases: list[tuple[float, bool]], days: int) -> None:
    """The shares add up to one, and are those of all cases at once."""
    whole, parts = told(cases, 1), told(cases, days)
    assert sum(whole.true) + sum(whole.false) == pytest.approx(1.0)
    for one, other in zip(
        whole.true + whole.false + whole.excess, parts.true + parts.false + parts.excess, strict=True
    ):
        assert one == pytest.approx(other, abs=1e-12)


@given(CASES)
def test_the_calibration_error_is_that_of_all_cases(cases: list[tuple[float, bool]]) -> None:
    """While fewer cases came than are remembered, all count alike."""
    said, labels = [each for each, _ in cases], [each for _, each in cases]
    assert calibration_error(told(cases, 3)) == pytest.approx(ece_of(said, labels))


def test_the_ranking_is_that_of_all_cases_but_for_ties_within_a_bin() -> None:
    """A thousand cases: ROC-AUC to the second decimal."""
    drawn = np.random.default_rng(7)
    said = drawn.beta(1.2, 4.0, QUALITY_MEMORY)
    labels = [bool(each) for each in drawn.random(QUALITY_MEMORY) < said]
    found = ranking(told(list(zip(said.tolist(), labels, strict=True)), 30))
    assert found == pytest.approx(roc_auc(said.tolist(), labels), abs=0.005)
    assert found is not None and 0.6 < found < 0.9


def test_nothing_is_said_of_a_ranking_while_all_came_out_alike() -> None:
    """And nothing of anything before the first case."""
    assert (ranking(Tally()), calibration_error(Tally())) == (None, None)
    assert ranking(told([(0.2, False), (0.9, False)], 1)) is None


def test_what_is_long_ago_is_forgotten() -> None:
    """After some thousand good cases nothing is left of bad ones."""
    bad, good = [(0.9, False), (0.1, True)] * 500, [(0.9, True), (0.1, False)] * 4_000
    assert ranking(told(bad, 1)) == pytest.approx(0.0)
    found = ranking(told(bad + good, 90))
    assert found is not None and found > 0.97


@pytest.mark.parametrize(("said", "bin_"), [(0.0, 0), (1.0, RANK_BINS - 1), (0.5, RANK_BINS // 2)])
def test_certainty_has_a_bin_too(said: float, bin_: int) -> None:
    """Probabilities of 0 and 1 are at the ends."""
    assert tally(Tally(), 0, [said], [True]).true[bin_] == 1.0
