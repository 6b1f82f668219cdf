"""Learning: what a case changes, and what is said of how well it goes."""

from __future__ import annotations

from collections.abc import Hashable
from math import log
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from models.case import Case
from models.drift import Lookout
from models.hats import encode
from models.learn import Learner
from models.norms import Norms, observe_gap
from models.quality import QUALITY_MEMORY, log_loss
from models.risk import log_odds
from models.river_kit import HatEncoder
from models.schema import NAMES, Vector
from models.score import probability, score
from models.target import CENTER_EVERY, USUAL_MEMORY
from models.vocabulary import ADMITTED_AFTER
from tests.builders import TARGETS, a_vector

_A = a_vector(0.0)
_B = a_vector(3.0, weekday=3.0)


def _case(
    target: str, vector: Vector, label: bool, predicted: float | None = None, deal: str = "opp-1", asked: int = 0
) -> Case:
    return Case(target, deal, vector, label, predicted, asked)


def _said(learner: Learner, vector: Vector, target: str = "inactivity") -> float:
    return probability(learner.publish(1).targets[target], vector)


def test_a_case_moves_the_probability_its_way() -> None:
    """After a yes the same measurement is more likely, after a no less."""
    before = _said(Learner(), _A)
    for label, moved in ((True, 1), (False, -1)):
        learner = Learner()
        learner.learn([_case("inactivity", _A, label)])
        assert (_said(learner, _A) - before) * moved > 0


def test_what_always_happens_is_learned() -> None:
    """Two kinds of deals with opposite outcomes are told apart after some days."""
    learner = Learner()
    for _ in range(20):
        learner.learn(
            [_case("inactivity", vector, vector is _A, deal=f"opp-{n}") for n in range(10) for vector in (_A, _B)]
        )
    assert _said(learner, _A) > 0.8
    assert _said(learner, _B) < 0.2
    assert learner.publish(1).targets["inactivity"].base_rate == pytest.approx((200 + 20 * 0.2) / (400 + 20))


def test_what_comes_with_a_word_is_learned_once_several_deals_have_it() -> None:
    """Two sellers with opposite outcomes are told apart; a word nobody has met says nothing."""
    learner = Learner()
    ann, bob, eve = (a_vector(1.0, contact_by=name) for name in ("ann", "bob", "eve"))
    learner.learn([_case("inactivity", ann, True), _case("inactivity", bob, False)])
    assert _said(learner, ann) == _said(learner, bob)
    for _ in range(10):
        for number in range(ADMITTED_AFTER):
            pair = [("inactivity", ann, True), ("inactivity", bob, False)]
            learner.learn([_case(*each, deal=f"opp-{number}") for each in pair])
    assert _said(learner, ann) > _said(learner, eve) + 0.08
    assert _said(learner, bob) < _said(learner, eve) - 0.08


def test_comparable_deals_are_those_of_the_same_phase() -> None:
    """Few of them say little: their share begins at that of all deals."""
    learner = Learner()
    cases = [
        _case("win", a_vector(phase=float(number % 2 * 3)), number % 2 == 1, None, str(number)) for number in range(100)
    ]
    learner.learn(cases)
    weights = learner.publish(1).targets["win"]
    assert weights.rates == pytest.approx(
        (20 * weights.base_rate / 70, weights.base_rate, weights.base_rate, (50 + 20 * weights.base_rate) / 70)
    )


def test_targets_are_learned_apart() -> None:
    """A case of one target leaves the others as they were."""
    learner = Learner()
    learner.learn([_case("win", _A, True)])
    published = learner.publish(1).targets
    assert (published["win"].trained, published["slippage"].trained, published["inactivity"].trained) == (1, 0, 0)
    assert published["slippage"] == Learner().publish(1).targets["slippage"]


def test_a_published_model_does_not_change_any_more() -> None:
    """Learning goes on without touching what was handed out."""
    learner = Learner()
    learner.learn([_case("inactivity", _A, True)])
    published = learner.publish(1)
    kept = score(published.targets["inactivity"], _A)
    for _ in range(50):
        learner.learn([_case("inactivity", _A, False)])
    learner.norms = observe_gap(learner.norms, "offer", "rep", 1.0)
    assert score(published.targets["inactivity"], _A) == kept
    assert published.norms == Norms()


def test_versions_name_target_and_day() -> None:
    """The version of a model is its target and the UTC day from which it is used."""
    published = Learner().publish(19_000)
    assert published.epoch == 19_000
    assert [each.version for each in published.targets.values()] == [f"{target}-19000" for target in TARGETS]


