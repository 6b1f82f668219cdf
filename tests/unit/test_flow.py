"""The page to read: what each of the three steps hands back."""

from __future__ import annotations

import pytest

from models.case import Case
from models.dwell import Stay
from models.learn import Learner
from models.rank import quantiles_of
from models.scorer import Scorer
from streams.alerts.policy import Policy
from streams.effects import Publish, Reject, Step, Teach
from streams.events.rejection import Reason
from streams.facts import Fact, Name
from streams.flow import RETENTION, Room, on_event, on_lesson, on_tick
from streams.labels.classroom import Classroom
from streams.labels.lesson import Answered, Asked, EpochReached, GapEnded, StaysChanged
from streams.labels.outcome import TARGETS
from streams.state.feeds import Feed
from streams.state.memory import DealState
from streams.state.opportunity import DAY
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_loss,
    a_message,
    a_reopening,
    a_touch,
    a_vector,
    a_win,
    an_opportunity,
    ms,
    some_models,
)


def _room(**feeds: Feed) -> Room:
    return Room(Scorer(some_models()), {f"/{name}": feed for name, feed in feeds.items()}, Policy())


def _born() -> Step:
    return on_event(None, an_opportunity(0), 0, ms(0), _room())


_IN_DISCOVERY = Stay("discovery", 1, ms(0) // DAY)


def _state(step: Step) -> DealState:
    assert step.state is not None
    return step.state


def test_a_first_event_founds_a_deal() -> None:
    """The first event gives a state with the deal's facts, and a deadline at the first question."""
    step = _born()
    assert step.state is not None
    assert (step.state.facts.id, step.state.facts.events) == ("opp-1", 1)
    assert ms(1) == step.state.watch.due
    assert (Teach(StaysChanged("opp-1", ms(0), 0, ((_IN_DISCOVERY, 1),))),) == step.effects
    assert (Fact(Name.EVENT_FOLDED, "created"), Fact(Name.DEAL_SCORED)) == step.facts


def test_every_score_is_kept_with_its_version() -> None:
    """The state says what the models said last, when, and in which version, of what is still open.

    Slippage only with a close date ahead, a silence only until it has reached the horizon.
    """
    state = _born().state
    assert state is not None
    assert {target: each.version for target, each in state.watch.estimates.items()} == {
        "inactivity": "inactivity-0",
        "silence": "silence-0",
        "win": "win-0",
        "no_decision": "no_decision-0",
    }
    dated = on_event(state, a_close_date(1, 9), 1, ms(1), _room()).state
    assert dated is not None
    assert set(TARGETS) == set(dated.watch.estimates)
    assert {ms(1)} == {each.at for each in dated.watch.estimates.values()}
    silent = on_event(dated, a_message(14), 2, ms(14), _room()).state
    assert silent is not None
    assert set(TARGETS) - {"silence", "slippage"} == set(silent.watch.estimates)


def test_a_replay_and_a_repeat_change_nothing() -> None:
    """A known offset is a replay, a known id a duplicate; the state is the same object and nothing is asked for."""
    state = _born().state
    replayed = on_event(state, an_opportunity(0), 0, ms(0), _room())
    repeated = on_event(state, an_opportunity(0), 1, ms(0), _room())
    assert (state, ()) == (replayed.state, replayed.effects)
    assert (state, ()) == (repeated.state, repeated.effects)
    assert ((Fact(Name.EVENT_REPLAYED),), (Fact(Name.EVENT_DUPLICATE),)) == (replayed.facts, repeated.facts)


def test_a_late_event_of_an_unknown_deal_founds_nothing() -> None:
    """An event beyond the bound is refused, and there is still no deal."""
    step = on_event(None, an_opportunity(0), 0, ms(8), _room())
    assert step.state is None
    assert [each.rejection.reason for each in step.effects if isinstance(each, Reject)] == [Reason.LATE]


@pytest.mark.parametrize(("clock", "said"), [(9.2, "9.2 days"), (7.001, "7.1 days"), (30, "30 days")])
def test_a_late_event_is_told_how_late_it_is(clock: float, said: str) -> None:
    """The refusal names event, delay and bound; a delay that is rounded never reads as if it were in time."""
    step = on_event(None, an_opportunity(0), 0, ms(clock), _room())
    [refusal] = [each.rejection for each in step.effects if isinstance(each, Reject)]
    assert refusal.detail == (
        f"event created-opp-1-0 of /crm, {said} behind the partition's clock; at most 7 are taken"
    )


def test_a_contact_that_ends_a_silence_teaches_its_length() -> None:
    """A second contact reports the gap between both, with stage and owner."""
    state = on_event(_born().state, a_call(1), 1, ms(1), _room()).state
    step = on_event(state, a_call(3.5), 2, ms(3.5), _room())
    assert (Teach(GapEnded("opp-1", ms(3.5), ms(3.5), "discovery", "rep-1", 2.5)),) == step.effects


def test_a_tick_asks_the_models_and_remembers_it() -> None:
    """On its grid step a deal is measured, the models are asked, and the next step is a day later."""
    state = _born().state
    assert state is not None
    step = on_tick(state, ms(1), _room())
    asked = [each.lesson for each in step.effects if isinstance(each, Teach)]
    assert [("opp-1", 1, ms(1))] == [
        (each.opportunity, each.step, each.at) for each in asked if isinstance(each, Asked)
    ]
    assert step.state is not None
    assert (1, ms(2)) == (step.state.watch.asked, step.state.watch.due)


def test_a_win_is_answered_at_once() -> None:
    """The win question is answered when the deal closes, and the one about no decision is moot."""
    asked = on_tick(_state(_born()), ms(1), _room())
    step = on_event(_state(asked), a_win(1.5), 1, ms(1.5), _room())
    won = Stay("discovery", 1, ms(0) // DAY, 1.5, "won")
    stays = StaysChanged("opp-1", ms(1.5), 1, ((_IN_DISCOVERY, -1), (won, 1)))
    answers = (Answered("opp-1", "win", 1, 1, ms(1.5), True), Answered("opp-1", "no_decision", 1, 1, ms(1.5), None))
    assert (Teach(stays), *map(Teach, answers)) == step.effects


def test_a_closed_deal_ends_its_alerts() -> None:
    """What was open is resolved by the loss."""
    state = _state(_born())
    for day in range(1, 15):
        state = _state(on_tick(state, ms(day), _room()))
    assert not any(reason.gone for reason in state.watch.reasons.values())
    step = on_event(state, a_loss(14.5), 1, ms(14.5), _room())
    said = [each.alert for each in step.effects if isinstance(each, Publish)]
    assert [(each.status, each.resolution) for each in said] == [("resolved", "the deal was lost")]
    assert [(each.rule, each.why) for each in said[0].ended] == [
        ("silent", "the deal was lost"),
        ("no_next_step", "the deal was lost"),
        ("incomplete", "the deal was lost"),
    ]


def test_a_deal_first_seen_late_is_not_asked_about_its_past() -> None:
    """The grid begins in the future where a deal is first heard of days after its first event."""
    step = on_event(None, an_opportunity(0), 0, ms(5.5), _room())
    watch = _state(step).watch
    assert (5, 5, ms(6)) == (watch.asked, watch.settled, watch.due)


def test_a_reopened_deal_is_not_asked_about_its_pause() -> None:
    """The grid goes on in the future where a closed deal is opened again, and its win is open again too."""
    state = _state(on_tick(_state(_born()), ms(1), _room()))
    state = _state(on_event(state, a_loss(1.5), 1, ms(1.5), _room()))
    assert state.watch.decided
    state = _state(on_event(state, a_reopening(9.5), 2, ms(9.5), _room()))
    assert (9, False, ms(10)) == (state.watch.asked, state.watch.decided, state.watch.due)


def test_a_lead_is_no_deal_yet() -> None:
    """Marketing that touched somebody is remembered, but nothing is asked and nothing is said."""
    timeline = Timeline(some_models(inactivity=0.9, cases=500)).tell(a_touch(0), a_touch(3)).until(60)
    assert timeline.alerts == []
    assert [each for each in timeline.lessons if not isinstance(each, EpochReached)] == []
    assert (timeline.facts().events, timeline.facts().marketing_touches) == (2, 2)


def test_a_lead_becomes_a_deal_when_it_is_created() -> None:
    """The grid begins with the deal, not with the first touch; its age does too."""
    timeline = Timeline().tell(a_touch(0.25), an_opportunity(20.5)).until(23)
    asked = [each for each in timeline.lessons if isinstance(each, Asked)]
    assert [(1, ms(21.5)), (2, ms(22.5))] == [(each.step, each.at) for each in asked]
    assert [each.vector.value("age") for each in asked] == [1.0, 2.0]


def test_a_lead_that_became_nothing_is_forgotten() -> None:
    """A touch that led nowhere is forgotten after the retention."""
    timeline = Timeline().tell(a_touch(0), a_touch(3)).until(402.9)
    assert {"opp-1"} == set(timeline.partition.deals)
    assert timeline.until(403).partition.deals == {}


def test_a_source_may_bring_its_own_horizon() -> None:
    """A deal is judged by the inactivity horizon of the source that first told of it."""
    room = _room(crm=Feed(inactivity_days=30))
    assert _state(on_event(None, an_opportunity(0), 0, ms(0), room)).watch.horizon_days == 30
    assert _state(_born()).watch.horizon_days == 14


def test_the_learner_publishes_when_an_epoch_begins() -> None:
    """The first promise of every partition brings the first models; a later promise of all closes the day."""
    classroom, learner = Classroom(), Learner()
    first = ms(0) // DAY
    assert on_lesson(classroom, learner, EpochReached(0, 2, first, first)) == []
    assert [first] == [each.epoch for each in on_lesson(classroom, learner, EpochReached(1, 2, first, first))]
    assert on_lesson(classroom, learner, EpochReached(0, 2, first + 3, first + 3)) == []
    assert [first + 1] == [
        each.epoch for each in on_lesson(classroom, learner, EpochReached(1, 2, first + 1, first + 3))
    ]
    assert [first + 2, first + 3] == [
        each.epoch for each in on_lesson(classroom, learner, EpochReached(1, 2, first + 3, first + 3))
    ]


def test_models_know_how_the_open_deals_stand() -> None:
    """With the day that closes the deals that were asked about on it are known, also one that is gone since."""
    classroom, learner = Classroom(), Learner()
    first = ms(0) // DAY
    vectors = [a_vector(number / 2, age=float(number)) for number in range(30)]
    for _ in range(5):
        learner.learn([Case("inactivity", f"old-{n}", each, n > 15) for n, each in enumerate(vectors)])
    on_lesson(classroom, learner, EpochReached(0, 2, first, first))
    on_lesson(classroom, learner, EpochReached(1, 2, first, first))
    for number, each in enumerate(vectors):
        on_lesson(classroom, learner, Asked(f"opp-{number}", 1, ms(0.5), each, {"inactivity": 0.2}))
        on_lesson(classroom, learner, Asked(f"opp-{number}", 2, ms(1.5), a_vector(1.0), {"inactivity": 0.2}))
    on_lesson(classroom, learner, Answered("opp-3", "inactivity", 1, 2, ms(1.6), None))
    on_lesson(classroom, learner, EpochReached(0, 2, first + 2, first + 2))
    [monday] = on_lesson(classroom, learner, EpochReached(1, 2, first + 1, first + 1))
    said = [Scorer(monday).probabilities(each)["inactivity"] for each in vectors]
    assert monday.targets["inactivity"].quantiles == quantiles_of(said) != ()
    [tuesday] = on_lesson(classroom, learner, EpochReached(1, 2, first + 2, first + 2))
    assert tuesday.targets["inactivity"].quantiles == ()


def test_a_deal_that_is_over_is_summed_up_when_its_events_are_old() -> None:
    """Nobody asks about it any more, and still it does not keep its last events until it is forgotten."""
    timeline = Timeline().tell(an_opportunity(0), a_loss(0.5)).until(7.5)
    assert len(timeline.deal().recent) == 2
    settled = timeline.until(7.6).deal()
    assert (settled.base, settled.recent) == (None, ())
    assert settled.watch.due == ms(0.5) + RETENTION
