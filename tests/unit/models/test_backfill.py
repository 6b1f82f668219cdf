"""Much learned at once is what the online learner would have learned, and what the textbook says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.special import expit

from models.backfill import BackfillLogistic, root_of
from models.recursive import MOST_CASES, Cases, Curve, Habits, RecursiveLogistic, RecursiveState
from tests.strategies import law

#: Habits that differ in everything there is.
HABITS = (
    Habits(),
    Habits(deal_variance=1.0, day_variance=0.1, forgetting=1e-3),
    Habits(day_variance=0.0, deal_variance=0.5, case_weight=1.0),
)


class Smooth:
    """A prior under which the six letters are one curve, and every other slot is alone."""

    def curve_of(self, slot: str) -> Curve:
        """Of a neighbour more is known than of the letter after it."""
        if slot not in "abcdef":
            return Curve((slot,), np.array([-1.0]), np.array([[0.8]]))
        places = np.arange(6)
        covariance = 0.5 * np.exp(-np.abs(places[:, None] - places[None, :]) / 2.0)
        return Curve(tuple("abcdef"), np.linspace(-0.5, 0.5, 6), covariance)


Block = list[tuple[dict[str, float], bool, str, float]]
measurements = st.dictionaries(st.sampled_from("abcdefghi"), st.floats(-2.0, 2.0), min_size=1)
blocks = st.lists(
    st.tuples(measurements, st.booleans(), st.sampled_from(("one", "two", "three")), st.floats(0.1, 8.0)),
    min_size=1,
    max_size=14,
)


def cases_of(block: Block) -> Cases:
    """A block as learners take it."""
    measured, labels, deals, counts = zip(*block, strict=True)
    return Cases.of(measured, labels, deals)._replace(counts=counts)


@contextmanager
def to_the_end() -> Iterator[None]:
    """Let both learners climb until nothing moves, so that they can be compared to many digits."""
    with patch("models.recursive.CLOSE_ENOUGH", 1e-9), patch("models.backfill.CLOSE_ENOUGH", 1e-9):
        yield


def numbers_of(state: RecursiveState) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Slots, means and covariances of all memories."""
    means = np.frombuffer(b"".join(state.means), dtype="<f8")
    return state.slots, means, np.frombuffer(b"".join(state.covariances), dtype="<f4")


def assert_alike(one: RecursiveState, other: RecursiveState) -> None:
    """Both know the same, up to the rounding of single precision."""
    slots, means, covariances = numbers_of(one)
    other_slots, other_means, other_covariances = numbers_of(other)
    assert slots == other_slots
    assert means == pytest.approx(other_means, abs=2e-6)
    assert covariances == pytest.approx(other_covariances, abs=2e-6)


@law(60)
@given(st.lists(blocks, min_size=1, max_size=4))
def test_days_learned_one_by_one_are_what_the_online_learner_learns(days: list[Block]) -> None:
    """Means and covariances, shocks, forgetting, and slots that join late."""
    online, backfill = RecursiveLogistic(Smooth(), HABITS), BackfillLogistic(Smooth(), HABITS)
    with to_the_end():
        for day in days:
            online.learn(cases_of(day))
            backfill.learn(cases_of(day))
    assert_alike(online.state(), backfill.state())
    assert backfill.weights() == pytest.approx(online.weights(), abs=2e-6)


@law(30)
@given(st.lists(blocks, min_size=2, max_size=3))
def test_either_learner_goes_on_from_the_other(days: list[Block]) -> None:
    """A history learned at once is a beginning like any other."""
    online = RecursiveLogistic(Smooth(), HABITS)
    with to_the_end():
        for day in days:
            online.learn(cases_of(day))
        state: RecursiveState | None = None
        for number, day in enumerate(days):
            kind = (BackfillLogistic, RecursiveLogistic)[number % 2]
            learner = kind(Smooth(), HABITS, state)
            learner.learn(cases_of(day))
            state = learner.state()
    assert state is not None
    assert_alike(online.state(), state)


def reference(block: Block, days: Sequence[int], habits: Habits) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Slots, mean and covariance, with a column for every shock, by Newton's method on dense matrices."""
    cases = cases_of(block)
    slots = list(cases.slots)
    prior = Smooth()
    joint = np.zeros((len(slots), len(slots)))
    means = np.zeros(len(slots))
    for row, one in enumerate(slots):
        curve = prior.curve_of(one)
        means[row] = curve.mean[curve.slots.index(one)]
        for column, other in enumerate(slots):
            if other in curve.slots:
                joint[row, column] = curve.covariance[curve.slots.index(one), curve.slots.index(other)]
    own = [f"{day}" for day in days]
    both = [f"{day} {deal}" for day, deal in zip(days, cases.deals, strict=True)]
    shares = [
        np.array([[name == each for each in sorted(set(names))] for name in names], dtype=float)
        for names in (own, both)
    ]
    design = np.hstack([cases.measured.toarray(), *shares])
    sizes = [share.shape[1] for share in shares]
    variances = [habits.day_variance] * sizes[0] + [habits.deal_variance] * sizes[1]
    precision = np.zeros((design.shape[1], design.shape[1]))
    precision[: len(slots), : len(slots)] = np.linalg.inv(joint)
    precision[len(slots) :, len(slots) :] = np.diag(1.0 / np.array(variances))
    centre = np.concatenate([means, np.zeros(sum(sizes))])
    labels = np.asarray(cases.labels, dtype=float)
    assert cases.counts is not None
    counts = np.array([min(habits.case_weight * each, 1.0) for each in cases.counts])
    weights = centre.copy()
    for _ in range(60):
        said = expit(design @ weights)
        slope = counts * said * (1.0 - said)
        hessian = precision + design.T @ (slope[:, None] * design)
        gradient = design.T @ (counts * (labels - said)) - precision @ (weights - centre)
        weights = weights + np.linalg.solve(hessian, gradient)
    covariance = np.linalg.inv(hessian)
    return slots, weights[: len(slots)], covariance[: len(slots), : len(slots)]


