"""The learner without a deal or a person: it knows all that it knew, and no name of theirs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from models.ballots import Ballots, Week
from models.checkpoint import pack_learner
from models.learn import Learner, LearnerState
from models.pins import PinState
from streams.admin.scrub import Erasure, Scrubber
from streams.flow import on_lesson
from streams.labels.classroom import Classroom, Progress
from streams.labels.lesson import GapEnded
from streams.runtime.forget import forget
from streams.runtime.learn import LEARNER_KEY, SCHEMA, Remembered, _encoder, decode_remembered, learner_of, part_key
from tests.builders import Timeline, a_market, ms, some_models

PERSON = Scrubber(Erasure("person", "rep-1", "erased-1a"))
DEAL = Scrubber(Erasure("opportunity", "opp-1", "erased"))


@pytest.fixture(scope="module")
def learner() -> LearnerState:
    """A learner that has learned a market, and in which people voted."""
    learner, classroom = Learner(), Classroom()
    for lesson in Timeline(some_models()).tell(*a_market(deals=12, days=40)).lessons:
        on_lesson(classroom, learner, lesson)
    state = learner.state()
    counted = {"source=fair": (3, "opp-1"), "source=web": (2, "opp-11")}
    votes = Ballots({"": {"silent": {"rep-1": {2930: Week(1, 0, 60, 0)}, "rep-2": {2930: Week(0, 1, 0, 60)}}}})
    return replace(state, vocabulary=replace(state.vocabulary, counted=counted), ballots=votes)


def records_of(state: LearnerState, turn: int = 0) -> dict[bytes, bytes]:
    """A learner as its topic has it, with a span that waits."""
    parts = pack_learner(state)
    span = GapEnded("opp-1", ms(3), ms(2), "Proposal", "rep-1", 2.5)
    kept = Remembered(SCHEMA, turn, len(parts), Progress(next_epoch=20_000), (span,), PinState())
    records = {part_key(turn, number): part for number, part in enumerate(parts)}
    return {**records, LEARNER_KEY: _encoder.encode(kept)}


def read(records: dict[bytes, bytes]) -> tuple[Remembered, LearnerState]:
    """The learner that a worker would begin with."""
    kept = decode_remembered(records[LEARNER_KEY])
    return kept, learner_of(kept, records)


def test_a_person_is_gone_and_all_that_was_learned_stays(learner: LearnerState) -> None:
    """Every weight, count and rhythm is as before, under the name that stands in."""
    before = records_of(learner)
    after, named = forget(before, PERSON)
    assert named
    assert list(after)[-1] == LEARNER_KEY, "the record that names the parts comes after them"
    kept, state = read(after)
    assert kept.turn == 1
    slots = {slot.replace("rep-1", "erased-1a") for slot in learner.targets["win"].memory.slots}
    assert "owner=erased-1a" in set(state.targets["win"].memory.slots) == slots
    assert state.targets["win"].memory.means == learner.targets["win"].memory.means
    assert state.norms.owner_gaps["erased-1a"] == learner.norms.owner_gaps["rep-1"]
    assert set(state.ballots.teams[""]["silent"]) == {"erased-1a", "rep-2"}
    assert all(b"rep-1" not in value for value in after.values())
    assert forget(after, PERSON) == (after, False)
    Learner(state).publish(20_000)


def test_a_deal_is_gone(learner: LearnerState) -> None:
    """Its spans are dropped, and beside a word that is not known yet stands no deal."""
    after, named = forget(records_of(learner), DEAL)
    kept, state = read(after)
    assert (named, kept.spans) == (True, ())
    assert state.vocabulary.counted == {"source=fair": (3, "erased"), "source=web": (2, "opp-11")}
    assert state.targets == learner.targets
    assert forget(after, DEAL)[1] is False


def test_parts_that_nobody_refers_to_are_looked_at_and_left_out(learner: LearnerState) -> None:
    """The other set of keys holds the learner of before, names and all."""
    clean = forget(records_of(learner), PERSON)[0]
    stale = {part_key(0, number): part for number, part in enumerate(pack_learner(learner))}
    after, named = forget({**stale, **clean}, PERSON)
    assert named
    assert after == clean


def test_a_learner_without_it_stays_as_it_is(learner: LearnerState) -> None:
    """Byte for byte, in the keys that it has."""
    before = records_of(learner)
    assert forget(before, Scrubber(Erasure("person", "rep-99", "x"))) == (before, False)
    assert forget({}, PERSON) == ({}, False)
