"""The recursive learner against the textbook, and what it promises beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scipy.optimize import minimize

from models.recursive import MOST_CASES, Cases, Curve, Habits, RecursiveLogistic

PLAIN = Habits(case_weight=1.0, day_variance=0.0)


@dataclass(frozen=True)
class Lone:
    """A prior under which no two weights are related."""

    variance: float = 0.5
    mean: float = 0.0

    def curve_of(self, slot: str) -> Curve:
        """Every slot is a curve of its own."""
        return Curve((slot,), np.array([self.mean]), np.array([[self.variance]]))


class Related:
    """A prior under which `left` and `right` are one curve, and every other slot is alone."""

    def curve_of(self, slot: str) -> Curve:
        """Of what is known about one end, the other end gets four fifths."""
        if slot in ("left", "right"):
            return Curve(("left", "right"), np.zeros(2), np.array([[1.0, 0.8], [0.8, 1.0]]))
        return Lone().curve_of(slot)


def each_its_deal(measured: list[dict[str, float]], labels: list[bool]) -> Cases:
    """Cases of as many deals."""
    return Cases.of(measured, labels, [f"opp-{number}" for number in range(len(labels))])


measurements = st.dictionaries(st.sampled_from("abcd"), st.floats(-2.0, 2.0), min_size=1)
blocks = st.lists(st.tuples(measurements, st.booleans()), min_size=1, max_size=12)


@given(blocks, st.floats(0.05, 1.0), st.floats(0.05, 4.0))
def test_a_block_moves_the_weights_to_their_most_likely_values(
    block: list[tuple[dict[str, float], bool]], case_weight: float, variance: float
) -> None:
    """As a general optimiser finds them, which knows nothing of blocks."""
    learner = RecursiveLogistic(Lone(variance, 0.1), (replace(PLAIN, case_weight=case_weight),))
    learner.learn(each_its_deal([measured for measured, _ in block], [label for _, label in block]))

    slots = sorted(learner.weights())
    rows = np.array([[measured.get(slot, 0.0) for slot in slots] for measured, _ in block])
    labels = np.array([label for _, label in block], dtype=float)

    def surprise(weights: np.ndarray) -> float:
        odds = rows @ weights
        cases = np.sum(np.logaddexp(0.0, odds) - labels * odds)
        return float(case_weight * cases + np.sum((weights - 0.1) ** 2) / (2 * variance))

    best = minimize(surprise, np.zeros(len(slots)), method="BFGS", options={"gtol": 1e-8}).x
    assert [learner.weight(slot) for slot in slots] == pytest.approx(best, abs=5e-4)


@given(blocks, st.integers(1, 4))
def test_a_case_that_counts_as_several_is_several(block: list[tuple[dict[str, float], bool]], count: int) -> None:
    """As if it had been learned so many times at once."""
    measured, labels = [each for each, _ in block], [label for _, label in block]
    habits = replace(PLAIN, case_weight=0.2)
    once, often = RecursiveLogistic(Lone(), (habits,)), RecursiveLogistic(Lone(), (habits,))
    once.learn(each_its_deal(measured, labels)._replace(counts=[count] * len(labels)))
    often.learn(each_its_deal(measured * count, labels * count))
    assert once.weights() == pytest.approx(often.weights(), abs=2e-3)


def test_no_case_counts_as_more_than_one() -> None:
    """However much a block says of it."""
    found = []
    for count in (5.0, 50.0):
        learner = RecursiveLogistic(Lone(), (replace(PLAIN, case_weight=0.2),))
        learner.learn(each_its_deal([{"a": 1.0}], [True])._replace(counts=[count]))
        found.append(learner.weight("a"))
    assert found[0] == found[1] > 0.0


@pytest.mark.parametrize("counts", [[1.0], [1.0, 0.0], [1.0, float("nan")], [-1.0, 1.0]])
def test_what_counts_nothing_is_refused(counts: list[float]) -> None:
    """And nothing is learned."""
    learner = RecursiveLogistic(Lone(), (PLAIN,))
    with pytest.raises(ValueError, match="count"):
        learner.learn(each_its_deal([{"a": 1.0}, {"a": 2.0}], [True, False])._replace(counts=counts))
    assert learner.weights() == {}


def test_a_block_that_says_much_more_than_was_believed_is_learned_too() -> None:
    """From so far away Newton's whole steps lead nowhere."""
    chance = np.random.default_rng(3)
    measured = [{f"x{place}": float(chance.normal(0.0, 3.0)) for place in range(30)} for _ in range(200)]
    labels = [each["x0"] + 0.5 * each["x1"] > 0.0 for each in measured]
    learner = RecursiveLogistic(Lone(variance=100.0), (PLAIN,))
    learner.learn(each_its_deal(measured, [not label for label in labels]))
    for _ in range(3):
        learner.learn(each_its_deal(measured, labels))
    right = sum((learner.log_odds(each) > 0.0) == label for each, label in zip(measured, labels, strict=True))
    assert right == len(labels)