@law(60)
@given(blocks, st.data())
def test_several_days_at_once_are_the_mode_of_all_with_every_shock_written_out(
    block: Block, data: st.DataObject
) -> None:
    """Integrating the shocks out group by group is the same as solving for each of them."""
    days = data.draw(st.lists(st.integers(0, 2), min_size=len(block), max_size=len(block)))
    kinds = data.draw(st.lists(st.integers(0, 2), min_size=len(block), max_size=len(block)))
    habits = Habits(day_variance=0.7, deal_variance=1.3, case_weight=0.4)
    learner = BackfillLogistic(Smooth(), (habits, habits))
    with to_the_end():
        learner.learn_days(cases_of(block), days, kinds)
    slots, mean, covariance = reference(block, days, habits)
    state = learner.state()
    assert list(state.slots) == slots
    for memory in range(2):
        assert np.frombuffer(state.means[memory], dtype="<f8") == pytest.approx(mean, abs=1e-6)
        lower = covariance[np.tril_indices(len(slots))]
        assert np.frombuffer(state.covariances[memory], dtype="<f4") == pytest.approx(lower, abs=1e-6)


def test_more_cases_than_are_spread_out_at_once_are_all_learned() -> None:
    """Also where only some of them served to find the way, and where a full day has several shocks."""
    chance = np.random.default_rng(5)
    n = 3 * MOST_CASES
    measured = [{"level": 1.0, "abcdef"[int(chance.integers(6))]: 1.0} for _ in range(n)]
    labels = [bool(chance.random() < 0.2 + 0.6 * ("a" in each)) for each in measured]
    cases = Cases.of(measured, labels, [f"opp-{number % 700}" for number in range(n)])
    habits = (HABITS[0], replace(HABITS[1], forgetting=0.0))
    online, backfill = (kind(Smooth(), habits) for kind in (RecursiveLogistic, BackfillLogistic))
    online.learn(cases)
    backfill.learn(cases)
    for slot, weight in online.weights().items():
        assert backfill.weight(slot) == pytest.approx(weight, abs=0.05)
    assert backfill.weight("a") > backfill.weight("b") + 2.0


def test_a_block_that_says_much_more_than_was_believed_is_learned_too() -> None:
    """From so far away Newton's whole steps lead nowhere."""
    chance = np.random.default_rng(3)
    measured = [{f"x{place}": float(chance.normal(0.0, 3.0)) for place in range(30)} for _ in range(200)]
    labels = [each["x0"] + 0.5 * each["x1"] > 0.0 for each in measured]
    learner = BackfillLogistic(Smooth(), (Habits(case_weight=1.0, day_variance=0.0),))
    deals = [f"opp-{number}" for number in range(200)]
    learner.learn(Cases.of(measured, [not label for label in labels], deals))
    for _ in range(3):
        learner.learn(Cases.of(measured, labels, deals))
    right = sum((learner.log_odds(each) > 0.0) == label for each, label in zip(measured, labels, strict=True))
    assert right > 190


def test_what_rounding_made_negative_is_no_variance() -> None:
    """A covariance in single precision need not have a root; the nearest that has one is taken."""
    vectors = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0]
    damaged = vectors @ np.diag([2.0, 1.0, 0.5, -1e-6]) @ vectors.T
    root = root_of(damaged)
    assert root @ root.T == pytest.approx(damaged, abs=2e-6)


def test_what_cannot_be_learned_is_refused() -> None:
    """With the reason, and nothing is learned."""
    learner = BackfillLogistic(Smooth(), HABITS)
    before = learner.state()
    with pytest.raises(ValueError, match="no number"):
        learner.learn(Cases.of([{"a": float("inf")}], [True], ["one"]))
    with pytest.raises(ValueError, match="1 labels, 2 days and 2 kinds"):
        learner.learn_days(Cases.of([{"a": 1.0}], [True], ["one"]), [1, 2])
    assert learner.state() == before
    learner.learn_days(Cases.of([], [], []), [])
    assert learner.state() == before
