"""Laws of a score: its reasons add up, River agrees, and a snapshot is the model it was taken from."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.beliefs import Beliefs, HatPrior
from models.case import Case
from models.learn import Learner
from models.norms import Norms, observe_gap
from models.risk import sigmoid
from models.river_kit import recursive_pipeline
from models.schema import NAMES, Vector
from models.score import probability, score
from models.scorer import Scorer
from models.snapshot import ModelSet, SnapshotRefused, decode_models, encode_models
from models.target import CENTER_EVERY
from streams.alerts.explain import explain
from streams.alerts.policy import Policy
from streams.alerts.view import View
from streams.events.envelope import Event
from streams.features.measure import measure
from tests.builders import TARGETS, Timeline, a_vector
from tests.strategies import histories, law, vectors

_EXACT = 1e-12


@st.composite
def learners(draw: st.DrawFn) -> Learner:
    """Learners that saw some dozen cases, enough to know an average deal."""
    learner = Learner()
    pool = draw(st.lists(vectors(), min_size=1, max_size=3))
    for target in TARGETS:
        labels = draw(st.lists(st.booleans(), min_size=CENTER_EVERY, max_size=2 * CENTER_EVERY))
        cases = enumerate(labels)
        learner.learn([Case(target, f"opp-{number}", pool[number % len(pool)], label, 0.5) for number, label in cases])
    return learner


@law(40)
@given(learners(), vectors())
def test_the_reasons_of_a_score_add_up_to_it(learner: Learner, vector: Vector) -> None:
    """Level and contributions sum to the log-odds, and the log-odds give the probability."""
    for weights in learner.publish(1).targets.values():
        risk = score(weights, vector)
        assert len(risk.contributions) == len(NAMES)
        total = risk.level + sum(each.log_odds for each in risk.contributions)
        assert risk.log_odds == pytest.approx(total, abs=_EXACT)
        assert risk.probability == pytest.approx(sigmoid(risk.log_odds), abs=_EXACT)


@law(40)
@given(learners(), histories(deals=1))
def test_an_explanation_in_words_adds_up_to_the_score(learner: Learner, history: list[Event]) -> None:
    """What a person reads, level and drivers, sums to the log-odds, and each driver has words."""
    timeline = Timeline().tell(*history)
    clock = timeline.partition.state.clock
    assert clock is not None
    view = View(timeline.facts(), clock, {}, Norms(), Policy(), {}, {})
    for weights in learner.publish(1).targets.values():
        said = explain(view, weights)
        assert said.probability == pytest.approx(probability(weights, measure(view.facts, view.now)), abs=_EXACT)
        assert all(driver.text for driver in said.drivers)
        total = said.level + sum(each.log_odds or 0.0 for each in said.drivers)
        assert said.log_odds == pytest.approx(total, abs=_EXACT)


@law(40)
@given(learners(), vectors())
def test_three_ways_to_a_probability_agree(learner: Learner, vector: Vector) -> None:
    """The fast path, the table of an epoch and the explained score say the same."""
    models = learner.publish(1)
    scorer = Scorer(models)
    for target, weights in models.targets.items():
        expected = score(weights, vector).probability
        assert expected == pytest.approx(probability(weights, vector), abs=_EXACT)
        assert expected == pytest.approx(scorer.probabilities(vector)[target], abs=_EXACT)


@law(20)
@given(st.lists(st.tuples(vectors(), st.booleans()), min_size=1, max_size=8), vectors())
def test_river_agrees_with_our_scoring(cases: list[tuple[Vector, bool]], vector: Vector) -> None:
    """A River pipeline that learns one case after the other gives the probability that its weights give here."""
    pipeline = recursive_pipeline(HatPrior(Beliefs(level=-1.0)))
    for seen, label in cases:
        pipeline.learn_one(named(seen), label)
    weights = replace(Learner().publish(1).targets["inactivity"], weights=pipeline["RecursiveClassifier"].weights)
    said = pipeline.predict_proba_one(named(vector))
    assert said[True] == pytest.approx(probability(weights, vector), abs=_EXACT)
    assert said[True] + said[False] == pytest.approx(1.0)


def named(vector: Vector) -> dict[str, float | str | None]:
    """A measurement as River's pipelines take it."""
    return {name: vector.value(name) for name in NAMES}


@law(20)
@given(learners(), vectors())
def test_scoring_leaves_the_model_as_it_was(learner: Learner, vector: Vector) -> None:
    """Scores and explanations do not change what the next snapshot holds."""
    before = encode_models(learner.publish(1))
    models = learner.publish(1)
    for weights in models.targets.values():
        score(weights, vector)
    Scorer(models).probabilities(vector)
    assert before == encode_models(models) == encode_models(learner.publish(1))


