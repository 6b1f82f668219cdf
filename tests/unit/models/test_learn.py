"""Learning: what a case changes, and what is said of how well it goes."""

from __future__ import annotations

from math import log

import pytest

from models.hats import encode
from models.learn import CENTER_EVERY, QUALITY_MEMORY, Case, Learner, log_loss
from models.norms import Norms, observe_gap
from models.river_kit import HatEncoder, OnlineClassifier
from models.schema import NAMES, Vector
from models.score import probability, score

_A: Vector = tuple(0.0 for _ in NAMES)
_B: Vector = tuple(0.0 if name == "phase" else 3.0 for name in NAMES)


def _said(learner: Learner, vector: Vector, target: str = "inactivity") -> float:
    return probability(learner.publish(1).targets[target], encode(vector))


def test_a_case_moves_the_probability_its_way() -> None:
    """After a yes the same measurement is more likely, after a no less."""
    before = _said(Learner(), _A)
    for label, moved in ((True, 1), (False, -1)):
        learner = Learner()
        learner.learn(Case("inactivity", _A, label))
        assert (_said(learner, _A) - before) * moved > 0


def test_what_always_happens_is_learned() -> None:
    """Two kinds of deals with opposite outcomes are told apart after some cases."""
    learner = Learner()
    for _ in range(200):
        learner.learn(Case("inactivity", _A, True))
        learner.learn(Case("inactivity", _B, False))
    assert _said(learner, _A) > 0.9
    assert _said(learner, _B) < 0.1
    assert learner.publish(1).targets["inactivity"].base_rate == 0.5


def test_targets_are_learned_apart() -> None:
    """A case of one target leaves the others as they were."""
    learner = Learner()
    learner.learn(Case("win", _A, True))
    published = learner.publish(1).targets
    assert (published["win"].trained, published["slippage"].trained, published["inactivity"].trained) == (1, 0, 0)
    assert published["slippage"] == Learner().publish(1).targets["slippage"]


def test_a_published_model_does_not_change_any_more() -> None:
    """Learning goes on without touching what was handed out."""
    learner = Learner()
    learner.learn(Case("inactivity", _A, True))
    published = learner.publish(1)
    kept = score(published.targets["inactivity"], _A)
    for _ in range(50):
        learner.learn(Case("inactivity", _A, False))
    learner.norms = observe_gap(learner.norms, "offer", "rep", 1.0)
    assert score(published.targets["inactivity"], _A) == kept
    assert published.norms == Norms()


def test_versions_name_target_and_day() -> None:
    """The version of a model is its target and the UTC day from which it is used."""
    published = Learner().publish(19_000)
    assert published.epoch == 19_000
    assert {each.version for each in published.targets.values()} == {"inactivity-19000", "slippage-19000", "win-19000"}


def test_quality_is_judged_before_learning() -> None:
    """What was said then is held against what came of it, beside the base rate known then."""
    learner = Learner()
    learner.learn(Case("inactivity", _A, True, predicted=0.9))
    assert learner.publish(1).targets["inactivity"].quality.cases == 0
    learner.learn(Case("inactivity", _A, False, predicted=0.25))
    quality = learner.publish(1).targets["inactivity"].quality
    assert quality.cases == 1
    assert (quality.log_loss, quality.brier) == pytest.approx((-log(0.75), 0.0625))
    assert quality.base_log_loss == pytest.approx(-log(1e-12))


def test_a_case_without_a_prediction_is_learned_but_not_judged() -> None:
    """Nothing was said, so there is nothing to judge."""
    learner = Learner()
    for _ in range(3):
        learner.learn(Case("inactivity", _A, True))
    weights = learner.publish(1).targets["inactivity"]
    assert (weights.trained, weights.quality.cases) == (3, 0)


def test_quality_forgets() -> None:
    """The means follow the last thousand cases or so."""
    learner = Learner()
    for label, number in ((False, 1_000), (True, 3 * QUALITY_MEMORY)):
        for _ in range(number):
            learner.learn(Case("win", _A, label, predicted=0.999))
    assert learner.publish(1).targets["win"].quality.brier < 0.06


def test_centers_follow_the_average_deal() -> None:
    """Contributions are compared with what the average deal has: they shrink when all deals are alike."""
    learner = Learner()
    for _ in range(CENTER_EVERY * 200):
        learner.learn(Case("inactivity", _A, True))
    risk = score(learner.publish(1).targets["inactivity"], _A)
    assert max(abs(each.log_odds) for each in risk.contributions) < 0.05 * abs(risk.log_odds)


def test_a_wrong_certainty_costs_much_but_not_infinitely() -> None:
    """The log loss has a floor."""
    assert log_loss(1.0, False) == pytest.approx(-log(1e-12))
    assert log_loss(0.5, True) == pytest.approx(log(2))


def test_river_sees_the_encoding_that_we_score_with() -> None:
    """The transformer gives the slots of `encode`; a feature that is missing counts as never."""
    encoder = HatEncoder()
    assert encoder.transform_one(dict(zip(NAMES, _B, strict=True))) == encode(_B)
    assert encoder.transform_one({"phase": 1.0}) == encode(tuple(1.0 if name == "phase" else None for name in NAMES))


def test_weights_of_a_case_scale_its_step() -> None:
    """A case with weight zero teaches nothing."""
    classifier = OnlineClassifier(0.03)
    classifier.learn(_A, True, 0.0)
    assert classifier.probability(_A) == 0.5
    classifier.learn(_A, True, 1.0)
    assert classifier.probability(_A) > 0.5
