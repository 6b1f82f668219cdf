"""A history learned at once: the learner that living through it would have made."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from msgspec.structs import replace

from models.case import Case
from models.history import BLOCK_CASES, BLOCK_DAYS, FIRST_CASES, Day, blocks, learn_history
from models.learn import Learner
from models.norms import Norms
from models.score import probability
from tests.builders import a_vector


def a_day(epoch: int, size: int = 1, asked: int | None = None, **words: str) -> Day:
    """A day on which deals of odd numbers come true, and silence says which they are."""
    at = epoch - 2 if asked is None else asked
    vectors = [a_vector(float(n % 2), **words) for n in range(size)]
    cases = [
        Case("inactivity", f"opp-{n}", vector, n % 2 == 1, None, at, horizon=14.0) for n, vector in enumerate(vectors)
    ]
    return Day(epoch, cases)


def test_blocks_grow_with_what_is_known_and_end_at_the_cut() -> None:
    """So that nobody answers for long with models that know much less than they could."""
    days = [a_day(epoch, 100) for epoch in range(300)]
    sizes = [sum(len(day.cases) for day in block) for block in blocks(days)]
    assert sizes[:4] == [FIRST_CASES, FIRST_CASES, 2 * FIRST_CASES, 4 * FIRST_CASES]
    assert max(len(block) for block in blocks(days)) == BLOCK_DAYS
    assert max(sum(len(day.cases) for day in block) for block in blocks([a_day(e, 3_000) for e in range(60)])) < (
        BLOCK_CASES + 3_000
    )
    for cut in (17, 150):
        assert [day for block in blocks(days, cut) for day in block] == days
        assert not any(block[0].epoch < cut <= block[-1].epoch for block in blocks(days, cut))
    assert blocks([]) == []


def test_blocks_of_a_day_are_the_online_learner() -> None:
    """With what it would have said: weights, counts, level, average shares, quality, words."""
    days = [a_day(epoch, 30, owner="ann" if epoch % 2 else "bob") for epoch in range(10, 40)]
    with patch("models.history.FIRST_CASES", 1), patch("models.history.BLOCK_CASES", 1):
        learned = learn_history(days, Norms()).state
    online = Learner()
    said: dict[int, list[float]] = {}
    with patch("models.recursive.CLOSE_ENOUGH", 1e-9):
        for epoch in range(8, 40):
            weights, owner = online.publish(epoch).targets["inactivity"], "ann" if epoch % 2 else "bob"
            said[epoch] = [probability(weights, a_vector(silent, owner=owner)) for silent in (0.0, 1.0)]
            for day in days:
                if day.epoch == epoch:
                    online.learn([replace(case, predicted=said[epoch - 2][n % 2]) for n, case in enumerate(day.cases)])
    expected, found = online.state().targets["inactivity"], learned.targets["inactivity"]
    assert (found.trained, found.positives, found.phases) == (expected.trained, expected.positives, expected.phases)
    assert found.level == pytest.approx(expected.level, abs=1e-3)
    assert found.quality.cases == expected.quality.cases
    assert found.quality.brier == pytest.approx(expected.quality.brier, abs=1e-3)
    assert found.centers == pytest.approx(expected.centers, abs=1e-2)
    assert learned.vocabulary == online.state().vocabulary
    before, after = (Learner(each).publish(1).targets["inactivity"].weights for each in (online.state(), learned))
    for slot in ("level", "since_contact@0", "since_contact@1", "owner=ann"):
        assert after[slot] == pytest.approx(before[slot], abs=0.05)


def test_what_is_judged_knows_no_answer_from_the_cut_on() -> None:
    """Also where such an answer belongs to an earlier question; and all of it is learned in the end."""
    days = [a_day(epoch, 20) for epoch in range(10, 60)]
    turned = [
        Day(day.epoch, [replace(case, label=not case.label) for case in day.cases]) if day.epoch >= 40 else day
        for day in days
    ]
    straight, other = learn_history(days, Norms(), 40), learn_history(turned, Norms(), 40)
    held, turned_held = straight.held["inactivity"], other.held["inactivity"]
    assert np.array_equal(held.said, turned_held.said)
    assert held.labels == [not label for label in turned_held.labels]
    assert len(held.labels) == 20 * sum(day.epoch - 2 >= 40 for day in days)
    assert float(np.mean((held.said > 0.5) == np.array(held.labels))) == 1.0
    assert straight.state.targets["inactivity"].trained == 1_000
    assert straight.state != other.state


def test_the_online_learner_goes_on_from_a_history() -> None:
    """What it learned stays, and what comes is added."""
    learner = Learner(learn_history([a_day(epoch, 40) for epoch in range(10, 30)], Norms()).state)
    before = learner.publish(30).targets["inactivity"]
    learner.learn(a_day(30, 40).cases)
    after = learner.publish(31).targets["inactivity"]
    assert (before.trained, after.trained) == (800, 840)
    assert after.weights["since_contact@1"] == pytest.approx(before.weights["since_contact@1"], abs=0.1)


def test_progress_is_told_up_to_the_end() -> None:
    """In cases."""
    told: list[int] = []
    learn_history([a_day(epoch, 100) for epoch in range(30)], Norms(), tick=told.append)
    assert told == sorted(told)
    assert told[-1] == 3_000


def test_a_history_without_answers_teaches_nothing() -> None:
    """It is the learner that begins."""
    assert learn_history([Day(3, [])], Norms(), 3).state == Learner().state()
    assert learn_history([], Norms()).held["win"].labels == []


def test_a_case_that_does_not_say_when_it_was_asked_is_refused() -> None:
    """Nobody could know which models it was put to."""
    with pytest.raises(ValueError, match="does not say when it was asked"):
        learn_history([Day(3, [Case("win", "opp-1", a_vector(1.0), True)])], Norms())