def test_quality_is_judged_before_learning() -> None:
    """What was said then is held against what came of it, beside what was said to be usual on that day."""
    learner = Learner()
    learner.publish(7)
    learner.learn([_case("inactivity", _A, True, deal=f"opp-{deal}") for deal in range(20)])
    learner.publish(8)
    learner.learn([_case("inactivity", _A, False, predicted=0.25, asked=7)])
    quality = learner.publish(9).targets["inactivity"].quality
    assert quality.cases == 1
    assert (quality.log_loss, quality.brier) == pytest.approx((-log(0.75), 0.0625))
    assert quality.base_log_loss == pytest.approx(-log(0.8))
    learner.learn([_case("inactivity", _A, True, predicted=0.25, asked=8)])
    quality = learner.publish(10).targets["inactivity"].quality
    assert quality.base_log_loss == pytest.approx((-log(0.8) - log(0.6)) / 2)


def test_what_was_usual_on_a_day_is_remembered_for_a_while() -> None:
    """It is the rate that was published for the day or before it, and old days are forgotten."""
    learner = Learner()
    for day in range(2 * USUAL_MEMORY):
        learner.publish(day)
        learner.learn([_case("win", _A, True, deal=f"opp-{day}")])
    usual = learner.state().targets["win"].usual
    assert len(usual) == USUAL_MEMORY + 1
    day, rate = usual[-1]
    assert (day, rate) == (2 * USUAL_MEMORY - 1, (day + 20 * 0.47) / (day + 20))


def test_without_evidence_the_usual_rate_is_said_of_every_deal() -> None:
    """As long as all end alike there is nothing to tell apart, however many there are."""
    learner = Learner()
    for day in range(5):
        learner.learn(
            [_case("slippage", vector, True, deal=f"opp-{day}-{n}") for n in range(20) for vector in (_A, _B)]
        )
    model = learner.publish(1).targets["slippage"]
    assert model.learned_share == 0.0
    assert probability(model, _A) == pytest.approx(probability(model, _B)) == pytest.approx(model.base_rate)


def test_with_every_deal_what_was_learned_counts_more() -> None:
    """Deals count, not the days on which they were asked about; what is left is the usual rate."""
    shares = []
    for deals, days in ((4, 1), (4, 50), (40, 1), (400, 1)):
        learner = Learner()
        for _ in range(days):
            learner.learn([_case("win", _A if n % 2 else _B, n % 2 == 0, deal=f"opp-{n}") for n in range(deals)])
        shares.append(learner.publish(1).targets["win"].learned_share)
    assert shares == pytest.approx([4 / 14, 4 / 14, 40 / 50, 400 / 410], rel=0.02)


def test_a_case_without_a_prediction_is_learned_but_not_judged() -> None:
    """Nothing was said, so there is nothing to judge."""
    learner = Learner()
    for _ in range(3):
        learner.learn([_case("inactivity", _A, True)])
    weights = learner.publish(1).targets["inactivity"]
    assert (weights.trained, weights.quality.cases) == (3, 0)


def test_quality_forgets() -> None:
    """The means follow the last thousand cases or so."""
    learner = Learner()
    for label, number in ((False, 1_000), (True, 3 * QUALITY_MEMORY)):
        learner.learn([_case("win", _A, label, 0.999, f"opp-{deal}") for deal in range(number)])
    assert learner.publish(1).targets["win"].quality.brier < 0.06


def test_centers_follow_the_average_deal() -> None:
    """Contributions are compared with what the average deal has: they shrink when all deals are alike."""
    learner = Learner()
    for _ in range(200):
        learner.learn([_case("inactivity", _A, True, deal=f"opp-{deal}") for deal in range(CENTER_EVERY)])
    risk = score(learner.publish(1).targets["inactivity"], _A)
    assert max(abs(each.log_odds) for each in risk.contributions) < 0.05 * abs(risk.log_odds)


def _schooled() -> Learner:
    """A learner that knows enough for what it says to be its own from day 0 on."""
    learner = Learner()
    learner.learn([_case("inactivity", _B, deal % 2 == 0, None, f"opp-early-{deal}") for deal in range(400)])
    learner.publish(0)
    return learner


def test_the_usual_rate_teaches_no_level_and_is_no_drift() -> None:
    """What was said before there was enough to learn from misses nobody's mark, however wrong it was."""
    learner = _schooled()
    for day in range(40):
        wrong = [_case("inactivity", _B, day > 20, 0.02, f"opp-{day}-{deal}", asked=-1) for deal in range(50)]
        learner.learn(wrong)
        models = learner.publish(day + 1)
        assert models.notices == ()
    state = learner.state().targets["inactivity"]
    assert (state.level, state.lookout, state.speaks_since) == (0.0, Lookout(), 0)
    learner.learn([_case("inactivity", _B, True, 0.02, f"opp-{deal}", asked=0) for deal in range(50)])
    assert learner.state().targets["inactivity"].level > 0.0