@law(25)
@given(learners(), vectors())
def test_a_reloaded_snapshot_gives_the_same_scores_to_the_last_bit(learner: Learner, vector: Vector) -> None:
    """A snapshot survives its bytes, and scores of the copy are bit-equal."""
    models = learner.publish(7)
    copy = decode_models(encode_models(models))
    assert models == copy
    assert [score(each, vector) for each in models.targets.values()] == [
        score(each, vector) for each in copy.targets.values()
    ]
    assert Scorer(models).probabilities(vector) == Scorer(copy).probabilities(vector)


@law(40)
@given(st.lists(st.tuples(st.sampled_from(TARGETS), vectors(), st.booleans()), max_size=8), st.integers(0, 8))
def test_a_learner_continues_where_it_was_kept(cases: list[tuple[str, Vector, bool]], kept: int) -> None:
    """A learner restored from its numbers learns on exactly like one that lived through."""
    lived, first = Learner(), Learner()
    for target, vector, label in cases:
        lived.learn([Case(target, "opp-1", vector, label, 0.4)])
    for target, vector, label in cases[:kept]:
        first.learn([Case(target, "opp-1", vector, label, 0.4)])
    second = Learner(first.state())
    for target, vector, label in cases[kept:]:
        second.learn([Case(target, "opp-1", vector, label, 0.4)])
    assert lived.state() == second.state()
    assert encode_models(lived.publish(3)) == encode_models(second.publish(3))


_SNAPSHOT = encode_models(Learner().publish(3))


@law(150)
@given(st.integers(0, len(_SNAPSHOT) - 1))
def test_a_truncated_snapshot_is_refused(length: int) -> None:
    """No beginning of a snapshot passes for a whole one."""
    with pytest.raises(SnapshotRefused):
        decode_models(_SNAPSHOT[:length])


@law(300)
@given(st.integers(0, len(_SNAPSHOT) - 1), st.integers(0, 127))
def test_an_altered_snapshot_is_refused(position: int, byte: int) -> None:
    """No change of one byte to another character goes unnoticed."""
    altered = bytearray(_SNAPSHOT)
    if altered[position] == byte:
        byte ^= 1
    altered[position] = byte
    with pytest.raises(SnapshotRefused):
        decode_models(bytes(altered))


def test_a_snapshot_that_is_not_utf8_is_refused() -> None:
    """A snapshot with a broken character is refused like any other damage."""
    with pytest.raises(SnapshotRefused):
        decode_models(_SNAPSHOT.replace(b'"checksum":"', b'"checksum":"\xff'))


def test_a_snapshot_nested_without_end_is_refused() -> None:
    """A value that is nested deeper than the reader can go is refused, not a crash."""
    with pytest.raises(SnapshotRefused):
        decode_models(b'{"x":' + b"[" * 100_000)


def test_refusals_of_a_snapshot_say_why() -> None:
    """A truncated, an altered, a foreign and a future snapshot are each refused with their reason."""
    models = Learner().publish(3)
    other_features = encode_models(replace(models, features="000000000000"))
    reasons = {
        "cannot be read": _SNAPSHOT[:100],
        "checksum does not match": _SNAPSHOT.replace(b'"epoch":3', b'"epoch":4'),
        "made for other features (000000000000": other_features,
        "Invalid enum value 3": _SNAPSHOT.replace(b'"schema":2', b'"schema":3'),
        "missing required field": b"{}",
        "malformed": b"\x80\x04\x95",
    }
    for reason, value in reasons.items():
        with pytest.raises(SnapshotRefused, match=reason.replace("(", r"\(")):
            decode_models(value)


def test_a_learner_kept_for_other_features_begins_anew() -> None:
    """Weights for another list of features mean nothing here and are left behind."""
    kept = replace(Learner().state(), features="000000000000", norms=observe_gap(Norms(), "offer", "rep", 2.0))
    assert Learner().state() == Learner(kept).state()


def test_before_anything_was_learned_the_prior_is_said() -> None:
    """A fresh model says how often it happens elsewhere, for every deal."""
    blank = a_vector()
    models: ModelSet = Learner().publish(1)
    said = {target: score(each, blank).probability for target, each in models.targets.items()}
    assert said == pytest.approx({"inactivity": 0.2, "silence": 0.2, "slippage": 0.5, "win": 0.47, "no_decision": 0.4})
    assert score(models.targets["win"], blank).log_odds == pytest.approx(log(0.47 / 0.53))