@given(blocks)
def test_the_order_of_a_blocks_cases_makes_no_difference(block: list[tuple[dict[str, float], bool]]) -> None:
    """But for the rounding of sums."""
    found = []
    for cases in (block, block[::-1]):
        learner = RecursiveLogistic(Lone(), (Habits(),))
        learner.learn(each_its_deal([measured for measured, _ in cases], [label for _, label in cases]))
        found.append(learner.weights())
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_one_block_after_the_other_ends_near_what_all_at_once_give() -> None:
    """Laplace's approximation in between costs little."""
    chance = np.random.default_rng(1)
    measured = [{"level": 1.0, "x": float(chance.normal())} for _ in range(400)]
    labels = [bool(chance.random() < 1 / (1 + np.exp(1.0 - each["x"]))) for each in measured]
    at_once, in_parts = RecursiveLogistic(Lone(), (PLAIN,)), RecursiveLogistic(Lone(), (PLAIN,))
    at_once.learn(each_its_deal(measured, labels))
    for first in range(0, 400, 20):
        in_parts.learn(each_its_deal(measured[first : first + 20], labels[first : first + 20]))
    assert in_parts.weights() == pytest.approx(at_once.weights(), abs=0.05)
    assert in_parts.weight("x") == pytest.approx(1.0, abs=0.3)


def level_after(habits: Habits, deals: list[str]) -> float:
    """The level learned from a day on which everything went wrong."""
    learner = RecursiveLogistic(Lone(), (habits,))
    learner.learn(Cases.of([{"level": 1.0}] * len(deals), [True] * len(deals), deals))
    return learner.weight("level")


def test_what_a_bad_day_explains_is_not_learned_as_a_habit() -> None:
    """A shock that all cases share takes most of the blame."""
    deals = [f"opp-{number}" for number in range(50)]
    with_shock, without = level_after(replace(PLAIN, day_variance=1.0), deals), level_after(PLAIN, deals)
    assert 0.0 < with_shock < 0.6 * without


def test_thirty_days_of_one_deal_count_less_than_a_day_of_thirty_deals() -> None:
    """They share what nobody measured."""
    habits = replace(PLAIN, deal_variance=1.0)
    one, many = level_after(habits, ["opp-1"] * 30), level_after(habits, [f"opp-{number}" for number in range(30)])
    assert 0.0 < one < 0.6 * many


def test_what_is_learned_at_one_knot_is_partly_known_at_the_next() -> None:
    """Weights of a curve move together; others stay."""
    learner = RecursiveLogistic(Related(), (PLAIN,))
    learner.learn(each_its_deal([{"left": 1.0, "level": 1.0}] * 30, [True] * 30))
    assert learner.weight("right") == pytest.approx(0.8 * learner.weight("left"), rel=1e-4)
    assert learner.weight("elsewhere") == 0.0


def test_forgetting_follows_a_change() -> None:
    """Old cases count as much as new ones, unless they are to be forgotten."""
    levels = []
    for forgetting in (0.0, 0.02):
        learner = RecursiveLogistic(Lone(), (replace(PLAIN, forgetting=forgetting),))
        for often in [False] * 40 + [True] * 10:
            learner.learn(each_its_deal([{"level": 1.0}] * 10, [often] * 7 + [not often] * 3))
        levels.append(learner.weight("level"))
    assert levels[0] < -0.4 < 0.4 < levels[1]


@given(st.lists(blocks, min_size=2, max_size=5))
def test_a_restart_between_two_blocks_changes_no_bit(days: list[list[tuple[dict[str, float], bool]]]) -> None:
    """Whoever continues from the state is the one who wrote it."""
    habits = Habits(deal_variance=0.5, forgetting=0.001)
    living, restarted = RecursiveLogistic(Related(), (habits,)), RecursiveLogistic(Related(), (habits,))
    for day in days:
        cases = each_its_deal([measured for measured, _ in day], [label for _, label in day])
        living.learn(cases)
        restarted = RecursiveLogistic(Related(), (habits,), restarted.state())
        restarted.learn(cases)
    assert living.state() == restarted.state()
    assert living.weights() == restarted.weights()


