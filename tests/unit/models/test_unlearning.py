"""Taking cases back from a posterior: the algebra, and that it stays one whatever is asked of it."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Case
from models.learn import Learner
from models.recursive import Cases, Curve, Habits, RecursiveLogistic, RecursiveState
from models.schema import Vector
from models.unlearning import MOST_KNOWN, TOGETHER, unlearned
from tests.builders import a_vector
from tests.strategies import law

_HABITS = (Habits(day_variance=0.1, deal_variance=1.0), Habits(day_variance=0.1, deal_variance=1.0, forgetting=1e-3))


class _Apart:
    """Every slot by itself, with a variance of one."""

    def curve_of(self, slot: str) -> Curve:
        return Curve((slot,), np.zeros(1), np.eye(1))


def _cases(seed: int, number: int, label: bool | None = None) -> Cases:
    random = Random(seed)
    measured = [{name: random.uniform(-1, 1) for name in "abc"} for _ in range(number)]
    labels = [random.random() < 0.5 if label is None else label for _ in range(number)]
    return Cases.of(measured, labels, [f"{seed}-{each // 4}" for each in range(number)])


def _learned(*blocks: Cases) -> RecursiveState:
    regression = RecursiveLogistic(_Apart(), _HABITS)
    for block in blocks:
        regression.learn(block)
    return regression.state()


def _covariance(state: RecursiveState, memory: int = 0) -> np.ndarray:
    size = len(state.slots)
    whole = np.zeros((size, size))
    whole[np.tril_indices(size)] = np.frombuffer(state.covariances[memory], "<f4")
    return whole + np.tril(whole, -1).T


def _mean(state: RecursiveState, memory: int = 0) -> np.ndarray:
    return np.frombuffer(state.means[memory], "<f8")


def test_mean_and_doubt_are_what_they_were() -> None:
    """What was learned last and is taken back leaves both nearly where they were, in each memory."""
    before, last = _cases(1, 400), _cases(2, 8)
    wanted, learned = _learned(before), _learned(before, last)
    left = unlearned(learned, _HABITS, last, [5] * 8)
    for memory in range(2):
        moved = np.abs(_mean(learned, memory) - _mean(wanted, memory)).max()
        assert np.abs(_mean(left, memory) - _mean(wanted, memory)).max() < 0.1 * moved
        gone = np.abs(_covariance(learned, memory) - _covariance(wanted, memory)).max()
        assert memory or np.abs(_covariance(left, memory) - _covariance(wanted, memory)).max() < 0.15 * gone


def test_cases_of_a_day_were_learned_together() -> None:
    """What shared its day's shock taught less than what did not: it is known, and less is taken back."""
    before, last = _cases(1, 100), _cases(2, 40)
    wanted, learned = _learned(before), _learned(before, last)
    together = unlearned(learned, _HABITS, last, [5] * 40)
    apart = unlearned(learned, _HABITS, last, [number // 4 for number in range(40)])
    off = [np.abs(_mean(each) - _mean(wanted)).max() for each in (together, apart)]
    assert off[0] < off[1]


def test_what_was_never_measured_is_left_out() -> None:
    """A slot that the learner does not know, such as a word that got its weight later, changes nothing."""
    learned, last = _learned(_cases(1, 100), _cases(2, 8)), _cases(2, 8)
    rows = [dict(zip("abc", row, strict=True)) for row in last.measured.toarray()]
    more = Cases.of([{**row, "new": 1.0} for row in rows], last.labels, last.deals)
    assert unlearned(learned, _HABITS, more, [5] * 8) == unlearned(learned, _HABITS, last, [5] * 8)


def test_many_deals_are_taken_back_in_parts() -> None:
    """A part ends between two deals, and the result is about that of all at once."""
    before, last = _cases(1, 2000), _cases(2, 2 * TOGETHER)
    wanted, learned = _learned(before), _learned(before, last)
    left = unlearned(learned, _HABITS, last, list(range(2 * TOGETHER)))
    assert np.abs(_mean(left) - _mean(wanted)).max() < 0.1


@law(60)
@given(st.integers(0, 10**6), st.integers(0, 60), st.integers(1, 30), st.sampled_from([None, True, False]))
def test_it_stays_a_belief_whatever_is_taken_back(seed: int, before: int, taken: int, label: bool | None) -> None:
    """Also cases that nobody learned: doubt grows, at most tenfold, and no number is lost."""
    learned = _learned(_cases(seed, before + 1))
    gone = _cases(seed + 1, taken, label)
    left = learned
    for _ in range(3):
        after = unlearned(left, _HABITS, gone, [5] * taken)
        for memory in range(2):
            old, new = _covariance(left, memory), _covariance(after, memory)
            assert np.all(np.isfinite(_mean(after, memory)))
            assert np.linalg.eigvalsh(new - old).min() > -1e-4 * np.trace(new)
            assert np.linalg.eigvalsh(old / (1.0 - MOST_KNOWN) - new).min() > -1e-4 * np.trace(new)
        left = after
    RecursiveLogistic(_Apart(), _HABITS, left).learn(_cases(seed + 2, 20))


def _a_case(vector: Vector, label: bool, deal: str, taken_back: int | None = None) -> Case:
    return Case("win", deal, vector, label, 0.5, 3, taken_back=taken_back)


def test_the_books_do_without_what_was_taken_back() -> None:
    """Cases and rates are as before; that something was said of them, and how good that was, stays."""
    learner = Learner()
    vectors = [a_vector(float(number), phase=float(number % 4)) for number in range(12)]
    learner.learn([_a_case(vector, number % 3 == 0, f"opp-{number}") for number, vector in enumerate(vectors)])
    before = learner.publish(1).targets["win"]
    gone = [(vector, True, f"gone-{number}") for number, vector in enumerate(vectors[:5])]
    learner.learn([_a_case(*each) for each in gone])
    said = learner.publish(2).targets["win"]
    learner.learn([_a_case(*each, taken_back=4) for each in gone])
    after = learner.publish(3).targets["win"]
    assert (after.trained, after.base_rate, after.rates) == (before.trained, before.base_rate, before.rates)
    assert (after.quality, after.centers) == (said.quality, said.centers)


def test_a_day_on_which_labels_are_only_taken_back_is_no_day_of_cases() -> None:
    """Nothing is judged on it: the level, what drifts and the challenger are as they were, the model is not."""
    learner = Learner()
    gone = [(a_vector(float(number)), True, f"opp-{number}") for number in range(5)]
    learner.learn([_a_case(*each) for each in gone])
    before = learner.state().targets["win"]
    learner.learn([_a_case(*each, taken_back=4) for each in gone])
    after = learner.state().targets["win"]
    assert (after.level, after.lookout, after.quality) == (before.level, before.lookout, before.quality)
    assert after.memory != before.memory


@pytest.mark.parametrize("phase", [0.0, 3.0])
def test_labels_of_a_day_are_taken_back_before_others_are_learned(phase: float) -> None:
    """A label that is replaced on the same day counts once, as the one that holds."""
    learner = Learner()
    vector = a_vector(2.0, phase=phase)
    learner.learn([_a_case(vector, True, "opp-1")])
    learner.learn([_a_case(vector, True, "opp-1", taken_back=4), _a_case(vector, False, "opp-1")])
    model = learner.publish(2).targets["win"]
    assert (model.trained, model.base_rate) == (1, (0 + 20 * 0.47) / 21)
