"""The rules about owed answers as timelines: a buyer who waits, a proposal without a word, a lost meeting."""

from __future__ import annotations

import pytest

from streams.alerts.rules.answers import WaitingForUs
from streams.events.envelope import Event
from streams.state.calendar import Calendar
from streams.state.opportunity import HOUR
from tests.builders import (
    Timeline,
    a_call,
    a_cancellation,
    a_heartbeat,
    a_held_meeting,
    a_hold,
    a_message,
    a_no_show,
    a_planned_meeting,
    a_policy,
    a_proposal,
    a_reply,
    an_auto_reply,
    an_opportunity,
    ms,
)

_TEN, _FOUR = 10 / 24, 16 / 24


# --- waiting for us ---------------------------------------------------------------------------------------------------


def test_a_buyer_waits_for_eight_business_hours() -> None:
    """Written on Friday at four, said on Monday at four; three working days are a warning; an answer ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_reply(4 + _FOUR)).until(7 + _FOUR - 1 / 1440)
    assert timeline.of("waiting_for_us") == []
    timeline.until(10).tell(a_message(10))
    assert timeline.of("waiting_for_us") == [
        ("opened", "info", round(7 + _FOUR, 2)),
        ("escalated", "warning", round(9 + _FOUR, 2)),
        ("resolved", "warning", 10.0),
    ]
    assert [ms(4 + _FOUR)] == sorted({reason.episode for _, reason in timeline.told("waiting_for_us")})


@pytest.mark.parametrize(
    "answer",
    [
        a_message(5),
        a_call(5),
        a_call(5, connected=False),
        a_held_meeting(5),
        a_proposal(5),
        a_planned_meeting(5, 6),
    ],
    ids=lambda event: type(event).__name__,
)
def test_whoever_turns_to_the_buyer_answers(answer: Event) -> None:
    """A mail, a call (also in vain), a meeting, a proposal."""
    assert Timeline().tell(an_opportunity(0), a_reply(4.5), answer).until(12).of("waiting_for_us") == []


@pytest.mark.parametrize(
    "no_answer",
    [an_auto_reply(5), a_message(5, origin="automation"), a_planned_meeting(5, 6, side="buyer"), a_reply(5)],
    ids=["their machine", "our machine", "their own plan", "once more"],
)
def test_what_is_no_answer_leaves_the_buyer_waiting(no_answer: Event) -> None:
    """Machines answer nothing, and the buyer does not answer for us; the first message counts."""
    timeline = Timeline().tell(an_opportunity(0), a_reply(4.5), no_answer).until(12)
    assert [ms(4.5)] == [timeline.facts().waiting_since]
    assert timeline.of("waiting_for_us")[:1] != []


def test_an_answer_to_us_may_be_where_an_exchange_ends() -> None:
    """Nobody answers a thank-you; who writes once more does wait."""
    timeline = Timeline().tell(an_opportunity(0), a_message(3.5), a_reply(4.5)).until(12)
    assert timeline.of("waiting_for_us") == []
    timeline.tell(a_reply(12.5)).until(15)
    assert timeline.of("waiting_for_us")[:1] == [("opened", "info", 14.71)]


def test_business_hours_are_those_of_the_owner() -> None:
    """In New York, on a day on which the Dutch are at work, nobody is: it is Martin Luther King's."""
    american = a_policy(calendar=Calendar("US", "America/New_York"))
    dutch = a_policy(calendar=Calendar("NL", "Europe/Amsterdam"))
    written = a_reply(11 + 15 / 24)  # Friday 12 January, 10 o'clock in New York, 16 in Amsterdam
    said = []
    for policy in (dutch, american):
        timeline = Timeline(policy=policy).tell(an_opportunity(0), written).until(18)
        said.append(timeline.told("waiting_for_us")[0][0].at)
    assert [ms(14) + 15 * HOUR, ms(15) + 15 * HOUR] == said


def test_how_long_a_buyer_may_wait_is_set() -> None:
    """In hours, also in parts of them."""
    strict = a_policy(WaitingForUs(hours=0.5, warning_hours=1.0))
    timeline = Timeline(policy=strict).tell(an_opportunity(0), a_reply(4 + _TEN)).until(5)
    assert timeline.of("waiting_for_us") == [("opened", "info", 4.44), ("escalated", "warning", 4.46)]


