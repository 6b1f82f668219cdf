"""A learner that begins from a seed."""

from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from models.ballots import UNIT, Vote
from models.checkpoint import CheckpointRefused
from models.history import learn_history
from models.learn import Learner
from models.seed import Seed
from models.snapshot import ModelSet, decode_models
from streams.alerts.policy import Policy
from streams.backtest.history import History, read_history
from streams.events.contract import encode
from streams.labels.lesson import EpochReached, Lesson, VotesChanged, decode_lesson, encode_lesson
from streams.runtime.learn import LEARNER_KEY
from streams.runtime.seed import kept_learner, learned_until, planted
from streams.state.opportunity import DAY
from tests.builders import APPENDED_AT, Timeline, a_clock, a_market, ms
from tests.unit.runtime.schooling import Told, a_task, kept_after, models_of

#: Thirty days of a market, and what lives through all fifty of it.
_CUT = ms(30) // DAY
_EVENTS = a_market(deals=8, days=50)


@cache
def past() -> History:
    """The thirty days."""
    return read_history([encode(each) for each in _EVENTS if each.at < ms(30)], Policy(), APPENDED_AT, partitions=1)


@cache
def seed() -> Seed:
    """What was learned from them."""
    known = past()
    return Seed(learn_history(known.days, known.norms).state, known.until, "past", known.deals, known.cases)


@cache
def lessons() -> list[Told]:
    """What is told to whoever lives through all fifty."""
    return [Told(encode_lesson(each)) for each in Timeline().tell(*_EVENTS, a_clock(60)).lessons]


def published(heard: list[Told], states: dict[bytes, bytes]) -> dict[int, ModelSet]:
    """The models that a learner publishes that begins with these states."""
    task = a_task(states)
    task.process(heard, 0)
    models = [decode_models(value) for value in models_of(task.outbox()).values() if value is not None]
    return {each.epoch: each for each in models}


def test_the_first_models_are_those_of_the_seed() -> None:
    """From the first day that all partitions are in."""
    first = [Told(encode_lesson(EpochReached(0, 1, _CUT + 5, _CUT + 5)))]
    own = replace(Learner(seed().learner).publish(_CUT + 5), offset=0)
    assert published(first, dict(planted(seed(), {}))) == {_CUT + 5: own}


def test_what_people_said_stays_where_a_seed_replaces_what_was_learned() -> None:
    """Votes are about alerts; a seed knows deals only."""
    vote = Vote("silent", "", "ann", _CUT, False, UNIT)
    told: list[Lesson] = [EpochReached(0, 1, _CUT, _CUT), VotesChanged("opp-1", _CUT * DAY, 7, ((vote, 1),))]
    task = a_task({})
    task.process([Told(encode_lesson(each)) for each in (*told, EpochReached(0, 1, _CUT + 1, _CUT + 1))], 0)
    states = kept_after({}, task.dirty())
    after = {**states, **dict(planted(seed(), states))}
    later = [Told(encode_lesson(EpochReached(0, 1, _CUT + 2, _CUT + 2)))]
    tally = published(later, after)[_CUT + 2].feedback[""]["silent"]
    assert (tally.useful, tally.not_useful, tally.people) == (0, 1, 1)


def test_what_the_history_told_is_not_learned_again() -> None:
    """Lessons of its days pass; those of later days are learned, once."""
    told = published(lessons(), dict(planted(seed(), {})))
    names = ("inactivity", "slippage", "win", "silence", "no_decision")
    cases = {epoch: [models.targets[name].trained for name in names] for epoch, models in told.items()}
    known = [seed().learner.targets[name].trained for name in names]
    assert all(cases[epoch] == known for epoch in range(min(cases), past().until + 1))
    whole = published(lessons(), {})
    last = max(whole)
    assert all(now > before for now, before in zip(cases[last][:2], known[:2], strict=True))
    lived = {epoch: [whole[epoch].targets[name].trained for name in names] for epoch in (past().until, last)}
    # Of its last day the file may not tell the end; what fell due then is not learned any more.
    unheard = [live - knew for live, knew in zip(lived[past().until], known, strict=True)]
    assert max(unheard) <= 1
    assert cases[last] == [live - lost for live, lost in zip(lived[last], unheard, strict=True)]
    assert told[last].norms.gaps == whole[last].norms.gaps
    assert told[past().until].norms == seed().learner.norms


def test_a_seed_that_was_cut_short_is_none() -> None:
    """Anything but all of it leaves the learner as it was; all of it is the seed."""
    task = a_task({})
    task.process(lessons()[: len(lessons()) // 2], 0)
    lived = kept_after({}, task.dirty())
    for before in ({}, lived):
        records = planted(seed(), before)
        assert len(records) > 2
        for cut in range(len(records)):
            assert kept_learner(kept_after(before, list(records[:cut]))) == kept_learner(before)
        assert kept_learner(kept_after(before, list(records))) == seed().learner


def test_a_learner_that_is_replaced_keeps_its_questions_and_its_place() -> None:
    """So that the days go on, and answers that are to come find what was asked."""
    task = a_task({})
    half = len(lessons()) // 2
    task.process(lessons()[:half], 0)
    lived = kept_after({}, task.dirty())
    replaced = kept_after(lived, list(planted(seed(), lived)))
    assert {key for key in lived if not key.startswith(b"~")} == {key for key in replaced if not key.startswith(b"~")}
    assert learned_until(replaced) == max(learned_until(lived), past().until)
    before, after = published(lessons()[half:], lived), published(lessons()[half:], replaced)
    assert set(before) == set(after)
    last = max(after)
    assert after[last].targets["slippage"].trained > seed().learner.targets["slippage"].trained
    parts = [{key for key, _ in planted(seed(), states)} - {LEARNER_KEY} for states in (lived, replaced)]
    assert parts[0].isdisjoint(parts[1])


def test_damage_is_said() -> None:
    """And a record that cannot be read does not stand in the way of a new one."""
    assert kept_learner({}) is None
    with pytest.raises(CheckpointRefused, match="cannot be read"):
        kept_learner({LEARNER_KEY: b"{"})
    assert kept_learner(dict(planted(seed(), {LEARNER_KEY: b"{"}))) == seed().learner
    whole = dict(planted(seed(), {}))
    del whole[next(key for key in whole if key != LEARNER_KEY)]
    with pytest.raises(CheckpointRefused, match="missing"):
        kept_learner(whole)


def test_lessons_are_what_this_file_takes_them_for() -> None:
    """There are some on both sides of the seed's end."""
    promises = [each for each in map(decode_lesson, (it.value for it in lessons())) if isinstance(each, EpochReached)]
    assert promises[0].epoch < past().until < promises[-1].epoch
