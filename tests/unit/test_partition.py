"""One partition: its clock, its deadlines, its epochs, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from models.scorer import Scorer
from streams.alerts.policy import Policy
from streams.alerts.rules.silence import Silent
from streams.alerts.ruleset import AS_DECLARED
from streams.effects import Reject, Teach
from streams.events.contract import encode
from streams.events.deal import CloseDateChanged, CloseDateData
from streams.events.rejection import Reason
from streams.facts import Fact, Name
from streams.labels.lesson import Asked, EpochReached
from streams.partition import Partition
from streams.state.codec import decode_partition, encode_partition
from streams.state.opportunity import DAY
from tests.builders import (
    APPENDED_AT,
    Delivery,
    SameModels,
    Timeline,
    a_call,
    a_clock,
    a_close_date,
    a_figure,
    a_heartbeat,
    a_loss,
    a_message,
    an_opportunity,
    an_owner,
    deliveries,
    moment,
    ms,
    new_rules,
    some_models,
)

_EPOCH = ms(0) // DAY


class _OnRequest:
    """A shelf to which models come when the test says so."""

    def __init__(self) -> None:
        self.known: set[int] = set()

    def models_of(self, epoch: int) -> Scorer | None:
        """Return models of known epochs only."""
        return Scorer(some_models()) if epoch in self.known else None


def test_the_clock_is_the_greatest_event_time() -> None:
    """Events move the clock forward; older ones leave it where it is."""
    timeline = Timeline().tell(an_opportunity(1), a_call(3), a_call(2))
    assert ms(3) == timeline.partition.state.clock


def test_control_events_move_the_clock_too() -> None:
    """A heartbeat and an announcement of time are events in time."""
    assert ms(1) == Timeline().tell(a_heartbeat(1)).partition.state.clock
    assert ms(2) == Timeline().until(2).partition.state.clock


def test_a_managers_figure_is_counted_and_does_nothing_else() -> None:
    """Forecasts are made elsewhere."""
    timeline = Timeline().tell(an_opportunity(1))
    before = timeline.partition.state
    timeline.tell(a_figure(1.5, "10.00"))
    after = timeline.partition.state
    assert after == replace(before, offset=before.offset + 1)
    assert timeline.partition.tally[Fact(Name.CONTROL_HEARD, "forecast_adjusted")] == 1


def test_garbage_does_not_move_the_clock() -> None:
    """A record that is no event is refused and says nothing about time."""
    timeline = Timeline().tell(a_clock(1), b"garbage", None)
    assert ms(1) == timeline.partition.state.clock
    assert [each.reason for each in timeline.rejections] == [Reason.NOT_JSON, Reason.NULL_VALUE]


def test_an_epoch_is_promised_once() -> None:
    """At each midnight the learner is told once that the day before is complete, and where time is heading."""
    timeline = Timeline().tell(a_clock(0.5), a_clock(2.1), a_clock(2.2), a_clock(2.9))
    headings = [(0, 0), (1, 2), (2, 2)]
    assert [EpochReached(0, 1, _EPOCH + day, _EPOCH + heading) for day, heading in headings] == timeline.lessons


def test_a_partition_waits_for_the_models_of_a_new_day() -> None:
    """A record beyond midnight is not handled until that day's models are there, and then as if nothing had been."""
    shelf = _OnRequest()
    shelf.known = {_EPOCH}
    partition = Partition(0, 1, Policy(), shelf)
    first, second = deliveries([an_opportunity(0.5), a_call(1.5)])
    assert partition.handle(first)
    assert not partition.handle(second)
    assert not partition.handle(second)
    assert partition.state.offset == 0
    lessons = [effect.lesson for effect, _ in partition.drain() if isinstance(effect, Teach)]
    promises = [each for each in lessons if isinstance(each, EpochReached)]
    assert [EpochReached(0, 1, _EPOCH, _EPOCH), EpochReached(0, 1, _EPOCH + 1, _EPOCH + 1)] == promises
    shelf.known.add(_EPOCH + 1)
    assert partition.handle(second)
    assert partition.deals["opp-1"].facts.contacts == 1


def test_a_partition_waits_for_its_first_models() -> None:
    """Without models for its first day a partition takes nothing in."""
    partition = Partition(0, 1, Policy(), _OnRequest())
    assert not partition.handle(deliveries([an_opportunity(0)])[0])
    assert partition.deals == {}
    assert partition.state.clock is None


