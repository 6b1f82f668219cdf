"""What people's actions do to a deal's alert, lived through as timelines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.alerts.alert import Alert, alert_id
from streams.events.envelope import Event
from streams.events.rejection import Reason
from tests.builders import (
    SameModels,
    Timeline,
    a_call,
    a_cleared_hold,
    a_close_date,
    a_dismissal,
    a_done,
    a_hold,
    a_loss,
    a_message,
    a_next_step,
    a_snooze,
    an_acknowledgement,
    an_assignment,
    an_opportunity,
    an_undoing,
    ms,
    some_models,
)

#: A deal whose buyer is silent from day 0.5 on: alert at day 14, critical at day 27.5. A step is planned all the time.
SILENT = (an_opportunity(0), a_call(0.5), a_next_step(0.6, due=100))
ID = alert_id("opp-1", "silent", ms(0.5))
_NO_ALERT = "al-" + "0" * 20


def _lived(*events: Event, until: float) -> Timeline:
    timeline = Timeline().tell(*SILENT)
    for event in events:
        timeline.tell(event)
    return timeline.until(until)


def _course(timeline: Timeline) -> list[tuple[str, str, float]]:
    return [(each.transition, each.status, round((each.at - ms(0)) / ms_day(), 2)) for each in timeline.alerts]


def ms_day() -> int:
    """Milliseconds of a day."""
    return ms(1) - ms(0)


def _last(timeline: Timeline) -> Alert:
    return timeline.alerts[-1]


def test_who_acknowledges_is_named_and_is_not_pressed_until_it_gets_worse() -> None:
    """Acknowledged on day 15; on day 27.5 the silence is critical, which nobody has acknowledged."""
    timeline = _lived(an_acknowledgement(15, ID, actor="ann"), until=28)
    assert _course(timeline) == [
        ("opened", "open", 14.0),
        ("acknowledged", "acknowledged", 15.0),
        ("escalated", "open", 27.5),
    ]
    assert (timeline.alerts[1].by, timeline.alerts[1].acknowledged_by) == ("ann", "ann")
    assert (timeline.alerts[2].by, timeline.alerts[2].acknowledged_by) == ("", "")
    assert [reason.rule for reason in timeline.alerts[1].reasons] == ["silent"]


def test_an_action_that_was_done_before_says_nothing() -> None:
    """Neither the same event twice, nor another event with the same meaning."""
    once = an_acknowledgement(15, ID)
    timeline = _lived(once, once, an_acknowledgement(16, ID, id="again"), until=20)
    assert _course(timeline)[1:] == [("acknowledged", "acknowledged", 15.0)]
    assert timeline.rejections == []


def test_a_snooze_is_quiet_until_its_time_and_then_presses_again() -> None:
    """Also where the silence gets worse meanwhile: time alone is no contrary event."""
    timeline = _lived(a_snooze(15, ID, until=30.25), until=31)
    assert _course(timeline)[1:] == [
        ("snoozed", "snoozed", 15.0),
        ("changed", "snoozed", 27.5),
        ("reopened", "open", 30.25),
    ]
    assert timeline.alerts[1].reasons[0].snoozed_until == ms(30.25)
    assert timeline.alerts[3].severity == "critical"
    assert timeline.alerts[3].reasons[0].snoozed_until is None


def test_a_contrary_event_ends_a_snooze() -> None:
    """The buyer makes contact: the episode is over, and the silence after it is news."""
    timeline = _lived(a_snooze(15, ID, until=90), a_call(16), a_call(17), a_call(18), until=41)
    resolved, opened = _course(timeline)[2:]
    assert resolved == ("resolved", "resolved", 16.0)
    assert opened[:2] == ("opened", "open")
    assert _last(timeline).reasons[0].snoozed_until is None


def test_a_snooze_can_be_renewed_and_be_taken_back() -> None:
    """The later word counts."""
    timeline = _lived(a_snooze(15, ID, until=17), a_snooze(16, ID, until=40), an_undoing(20, ID), until=21)
    assert _course(timeline)[1:] == [
        ("snoozed", "snoozed", 15.0),
        ("snoozed", "snoozed", 16.0),
        ("reopened", "open", 20.0),
    ]


def test_a_snooze_of_one_reason_leaves_the_others_alone() -> None:
    """The close date is missed while the silence is snoozed: that presses."""
    missed = alert_id("opp-1", "silent", ms(0.5))
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(14.5)
    timeline.tell(a_snooze(15, missed, until=60, rule="silent")).until(16.5)
    assert _course(timeline)[1:] == [("snoozed", "snoozed", 15.0), ("reopened", "open", 16.0)]
    assert [(each.rule, each.snoozed_until is not None) for each in _last(timeline).reasons] == [
        ("close_date_missed", False),
        ("silent", True),
    ]


def test_when_the_worst_reason_is_snoozed_the_next_one_leads() -> None:
    """The alert is as severe as what still presses, and says so at once."""
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 28)).until(29.9)
    assert (_last(timeline).rule, _last(timeline).severity) == ("silent", "critical")
    timeline.tell(a_snooze(30, ID, until=60, rule="silent"))
    snoozed = _last(timeline)
    assert (snoozed.transition, snoozed.status) == ("snoozed", "open")
    assert (snoozed.rule, snoozed.severity) == ("close_date_missed", "warning")
    assert [each.rule for each in snoozed.reasons] == ["close_date_missed", "silent"]


def test_an_alert_of_which_only_snoozed_reasons_are_left_is_snoozed() -> None:
    """The one that pressed was done."""
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(16.5)
    timeline.tell(a_snooze(17, ID, until=60, rule="silent"), a_done(18, ID, rule="close_date_missed"))
    assert (_last(timeline).transition, _last(timeline).status, _last(timeline).rule) == (
        "changed",
        "snoozed",
        "silent",
    )


def test_a_snoozed_silence_is_not_said_in_other_words() -> None:
    """Foresight and fact are two rules about one silence; the model falls, the horizon passes, the snooze holds."""
    quiet = some_models(inactivity=0.8, base_rate=0.2, cases=300)
    calm = some_models(inactivity=0.1, base_rate=0.2, cases=300)
    timeline = Timeline(shelf=SameModels(quiet, {6: calm})).tell(*SILENT).until(4)
    timeline.tell(a_snooze(5, timeline.alerts[0].id, until=25)).until(24.9)
    assert _course(timeline)[1:] == [
        ("snoozed", "snoozed", 5.0),
        ("resolved", "resolved", 6.0),
        ("reopened", "snoozed", 14.5),
    ]
    timeline.until(25)
    assert _course(timeline)[-1] == ("reopened", "open", 25.0)


def test_what_was_not_useful_is_never_said_again_of_this_episode() -> None:
    """By neither rule; the next silence is another matter."""
    timeline = _lived(a_dismissal(15, ID, "known", actor="bob"), until=41)
    assert _course(timeline)[1:] == [("resolved", "resolved", 15.0)]
    assert (_last(timeline).by, _last(timeline).resolution) == ("bob", "not useful: the seller knew")


def test_another_episode_of_what_was_not_useful_is_news() -> None:
    """The buyer called, and is silent again."""
    timeline = _lived(a_dismissal(15, ID), a_call(16), a_call(17), a_call(18), until=41)
    assert [each.transition for each in timeline.alerts] == ["opened", "resolved", "opened"]
    assert (_last(timeline).rule, _last(timeline).reasons[0].episode) == ("silent", ms(18))
    assert _last(timeline).id != ID


def test_what_is_done_comes_back_if_it_still_holds_a_week_later() -> None:
    """As the same alert: the buyer has not answered."""
    timeline = _lived(a_done(15, ID, actor="bob"), a_message(15.1), until=23)
    assert _course(timeline)[1:] == [("resolved", "resolved", 15.0), ("reopened", "open", 22.0)]
    assert (timeline.alerts[1].resolution, timeline.alerts[1].by) == ("done", "bob")
    assert {alert.id for alert in timeline.alerts} == {ID}


def test_what_is_done_and_worked_is_over() -> None:
    """The buyer answers within the week."""
    assert _course(_lived(a_done(15, ID), a_call(17), until=29))[1:] == [("resolved", "resolved", 15.0)]


@pytest.mark.parametrize("ended", [a_done(15, ID), a_dismissal(15, ID)], ids=["done", "not useful"])
def test_an_end_can_be_taken_back(ended: Event) -> None:
    """The alert is as it was, under its id, and says who did it."""
    timeline = _lived(ended, an_undoing(15.5, ID, actor="cyd"), until=16)
    assert _course(timeline)[2:] == [("reopened", "open", 15.5)]
    assert (_last(timeline).id, _last(timeline).by) == (ID, "cyd")


def test_taking_back_the_end_of_what_is_gone_does_nothing() -> None:
    """The buyer called meanwhile: there is nothing to be reopened."""
    assert _course(_lived(a_done(15, ID), a_call(16), an_undoing(17, ID), until=20))[2:] == []


def test_one_reason_can_be_dismissed() -> None:
    """The alert goes on with the other one, and says which ended."""
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(16.5)
    timeline.tell(a_dismissal(17, ID, "wrong", rule="close_date_missed")).until(22.9)
    assert _course(timeline)[1:] == [("changed", "open", 16.0), ("changed", "open", 17.0)]
    assert [(each.rule, each.why) for each in _last(timeline).ended] == [
        ("close_date_missed", "not useful: it is not so")
    ]
    assert [each.rule for each in _last(timeline).reasons] == ["silent"]


@pytest.mark.parametrize("ended", [a_dismissal, a_done], ids=["not useful", "done"])
def test_one_reason_that_was_ended_can_be_taken_back(ended: Callable[..., Event]) -> None:
    """Also where the alert goes on without it."""
    timeline = Timeline().tell(*SILENT, a_close_date(0.7, 15)).until(16.5)
    timeline.tell(ended(17, ID, rule="close_date_missed"), an_undoing(18, ID, actor="cyd"))
    assert (_last(timeline).transition, _last(timeline).by) == ("changed", "cyd")
    assert {each.rule for each in _last(timeline).reasons} == {"silent", "close_date_missed"}
    assert timeline.deal().watch.reasons["close_date_missed"].vote is None


def test_an_alert_can_be_given_to_somebody_and_back() -> None:
    """The assignee stays until somebody else is."""
    timeline = _lived(
        an_assignment(15, ID, "dan"), an_assignment(16, ID, "dan", id="x"), an_assignment(17, ID, ""), until=18
    )
    assert [(each.transition, each.assignee) for each in timeline.alerts] == [
        ("opened", ""),
        ("assigned", "dan"),
        ("assigned", ""),
    ]


def test_a_hold_is_an_action_too() -> None:
    """It ends the alert with its reason, and the silence after it counts from its end."""
    timeline = _lived(a_hold(15, "budget", resumes=40, actor="ann"), until=45)
    assert _course(timeline)[1:] == [("resolved", "resolved", 15.0)]
    assert _last(timeline).resolution == "the deal is on hold (budget)"
    timeline.tell(a_cleared_hold(45)).until(60)
    assert _course(timeline)[2:] == [("opened", "open", 53.5)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(
            an_acknowledgement(15, "al-" + "0" * 20), f"is not the deal's latest alert, which is {ID}", id="id"
        ),
        pytest.param(a_snooze(15, ID, until=20, rule="slipping"), "never had a reason of that rule", id="rule"),
        pytest.param(an_acknowledgement(15, ID, subject="opp-2"), "the deal is not known", id="deal"),
    ],
)
def test_an_action_that_makes_no_sense_is_a_dead_letter(said: Event, why: str) -> None:
    """With the reason, and without a change of the deal."""
    timeline = _lived(until=14.5)
    before = timeline.deal()
    timeline.tell(said)
    [rejection] = timeline.rejections
    assert rejection.reason is Reason.UNKNOWN_ALERT
    assert why in rejection.detail
    assert before.facts == timeline.deal().facts


def test_an_action_before_any_alert_is_a_dead_letter() -> None:
    """There is nothing to be acknowledged."""
    timeline = _lived(an_acknowledgement(5, ID), until=6)
    assert [each.detail for each in timeline.rejections] == [f"the deal has had no alert, so none {ID}"]


def test_actions_say_nothing_about_the_deal() -> None:
    """Facts, measurements and silence are as they were; the action is counted."""
    one, other = _lived(until=20).deal(), _lived(an_acknowledgement(15, ID), until=20).deal()
    assert (one.facts.events + 1, other.facts.actions) == (other.facts.events, 1)
    assert one.facts.own_events == other.facts.own_events
    assert (one.facts.timeline, one.facts.event_times, one.facts.last_event_at) == (
        other.facts.timeline,
        other.facts.event_times,
        other.facts.last_event_at,
    )
    assert one.watch.estimates == other.watch.estimates


def test_an_alert_that_is_over_takes_no_action() -> None:
    """Whoever clicks too late changes nothing, and it is no dead letter."""
    timeline = _lived(a_loss(15), an_acknowledgement(16, ID), a_snooze(17, ID, until=30), a_done(18, ID), until=20)
    assert _course(timeline)[1:] == [("resolved", "resolved", 15.0)]
    assert timeline.rejections == []
