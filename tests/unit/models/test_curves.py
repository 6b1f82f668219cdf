"""What a model has learned, for people: the curves say what scores use, and what matters stands first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.case import Case
from models.curves import ALL_PHASES, learned, moves, places_of
from models.hats import CONSTANT, main_slots, phase_slots
from models.learn import Learner
from models.risk import sigmoid
from models.schema import FEATURES, INDEX, NAMES, PHASES, WORDS, Feature, Vector
from models.score import shares_of
from models.snapshot import Weights
from tests.builders import a_vector, some_models
from tests.strategies import law

_SINCE = FEATURES[INDEX["since_contact"]]


def with_weights(weights: dict[str, float], centers: dict[str, float] | None = None) -> Weights:
    """A model with these weights."""
    plain = some_models().targets["inactivity"]
    return replace(plain, weights={CONSTANT: -1.0, **weights}, centers=centers or {})


def a_learned_model() -> tuple[Weights, list[Vector]]:
    """A model that learned a few days, and the measurements it learned."""
    learner, vectors = Learner(), [a_vector(float(n % 9), phase=float(n % 4), owner=f"rep-{n % 3}") for n in range(60)]
    for day in range(4):
        learner.learn([Case("inactivity", f"opp-{day}-{n}", each, n % 3 == 0) for n, each in enumerate(vectors)])
    return learner.publish(1).targets["inactivity"], vectors


LEARNED, VECTORS = a_learned_model()


@law(60)
@given(st.sampled_from(FEATURES[1:]), st.integers(0, len(PHASES) - 1), st.data())
def test_a_curve_says_at_each_knot_what_a_score_adds_there(feature: Feature, phase: int, data: st.DataObject) -> None:
    """Share of a score, compared with the average deal: the same number, whatever feature, phase and place."""
    place = data.draw(st.integers(0, len(feature.knots)))
    value = None if place == len(feature.knots) else feature.knots[place]
    numbers: dict[str, float | None] = {"phase": float(phase), feature.name: value}
    vector = Vector(tuple(numbers.get(each.name) for each in FEATURES), ("",) * len(WORDS))
    share = shares_of(LEARNED.weights, vector)[INDEX[feature.name]] - LEARNED.centers[feature.name]
    [curve] = [each for each in learned(LEARNED).features if each.feature == feature.name]
    [levels] = [each for name, each in curve.phases.items() if name == ALL_PHASES or PHASES[phase] in name.split(", ")]
    name = places_of(feature)[place]
    if name in curve.places:
        assert levels[curve.places.index(name)] == pytest.approx(share)
    else:
        assert feature.categorical and LEARNED.weights.get(main_slots(feature)[place], 0.0) == 0.0


def test_what_sets_deals_apart_stands_first() -> None:
    """Over deals, a steep curve on which all deals stand at one place matters less than a flat one that parts them."""
    steep = {slot: 3.0 * number for number, slot in enumerate(main_slots(_SINCE))}
    flat = {"people@0": -0.3, "people@1": 0.3}
    weights = with_weights(steep | flat)
    vectors = [a_vector(4.0, people=float(number % 2)) for number in range(20)]
    assert learned(weights).features[0].feature == "since_contact"
    found = learned(weights, vectors)
    assert (found.deals, found.features[0].feature) == (20, "people")
    assert found.features[0].importance == pytest.approx(0.3)


def test_importance_is_the_standard_deviation_of_the_share() -> None:
    """Of every feature and every word, over the measurements that are given."""
    found = learned(LEARNED, VECTORS)
    shares = list(zip(*(shares_of(LEARNED.weights, each) for each in VECTORS), strict=True))
    for name, importance in [(each.feature, each.importance) for each in found.features] + [
        (each.word, each.importance) for each in found.words
    ]:
        mean = sum(shares[INDEX[name]]) / len(VECTORS)
        wanted = (sum((share - mean) ** 2 for share in shares[INDEX[name]]) / len(VECTORS)) ** 0.5
        assert importance == pytest.approx(wanted, abs=1e-12)
    assert {each.feature for each in found.features} | {each.word for each in found.words} == set(NAMES)


def test_phases_with_the_same_curve_are_named_together() -> None:
    """One line where all are the same; the phase that differs has its own."""
    plain = with_weights(dict.fromkeys(main_slots(_SINCE), 0.5))
    [curve] = [each for each in learned(plain).features if each.feature == "since_contact"]
    assert list(curve.phases) == [ALL_PHASES]
    other = with_weights(dict.fromkeys(phase_slots(_SINCE, 2), 0.5))
    [curve] = [each for each in learned(other).features if each.feature == "since_contact"]
    assert list(curve.phases) == ["no contact, in talks, proposal answered", "proposal out"]


def test_of_a_category_only_what_is_known_is_named() -> None:
    """A rank of the ladder that no deal had says nothing; "never" has its place all the same."""
    curve = learned(with_weights({"position@1": 0.4, "position@3": -0.2})).features[0]
    assert (curve.feature, curve.knots, curve.places) == ("position", (1.0, 3.0), ("1", "3", "never"))
    assert curve.phases == {ALL_PHASES: (0.4, -0.2, 0.0)}


def test_the_average_deal_is_said_as_a_probability() -> None:
    """The constant, and what the average deal has from each feature; levels are compared with it."""
    weights = with_weights({"owner=rep-1": 0.7, "owner=rep-2": -0.1}, {"owner": 0.2})
    found = learned(weights)
    assert found.average == pytest.approx(sigmoid(-1.0 + 0.2))
    [owners] = [each for each in found.words if each.word == "owner"]
    assert owners.weights == pytest.approx({"rep-1": 0.5, "rep-2": -0.3})
    assert list(owners.weights) == ["rep-1", "rep-2"]


def test_places_are_said_as_people_say_them() -> None:
    """Days of the week, phases and amounts by name; "never" has a place of its own, the last."""
    named = {feature.name: places_of(feature) for feature in FEATURES}
    assert named["weekday"] == ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "never")
    assert named["phase"] == (*PHASES, "never")
    assert named["amount"][:3] + named["amount"][-2:] == ("0.32k", "1k", "3.2k", "1M", "never")
    assert named["since_contact"][:3] == ("0", "0.1", "0.25")
    assert all(len(set(places)) == len(places) for places in named.values())


def test_what_moved_most_stands_first_where_it_moved_most() -> None:
    """A curve is named once; a word that is new has nothing before; what did not move is not named."""
    before = with_weights({"since_contact@4": 0.1, "since_contact@4|2": 0.1, "owner=a": 0.2, "people@1": 0.4})
    after = with_weights({"since_contact@4": 0.2, "since_contact@5|2": 0.9, "owner=b": -0.5, "people@1": 0.4})
    found = moves(before, after)
    assert [(each.name, each.place, each.phase) for each in found] == [
        ("since_contact", "5", "proposal out"),
        ("owner", "b", ""),
        ("owner", "a", ""),
    ]
    assert [(each.before, each.after) for each in found[1:]] == [(None, -0.5), (0.2, None)]
    assert found[0].by == pytest.approx(0.9 - 0.0, abs=0.11)
    assert moves(before, before) == ()