def test_each_day_is_judged_with_its_own_models() -> None:
    """What the models say changes at midnight, whenever the record came that moved the clock."""
    later = {2: some_models(inactivity=0.9)}
    timeline = Timeline(shelf=SameModels(some_models(inactivity=0.1), later))
    timeline.tell(an_opportunity(0.25)).until(10)
    said = [round(each.predicted["inactivity"], 6) for each in timeline.lessons if isinstance(each, Asked)]
    assert [0.1, *[0.9] * 8] == said


def test_deadlines_pass_before_the_event_that_moves_the_clock() -> None:
    """A question due before an event is asked without knowing of it."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1.5))
    asked = next(each for each in timeline.lessons if isinstance(each, Asked))
    assert ms(1) == asked.at
    assert asked.vector.value("contacts") == 0.0


def test_the_next_deadline_is_at_the_latest_the_next_midnight() -> None:
    """A partition without deals looks up at midnight; one with deals at their deadlines; one without events never."""
    timeline = Timeline()
    never = timeline.partition.next_deadline
    assert never is None
    timeline.until(0.25)
    assert ms(1) == timeline.partition.next_deadline
    timeline.tell(an_opportunity(0.5), a_clock(1.25))
    assert ms(1.5) == timeline.partition.next_deadline


def test_effects_name_the_record_that_caused_them() -> None:
    """A refusal belongs to its record, so that the dead letter can carry it; a deadline belongs to none."""
    partition = Partition(0, 1, Policy(), SameModels())
    good, bad = deliveries([a_clock(0), b"{}"])
    partition.handle(good)
    partition.handle(bad)
    (promise, nobody), (refusal, record) = partition.drain()
    assert (isinstance(promise, Teach), nobody) == (True, None)
    assert (True, bad) == (isinstance(refusal, Reject), record)
    assert partition.drain() == []


def test_only_deals_that_changed_are_dirty() -> None:
    """A duplicate changes no deal; an event and a deadline do."""
    timeline = Timeline().tell(an_opportunity(0), an_opportunity(0, subject="opp-2"))
    dirty = timeline.partition.dirty
    assert {"opp-1", "opp-2"} == dirty
    dirty.clear()
    timeline.tell(an_opportunity(0), b"garbage")
    assert set() == dirty
    timeline.tell(a_call(0.5))
    assert {"opp-1"} == dirty
    dirty.clear()
    timeline.until(1.0)
    assert {"opp-1", "opp-2"} == dirty


def _raw(**fields: Any) -> bytes:
    whole = {"id": "1", "source": "/crm", "type": "deal.won.v1", "time": "2024-01-02T00:00:00Z", "subject": "opp-1"}
    return json.dumps({name: value for name, value in {**whole, **fields}.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(b"{not json", Reason.NOT_JSON, id="not JSON"),
        pytest.param(b"", Reason.NOT_JSON, id="empty"),
        pytest.param(b'{"type": NaN}', Reason.NOT_JSON, id="NaN literal"),
        pytest.param(b"[" * 200_000, Reason.WRONG_TYPE, id="nested arrays"),
        pytest.param(b'{"x":' + b"[" * 200_000, Reason.NOT_JSON, id="nested without end"),
        pytest.param(None, Reason.NULL_VALUE, id="null value"),
        pytest.param(_raw(subject="opp-\udc00".encode("utf-16", "surrogatepass").hex()), None, id="plain hex is fine"),
        pytest.param(b'{"id":"\xff"}', Reason.NOT_UTF8, id="invalid UTF-8"),
        pytest.param(b'{"pad":"' + b"x" * 2_000_000 + b'"}', Reason.TOO_LARGE, id="2 MB"),
        pytest.param(_raw(type="deal.teleported.v1"), Reason.UNKNOWN_TYPE, id="unknown type"),
        pytest.param(_raw(type="deal.won.v2"), Reason.UNKNOWN_TYPE, id="unknown version"),
        pytest.param(_raw(type=...), Reason.MISSING_FIELD, id="no type"),
        pytest.param(_raw(id=...), Reason.MISSING_FIELD, id="no id"),
        pytest.param(_raw(time=...), Reason.MISSING_FIELD, id="no time"),
        pytest.param(_raw(source=...), Reason.MISSING_FIELD, id="no source"),
        pytest.param(_raw(subject=...), Reason.MISSING_OPPORTUNITY, id="no opportunity"),
        pytest.param(_raw(subject=""), Reason.MISSING_OPPORTUNITY, id="empty opportunity"),
        pytest.param(_raw(subject="~partition"), Reason.INVALID_VALUE, id="reserved opportunity"),
        pytest.param(_raw(id=7), Reason.WRONG_TYPE, id="id is a number"),
        pytest.param(_raw(data="won"), Reason.WRONG_TYPE, id="data is a text"),
        pytest.param(_raw(id=""), Reason.INVALID_VALUE, id="empty id"),
        pytest.param(_raw(id="x" * 201), Reason.INVALID_VALUE, id="endless id"),
        pytest.param(_raw(side="referee"), Reason.INVALID_VALUE, id="unknown side"),
        pytest.param(_raw(time="yesterday"), Reason.INVALID_VALUE, id="no time at all"),
        pytest.param(_raw(time="2024-01-02T00:00:00"), Reason.INVALID_VALUE, id="time without offset"),
        pytest.param(_raw(time="1066-10-14T09:00:00Z"), Reason.ABSURD_TIME, id="ancient time"),
        pytest.param(_raw(time="2041-01-01T00:00:00Z"), Reason.ABSURD_TIME, id="time to come"),
        pytest.param(_raw(time="0001-01-01T00:00:00+23:59"), Reason.ABSURD_TIME, id="time before the calendar"),
        pytest.param(_raw(time="9999-12-31T23:59:59-23:59"), Reason.ABSURD_TIME, id="time after the calendar"),
        pytest.param(_raw(data={"amount": "-5"}), Reason.INVALID_VALUE, id="negative amount"),
        pytest.param(_raw(data={"amount": "NaN"}), Reason.INVALID_VALUE, id="NaN amount"),
        pytest.param(_raw(data={"amount": "1e9"}), Reason.INVALID_VALUE, id="exponent amount"),
        pytest.param(_raw(data={"amount": 5}), Reason.WRONG_TYPE, id="amount is a number"),
        pytest.param(_raw(data={"amount": "5", "currency": "euro"}), Reason.INVALID_VALUE, id="no currency"),
    ],
)
def test_bad_input_is_refused_with_its_reason(value: bytes | None, reason: Reason | None) -> None:
    """Each kind of bad input becomes a dead letter with its reason, and the next record is handled."""
    timeline = Timeline().tell(an_opportunity(0), value, a_call(5))
    assert ([] if reason is None else [reason]) == [each.reason for each in timeline.rejections]
    assert ms(5) == timeline.facts().last_contact_at


def test_a_key_that_names_another_deal_is_refused() -> None:
    """The key decided the partition, so it must be the event's subject."""
    partition = Partition(0, 1, Policy(), SameModels())
    assert partition.handle(Delivery(0, encode(an_opportunity(0)), key=b"opp-2"))
    refusals = [effect.rejection.reason for effect, _ in partition.drain() if isinstance(effect, Reject)]
    assert refusals == [Reason.KEY_MISMATCH]