def test_more_cases_than_fit_are_learned_in_parts() -> None:
    """Nothing is left out."""
    n = MOST_CASES + 10
    learner = RecursiveLogistic(Lone(), (PLAIN,))
    learner.learn(each_its_deal([{"first": 1.0}] * MOST_CASES + [{"rest": 1.0}] * 10, [True] * n))
    assert learner.weight("first") > learner.weight("rest") > 0.5


@given(blocks)
def test_several_memories_are_the_mean_of_each_alone(block: list[tuple[dict[str, float], bool]]) -> None:
    """They share the cases and nothing else."""
    habits = (Habits(), Habits(forgetting=0.01, case_weight=0.5))
    cases = each_its_deal([measured for measured, _ in block], [label for _, label in block])
    together = RecursiveLogistic(Related(), habits)
    alone = [RecursiveLogistic(Related(), (each,)) for each in habits]
    for learner in (together, *alone):
        learner.learn(cases)
        learner.learn(cases)
    mean = {slot: sum(each.weights()[slot] for each in alone) / 2 for slot in together.weights()}
    assert together.weights() == pytest.approx(mean, abs=1e-12)
    assert together.log_odds(block[0][0]) == pytest.approx(sum(each.log_odds(block[0][0]) for each in alone) / 2)


class Smooth:
    """A prior under which the six letters are one curve."""

    def curve_of(self, _slot: str) -> Curve:
        """Of a neighbour more is known than of the letter after it."""
        places = np.arange(6)
        covariance = 0.5 * np.exp(-np.abs(places[:, None] - places[None, :]) / 2.0)
        return Curve(tuple("abcdef"), np.linspace(-0.5, 0.5, 6), covariance)


@given(st.lists(blocks, min_size=1, max_size=4))
def test_a_slot_that_joins_late_has_missed_nothing(days: list[list[tuple[dict[str, float], bool]]]) -> None:
    """What its curve learned before it joined is what it would have learned there itself."""
    late, early = RecursiveLogistic(Smooth(), (PLAIN,)), RecursiveLogistic(Smooth(), (PLAIN,))
    early.learn(each_its_deal([dict.fromkeys("abcdef", 0.0)], [True]))
    for day in days:
        for learner in (late, early):
            learner.learn(each_its_deal([measured for measured, _ in day], [label for _, label in day]))
    assert late.weights() == pytest.approx(early.weights(), abs=1e-4)
    assert len(late.state().slots) <= 4 < len(early.state().slots)
    assert late.weight("f") == late.weights()["f"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"means": (b"\0" * 7,)}, "2 means were expected, not 7 bytes"),
        ({"means": (np.array([0.0, np.nan]).tobytes(),)}, "one of the means is no number"),
        ({"covariances": (b"",)}, "3 covariances were expected, not 0 bytes"),
        ({"covariances": (np.array([1, 0, -1], dtype="<f4").tobytes(),)}, "a variance is negative"),
        ({"slots": ("left", "left")}, "names a slot twice"),
        ({"means": (b"", b"")}, "2 memories, not 1"),
    ],
)
def test_a_state_that_is_not_whole_is_refused(damage: dict[str, object], reason: str) -> None:
    """With the reason; nothing is guessed."""
    learner = RecursiveLogistic(Related(), (PLAIN,))
    learner.learn(each_its_deal([{"left": 1.0, "right": 0.5}], [True]))
    with pytest.raises(ValueError, match=reason):
        RecursiveLogistic(Related(), (PLAIN,), replace(learner.state(), **damage))


def test_what_cannot_be_learned_is_refused() -> None:
    """A number that is none would poison every weight for ever."""
    learner = RecursiveLogistic(Lone(), (PLAIN,))
    before = learner.state()
    with pytest.raises(ValueError, match="no number"):
        learner.learn(
            each_its_deal([{"level": 1.0}] * MOST_CASES + [{"level": float("nan")}], [True] * (MOST_CASES + 1))
        )
    assert learner.state() == before
    with pytest.raises(ValueError, match="1 measurements, 2 labels and 2 deals"):
        learner.learn(Cases.of([{"level": 1.0}], [True, False], ["a", "b"]))
