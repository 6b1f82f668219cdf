"""A challenger beside the champion: when it begins, how it ends, and that a restart changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from models.case import Case
from models.checkpoint import pack_learner, unpack_learner
from models.hats import CONSTANT
from models.learn import Learner
from models.recursive import _square
from models.score import probability
from models.snapshot import ModelSet, Notice
from models.trial import LEAST_CASES, LONGEST, SHORTEST, Score, Trial, TrialState, loosened
from tests.builders import a_vector

_FLIP = 40
_CASES = 40


def _chance(day: int, silent: bool) -> float:
    """Silent deals stay silent, until everything turns around."""
    return 0.8 if silent == (day < _FLIP) else 0.1


def _day(random: Random, models: ModelSet, day: int, chance: Callable[[int, bool], float]) -> list[Case]:
    cases = []
    for number in range(_CASES):
        silent = random.random() < 0.5
        vector = a_vector(2.0, since_contact=20.0 if silent else 0.5)
        said = probability(models.targets["inactivity"], vector)
        label = random.random() < chance(day, silent)
        cases.append(Case("inactivity", f"opp-{day}-{number}", vector, label, said, day))
    return cases


def _live(days: int, chance: Callable[[int, bool], float], restart: bool = False) -> tuple[Learner, list[Notice]]:
    learner, random = Learner(), Random(5)
    notices: list[Notice] = []
    models = learner.publish(0)
    for day in range(days):
        learner.learn(_day(random, models, day, chance))
        models = learner.publish(day + 1)
        notices += models.notices
        if restart:
            learner = Learner(unpack_learner(pack_learner(learner.state())))
    return learner, notices


@pytest.fixture(scope="module")
def turned() -> tuple[Learner, list[Notice]]:
    """A learner to whom the world turned around."""
    return _live(_FLIP + 20, _chance)


def test_when_the_world_turns_a_challenger_begins_and_takes_over(turned: tuple[Learner, list[Notice]]) -> None:
    """In this order, within some days, each announced with the model's version of the day."""
    learner, notices = turned
    kinds = [each.kind for each in notices if each.kind != "drift"]
    assert kinds[:2] == ["challenger", "promoted"]
    began, won = (next(each for each in notices if each.kind == kind) for kind in ("challenger", "promoted"))
    assert _FLIP < int(began.version.rpartition("-")[2]) <= _FLIP + 5
    assert int(won.version.rpartition("-")[2]) <= _FLIP + 5 + SHORTEST + 3
    assert int(won.before.rpartition("-")[2]) == int(won.version.rpartition("-")[2]) - 1
    model = learner.publish(_FLIP + 20).targets["inactivity"]
    assert probability(model, a_vector(2.0, since_contact=0.5)) > probability(model, a_vector(2.0, since_contact=20.0))


def test_a_restart_in_the_middle_of_a_trial_changes_nothing(turned: tuple[Learner, list[Notice]]) -> None:
    """To the last bit, through a checkpoint every day."""
    again, notices = _live(_FLIP + 20, _chance, restart=True)
    assert notices == turned[1]
    assert pack_learner(again.state()) == pack_learner(turned[0].state())


def test_a_world_that_stays_the_same_has_no_challenger() -> None:
    """Chance alone is no drift."""
    _, notices = _live(120, lambda _, silent: _chance(0, silent))
    assert [each for each in notices if each.kind != "drift"] == []


def _trial(score: Score) -> Trial:
    state = Learner().state().targets["win"].memory
    learner = Learner()
    target = learner._targets["win"]
    return Trial(target._prior, target._champion.habits, TrialState(state, score))


@pytest.mark.parametrize(
    ("gains", "cases", "verdict"),
    [
        ([0.1, 0.2] * SHORTEST, LEAST_CASES, "better"),
        ([0.1, 0.2] * SHORTEST, 1, "open"),
        ([0.1] * (SHORTEST - 1), LEAST_CASES, "open"),
        ([0.1, -0.2, 0.2] * 3, LEAST_CASES, "open"),
        ([0.1, -0.2, 0.1] * (LONGEST // 3), LEAST_CASES, "not better"),
        ([-0.1] * LONGEST, LEAST_CASES, "not better"),
        ([0.1, 0.11] * (LONGEST // 2), LEAST_CASES, "better"),
    ],
)
def test_a_verdict_needs_days_and_cases_and_more_than_chance(gains: list[float], cases: int, verdict: str) -> None:
    """Gains of days, each of `cases` cases."""
    trial = _trial(Score())
    for gain in gains:
        trial.judge(gain, cases)
    assert trial.verdict == verdict


def test_a_challenger_begins_with_what_was_learned_and_more_doubt() -> None:
    """The same weights, wider variances, hence longer steps."""
    learner, random = Learner(), Random(6)
    models = learner.publish(0)
    for day in range(5):
        learner.learn(_day(random, models, day, _chance))
    champion, prior = learner._targets["inactivity"]._champion, learner._targets["inactivity"]._prior
    trial = Trial.of(champion, prior)
    assert trial.challenger.weights == champion.weights
    assert trial.challenger.state().means == champion.state().means
    assert trial.challenger.state().covariances != champion.state().covariances


def test_doubt_is_added_to_the_variances_alone() -> None:
    """Each grows by a share of what it was before any case; how weights go together stays."""
    learner, random = Learner(), Random(7)
    models = learner.publish(0)
    learner.learn(_day(random, models, 0, _chance))
    target = learner._targets["inactivity"]
    state = target._champion.state()
    looser = loosened(state, target._prior, 0.5)
    before, after = (_square(each.covariances[0], len(state.slots)) for each in (state, looser))
    grown = after - before
    wanted = []
    for slot in state.slots:
        curve = target._prior.curve_of(slot)
        wanted.append(0.5 * curve.covariance[curve.slots.index(slot), curve.slots.index(slot)])
    assert np.diag(grown) == pytest.approx(wanted, rel=1e-5)
    assert not np.any(grown - np.diag(np.diag(grown)))


def test_a_challenger_takes_labels_back_as_the_champion_does() -> None:
    """It learned them, or began with what had: both are moved the other way, and both go on from a checkpoint."""
    vector = a_vector(2.0, since_contact=20.0)
    cases = [Case("inactivity", f"opp-{number}", vector, number % 2 == 0, 0.5, 1) for number in range(20)]
    learner = Learner()
    learner.learn(cases)
    target = learner._targets["inactivity"]
    target._trial = Trial.of(target._champion, target._prior)
    gone = [Case("inactivity", f"gone-{number}", vector, True, 0.5, 1) for number in range(5)]
    learner.learn(gone)
    before = target._champion.weights, target._trial.challenger.weights
    learner.learn([replace(case, taken_back=2) for case in gone])
    after = target._champion.weights, target._trial.challenger.weights
    assert all(one[CONSTANT] < other[CONSTANT] for one, other in zip(after, before, strict=True))
    assert unpack_learner(pack_learner(learner.state())) == learner.state()