def test_an_id_with_other_content_is_refused() -> None:
    """The first content of an id counts; another one is a dead letter, and is not folded."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1), a_call(1, seconds=1))
    assert [each.reason for each in timeline.rejections] == [Reason.CONFLICTING_DUPLICATE]
    assert (timeline.facts().calls, timeline.facts().call_seconds) == (1, 600)


def test_an_event_beyond_the_lateness_bound_is_refused() -> None:
    """Seven days late is in time, a millisecond more is not; a repeat of what was in time is still a duplicate."""
    timeline = Timeline().tell(an_opportunity(0), a_clock(8))
    timeline.tell(a_call(1), a_message(1 - 1 / DAY))
    assert [each.reason for each in timeline.rejections] == [Reason.LATE]
    assert (timeline.facts().calls, timeline.facts().outbound) == (1, 0)
    timeline.until(20).tell(a_call(1))
    assert len(timeline.rejections) == 1
    assert timeline.partition.state.counts.duplicates == 1


def test_an_event_may_be_a_day_ahead_of_its_record() -> None:
    """Clocks differ: a day ahead is accepted, more is absurd."""
    partition = Partition(0, 1, Policy(), SameModels())
    day_before = [ms(4), ms(4) - 1]
    for offset, appended_at in enumerate(day_before):
        partition.handle(Delivery(offset, encode(a_call(5, id=str(offset))), timestamp=appended_at))
    assert partition.deals["opp-1"].facts.calls == 1
    assert partition.state.counts.dead == 1


def test_a_closed_deal_is_forgotten_after_its_retention() -> None:
    """Four hundred days after its end nothing is left of a deal; its events stay counted."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1), a_loss(2)).until(401.9)
    assert {"opp-1"} == set(timeline.partition.deals)
    timeline.partition.dirty.clear()
    timeline.until(402)
    assert timeline.partition.deals == {}
    assert {"opp-1"} == timeline.partition.dirty
    assert (timeline.partition.state.counts.folded, timeline.partition.state.counts.forgotten) == (3, 3)