def test_a_case_of_a_longer_horizon_counts_less() -> None:
    """Asked every day about the next weeks, a deal says the same again and again; below a day nothing is gained."""
    moved = []
    for horizon in (0.1, 1.0, 7.0, None, 14.0, 28.0):
        learner = Learner()
        cases = [_case("inactivity", _A, True, deal=f"opp-{deal}") for deal in range(20)]
        learner.learn([replace(case, horizon=horizon) for case in cases])
        moved.append(learner.state().targets["inactivity"].memory.means)
    said = [np.frombuffer(means[0], "<f8")[0] for means in moved]
    assert said[0] == said[1] > said[2] == said[3] > said[4] > said[5]


def test_the_level_follows_what_was_said_too_low() -> None:
    """After days on which more happened than was said, more is said of every deal; the memory of it fades."""
    told, untold = _schooled(), _schooled()
    for day in range(10):
        told.learn([_case("inactivity", _A, True, 0.2, f"opp-{day}-{deal}") for deal in range(50)])
    for day in range(10):
        untold.learn([_case("inactivity", _A, True, None, f"opp-{day}-{deal}") for deal in range(50)])
    assert _said(told, _A) > _said(untold, _A) + 0.001
    after = [_said(told, _A) - _said(untold, _A)]
    for day in range(100):
        for learner in (told, untold):
            learner.learn([_case("inactivity", _B, day % 2 == 0, 0.5, f"opp-late-{day}")])
    after.append(_said(told, _A) - _said(untold, _A))
    assert abs(after[1]) < abs(after[0])


def test_a_wrong_certainty_costs_much_but_not_infinitely() -> None:
    """The log loss has a floor."""
    assert log_loss(1.0, False) == pytest.approx(-log(1e-12))
    assert log_loss(0.5, True) == pytest.approx(log(2))


def test_river_sees_the_encoding_that_we_score_with() -> None:
    """The transformer gives the slots of `encode`; a feature that is missing counts as never."""
    encoder = HatEncoder()
    measured: dict[Hashable, object] = {name: _B.value(name) for name in NAMES}
    assert encoder.transform_one(measured) == encode(_B)
    assert encoder.transform_one({"phase": 1.0, "weekday": 2.0}) == encode(a_vector(phase=1.0, weekday=2.0))


def _after_a_bad_day() -> tuple[Learner, float, float]:
    """A learner that has had forty days, then one on which everything came true; what it said before, and after."""
    learner, random = Learner(), Random(5)
    for day in range(40):
        learner.learn(
            [
                _case("inactivity", vector, random.random() < rate, said, f"opp-{day}-{n}", day)
                for vector, rate, said in ((_A, 0.1, _said_on(learner, day, _A)), (_B, 0.3, _said_on(learner, day, _B)))
                for n in range(40)
            ]
        )
    before = _said_on(learner, 40, _A)
    learner.learn([_case("inactivity", _A, True, before, f"opp-bad-{n}", 39) for n in range(200)])
    return learner, before, _said_on(learner, 41, _A)


def _said_on(learner: Learner, day: int, vector: Vector) -> float:
    return probability(learner.publish(day).targets["inactivity"], vector)


def test_a_day_whose_labels_are_out_of_bounds_is_not_learned_blindly(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of 200 came true where 20 were expected: it is told, and moves the model far less than it would have."""
    learner, before, after = _after_a_bad_day()
    [told] = [each for each in learner.publish(42).notices if each.kind == "unusual"]
    monkeypatch.setattr("models.bounds.BOUND", 1e9)
    _, _, blind = _after_a_bad_day()

    assert told.text.startswith("200 of 200 came true where ")
    assert 0.0 < log_odds(after) - log_odds(before) < 0.5 * (log_odds(blind) - log_odds(before))


def test_what_a_day_out_of_bounds_taught_is_taken_back_as_it_was_learned() -> None:
    """Not more than had been put in, so little is left of it in either direction."""
    learner, before, after = _after_a_bad_day()
    bad = [replace(_case("inactivity", _A, True, before, f"opp-bad-{n}", 39), taken_back=40) for n in range(200)]
    learner.learn(bad)
    left = log_odds(_said_on(learner, 43, _A)) - log_odds(before)
    assert abs(left) < 0.4 * (log_odds(after) - log_odds(before))