@pytest.mark.parametrize("rest", [a_hold(4.6), a_planned_meeting(4.6, 30, side="buyer")], ids=["hold", "meeting"])
def test_a_deal_that_rests_waits_for_nobody(rest: Event) -> None:
    """A hold, or a meeting that is planned."""
    assert Timeline().tell(an_opportunity(0), a_reply(4.5), rest).until(12).of("waiting_for_us") == []


def test_our_answer_may_be_in_a_feed_that_is_silent() -> None:
    """Whether nobody answered is not known, so it is held."""
    timeline = Timeline().tell(a_heartbeat(4), an_opportunity(0), a_reply(4.5)).until(12)
    assert timeline.of("waiting_for_us") == []
    assert timeline.deal().watch.held["waiting_for_us"] == "feed /crm is stale"


# --- dark after the proposal ------------------------------------------------------------------------------------------


def test_a_proposal_without_a_word_is_said_after_a_working_week() -> None:
    """Five business days warn, ten are critical, and any sign of the buyer ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_call(0.5), a_proposal(1.5), a_proposal(3.5)).until(18)
    timeline.tell(a_reply(18.5))
    assert timeline.of("dark_after_proposal") == [
        ("opened", "warning", 8.5),
        ("escalated", "critical", 15.5),
        ("resolved", "critical", 18.5),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [a_call(2)],
        [a_hold(2)],
        [a_planned_meeting(2, 30)],
        [],
    ],
    ids=["heard since", "on hold", "a meeting is planned", "too soon"],
)
def test_a_proposal_that_is_young_or_talked_about_is_no_news(events: list[Event]) -> None:
    """Five business days from the last sign, or from the end of what explained the silence."""
    timeline = Timeline().tell(an_opportunity(0), a_proposal(1.5), *events).until(8.4)
    assert timeline.of("dark_after_proposal") == []


def test_no_proposal_is_no_reason() -> None:
    """However long the buyer is silent."""
    assert Timeline().tell(an_opportunity(0), a_call(0.5)).until(60).of("dark_after_proposal") == []


# --- a meeting that fell through --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [a_cancellation(2.5), a_no_show(2.5)], ids=["cancelled", "missed"])
def test_a_lost_meeting_without_a_new_date_is_said(lost: Event) -> None:
    """Two business days later; a new date ends it."""
    timeline = Timeline().tell(an_opportunity(0), a_planned_meeting(1, 2.4), lost).until(6)
    timeline.tell(a_planned_meeting(6, 9))
    assert timeline.of("meeting_not_rebooked") == [("opened", "warning", 4.5), ("resolved", "warning", 6.0)]


@pytest.mark.parametrize(
    "good",
    [a_planned_meeting(3, 9), a_call(3), a_held_meeting(3), a_hold(3)],
    ids=["a new date", "a call", "a meeting", "a hold"],
)
def test_a_lost_meeting_that_was_made_good_is_no_news(good: Event) -> None:
    """A new date, a talk, or a reason to rest."""
    timeline = Timeline().tell(an_opportunity(0), a_planned_meeting(1, 2.4), a_cancellation(2.5), good).until(8)
    assert timeline.of("meeting_not_rebooked") == []


@pytest.mark.parametrize("no_talk", [a_reply(3), a_call(3, connected=False)], ids=["a mail", "a voicemail"])
def test_a_mail_is_no_meeting(no_talk: Event) -> None:
    """An apology does not make it good."""
    timeline = Timeline().tell(an_opportunity(0), a_planned_meeting(1, 2.4), a_cancellation(2.5), no_talk).until(8)
    assert timeline.of("meeting_not_rebooked") == [("opened", "warning", 4.5)]


def test_a_cancellation_of_nothing_is_no_lost_meeting() -> None:
    """Nothing was planned, so nothing fell through; and after a month a lost meeting is no news."""
    assert Timeline().tell(an_opportunity(0), a_cancellation(2.5)).until(20).of("meeting_not_rebooked") == []
    timeline = Timeline().tell(an_opportunity(0), a_planned_meeting(1, 2.4), a_cancellation(2.5)).until(60)
    assert timeline.of("meeting_not_rebooked")[1:] == [("resolved", "warning", 32.5)]