@pytest.mark.timeout(60)
def test_a_closed_deal_whose_answer_is_owed_for_long_waits_quietly() -> None:
    """A deal with a close date beyond its retention is looked at when the answer is due, not all the time."""
    timeline = Timeline().tell(an_opportunity(0), a_close_date(0.5, 900)).until(1.5).tell(a_loss(2)).until(401)
    timeline.tell(a_clock(402 + 5_000 / DAY))
    assert ms(901) == timeline.deal().watch.due


def test_the_reference_time_of_the_tests_is_far_ahead() -> None:
    """The builders append records long after every day that tests speak of."""
    assert ms(5_000) < APPENDED_AT


def test_deadlines_that_were_moved_to_and_fro_become_one_again() -> None:
    """A deal whose next look was brought forward and put off many times is noted once when time has passed."""
    timeline = Timeline().tell(an_opportunity(0))
    for day in (10.9, 10.8, 10.7, 10.6):
        timeline.tell(a_close_date(10.1 + (10.9 - day) / 10, 60), _closing(10.15 + (10.9 - day) / 10, day))
    timeline.tell(a_close_date(10.3, 60))
    assert len(timeline.partition._heap) > 1
    questions = len(timeline.lessons)
    timeline.until(14.5)
    assert len(timeline.partition._heap) == 1
    assert timeline.partition._heap[0][0] == timeline.deal().watch.due
    asked = [each.step for each in timeline.lessons[questions:] if isinstance(each, Asked)]
    assert asked == [11, 12, 13, 14]


def _closing(at: float, closes: float) -> CloseDateChanged:
    return replace(a_close_date(at, 60), data=CloseDateData(close_at=moment(closes)))


# --- rules in the log -------------------------------------------------------------------------------------------------

_TWICE = {"rule": {"silent": {"factor": 1.1}}}


def test_rules_hold_from_their_record_on() -> None:
    """The same silence is said at 13.5 days, or at 9.9 where a record said so before."""
    plain = Timeline().tell(an_opportunity(0), a_call(0.5)).until(20)
    told = Timeline().tell(an_opportunity(0), a_call(0.5), new_rules(0.6, _TWICE)).until(20)
    assert (plain.of("silent")[0][2], told.of("silent")[0][2]) == (14.0, 10.4)


def test_a_change_of_rules_moves_no_clock() -> None:
    """It is written when somebody saves a file, which says nothing of when deals happened."""
    assert Timeline().tell(new_rules(300, _TWICE)).partition.state.clock is None
    timeline = Timeline().tell(new_rules(300, _TWICE))
    timeline.tell(an_opportunity(0), a_call(2), new_rules(400, {}))
    assert ms(2) == timeline.partition.state.clock
    assert timeline.partition.state.rules == {}
    assert timeline.rejections == []


def test_rules_that_cannot_be_used_are_refused_and_booked() -> None:
    """What held before goes on, and the record is a dead letter with a reason."""
    timeline = Timeline().tell(an_opportunity(0), new_rules(0.1, _TWICE))
    timeline.tell(new_rules(0.2, {"rule": {"of_a_newer_version": {"on": True}}}))
    [refused] = timeline.rejections
    assert (refused.reason, "of_a_newer_version: no such rule" in refused.detail) == (Reason.INVALID_VALUE, True)
    assert timeline.partition.state.rules == _TWICE
    counts = timeline.partition.state.counts
    assert counts.events == counts.folded + counts.duplicates + counts.dead == 2


def test_a_partition_keeps_its_rules_with_its_state() -> None:
    """Whoever takes over goes by them; what a version cannot read it leaves, until a file says otherwise."""
    before = Timeline().tell(an_opportunity(0), new_rules(0.1, _TWICE)).partition
    after = Partition(0, 1, Policy(), SameModels())
    after.resume(decode_partition(encode_partition(before.state)))
    assert after.rules == before.rules != AS_DECLARED
    assert after.policy.everyone.settings_of(Silent).factor == 1.1
    after.resume(replace(before.state, rules={"rule": {"of_a_newer_version": {}}}))
    assert after.rules == AS_DECLARED


def test_a_deal_goes_by_the_rules_of_its_owner_now() -> None:
    """Handed to an owner of another team it goes by that team's."""
    rules = {"team": {"quiet": {"owners": ["rep-2"], "rule": {"silent": {"on": False}}}}}
    timeline = Timeline().tell(new_rules(0, rules), an_opportunity(0), a_call(0.5)).until(15)
    timeline.tell(an_owner(15, "rep-2"))
    assert [state for state, _, _ in timeline.of("silent")] == ["opened", "resolved"]
    assert timeline.ended("silent") == ["the rule was switched off"]
