"""What each event changes in the facts of a deal."""

from __future__ import annotations

from typing import Any

import pytest

from streams.events import activity, deal, judgement, people
from streams.events.action import ACTIONS
from streams.events.contract import EVENT_TYPES
from streams.events.control import CONTROL
from streams.events.envelope import Event
from streams.state.apply import apply
from streams.state.opportunity import DAY, MOMENTS, PEOPLE, RING, Moment, Opportunity
from tests.builders import (
    a_call,
    a_cancellation,
    a_cleared_hold,
    a_close_date,
    a_deletion,
    a_departure,
    a_held_meeting,
    a_hold,
    a_listing,
    a_loss,
    a_merge,
    a_message,
    a_next_step,
    a_no_show,
    a_planned_meeting,
    a_proposal,
    a_readiness,
    a_rejection,
    a_reopening,
    a_reply,
    a_restoration,
    a_signature,
    a_stage,
    a_win,
    an_amount,
    an_auto_reply,
    an_opportunity,
    an_owner,
    calendar_day,
    moment,
    ms,
)
from tests.strategies import TAME


def _after(*events: Event, timezone: str = "UTC") -> Opportunity:
    facts = Opportunity(id="opp-1")
    for event in events:
        facts = apply(facts, event, timezone)
    return facts


_SILENT = (*CONTROL, *ACTIONS, judgement.UpdateRejected)


@pytest.mark.parametrize(
    "kind", [each for each in EVENT_TYPES if each not in _SILENT], ids=lambda each: str(each.__name__)
)
def test_every_event_is_counted_and_put_on_the_timeline(kind: type[Any]) -> None:
    """Whatever happens to a deal, it is one event more, with its moment."""
    assert kind in TAME
    data: dict[str, Any] = {} if kind not in _DATA else {"data": _DATA[kind]}
    facts = _after(an_opportunity(0), kind(id="1", source="/crm", subject="opp-1", time=moment(2), **data))
    assert (2, ms(0), ms(2)) == (facts.events, facts.first_event_at, facts.last_event_at)
    assert (ms(0), ms(2)) == facts.event_times
    assert ms(2) == facts.timeline[-1].at


_DATA: dict[type[Event], object] = {
    deal.Created: deal.CreatedData(),
    deal.StageChanged: deal.StageData(stage="offer"),
    deal.CloseDateChanged: deal.CloseDateData(),
    deal.AmountChanged: deal.AmountData(),
    deal.ForecastCategoryChanged: deal.CategoryData(category="commit"),
    deal.NextStepChanged: deal.NextStepData(),
    deal.OwnerChanged: deal.OwnerData(owner="rep-2"),
    deal.MergedInto: deal.ReferenceData(opportunity="opp-2"),
    deal.Split: deal.ReferenceData(opportunity="opp-2"),
    people.ContactAdded: people.ContactData(contact="ann"),
    people.ContactRemoved: people.ContactData(contact="ann"),
    people.ContactLeft: people.ContactData(contact="ann"),
    judgement.HoldSet: a_hold(0).data,
    judgement.ReadinessChanged: a_readiness(0, "ready").data,
}


def test_a_rejected_update_says_nothing_about_the_deal() -> None:
    """It is counted as an answer to us, and the latest eight are remembered; alone it makes no deal."""
    names = [f"up-{number:020x}" for number in range(RING + 2)]
    rejections = [a_rejection(1 + step / 10, name) for step, name in enumerate(names)]
    facts = _after(an_opportunity(0), *rejections)
    assert facts.rejected == tuple(names[-RING:])
    assert (facts.events, facts.own_events, facts.last_event_at) == (RING + 3, 1, ms(0))
    assert [each.kind for each in facts.timeline] == ["created"]
    assert not _after(rejections[0]).is_open


def test_a_signature_counts_until_the_deal_is_reopened() -> None:
    """The buyer has signed, and was heard of; a deal that is opened again waits for another signature."""
    facts = _after(an_opportunity(0), a_signature(3))
    assert (facts.signed_at, facts.last_inbound_at, facts.inbound) == (ms(3), ms(3), 1)
    assert _after(an_opportunity(0), a_signature(3), a_win(4), a_reopening(5)).signed_at is None


def test_people_on_record_are_counted_whether_or_not_they_took_part() -> None:
    """Added, removed, gone; never less than nobody."""
    added = [a_listing(1, "ann"), a_listing(2, "bob")]
    assert _after(an_opportunity(0), *added).people_listed == 2
    assert _after(an_opportunity(0), *added, a_departure(3, "bob")).people_listed == 1
    assert _after(an_opportunity(0), a_departure(3, "bob")).people_listed == 0


def test_a_creation_fills_in_what_it_knows() -> None:
    """Empty attributes of a creation leave what was known; the rest is taken over."""
    data = deal.CreatedData(owner="rep-9", stage="offer", position=3, currency="EUR", timezone="Asia/Tokyo")
    facts = _after(an_amount(0, "5"), an_owner(0.1, "rep-1"), an_opportunity(1, data))
    assert ("rep-9", "offer", 3, ms(1), "5", "EUR", ms(1)) == (
        facts.owner,
        facts.stage,
        facts.position,
        facts.stage_entered_at,
        facts.amount,
        facts.currency,
        facts.created_at,
    )


def test_a_stage_step_forward_and_back_is_told_apart() -> None:
    """Moves are counted, steps to a lower rank as steps back; the same stage again is no move."""
    facts = _after(
        an_opportunity(0), a_stage(1, "offer", 3), a_stage(2, "offer", 3), a_stage(3, "demo", 2), a_stage(4, "odd")
    )
    assert (3, 1, "odd", None, ms(4)) == (
        facts.stage_moves,
        facts.steps_back,
        facts.stage,
        facts.position,
        facts.stage_entered_at,
    )


def test_a_close_date_is_over_when_its_day_ends_in_the_deals_time_zone() -> None:
    """A calendar date lasts until midnight where the deal is; without a zone of its own, where the tenant is."""
    assert ms(10) == _after(a_close_date(0, 9)).close_due
    assert ms(10) - 9 * DAY // 24 == _after(a_close_date(0, 9), timezone="Asia/Tokyo").close_due
    in_new_york = deal.CreatedData(timezone="America/New_York")
    assert ms(10) + 5 * DAY // 24 == _after(an_opportunity(0, in_new_york), a_close_date(1, 9)).close_due


def test_an_exact_close_wins_over_the_date() -> None:
    """An offer that runs out at noon is over at noon."""
    data = deal.CreatedData(close_date=calendar_day(9), close_at=moment(9.5))
    assert ms(9.5) == _after(an_opportunity(0, data)).close_due


def test_pushes_and_pulls_are_told_apart() -> None:
    """Later is a push, earlier a pull, the same neither; clearing and setting anew is neither."""
    facts = _after(
        a_close_date(0, 10), a_close_date(1, 13), a_close_date(2, 13), a_close_date(3, 11), a_close_date(4, None)
    )
    assert (1, 1, 3 * DAY, (ms(1),), None, "") == (
        facts.pushes,
        facts.pulls,
        facts.pushed_ms,
        facts.push_times,
        facts.close_due,
        facts.close_date,
    )
    assert _after(a_close_date(0, 1), a_close_date(1, 2), a_close_date(2, None), a_close_date(3, 9)).pushes == 1


def test_a_default_close_date_is_nobodys_promise() -> None:
    """A date that the CRM filled in moves the plan, but is no push."""
    facts = _after(a_close_date(0, 10), a_close_date(1, 20, origin="default"))
    assert (0, ms(21)) == (facts.pushes, facts.close_due)


def test_moving_a_default_away_is_no_push() -> None:
    """The first date that somebody really set replaces the default; from then on later is a push."""
    facts = _after(a_close_date(0, 10, origin="default"), a_close_date(1, 20), a_close_date(2, 30))
    assert (1, (ms(2),)) == (facts.pushes, facts.push_times)


def test_an_amount_is_a_decimal_string() -> None:
    """Money keeps its digits, and may be cleared."""
    facts = _after(an_amount(0, "10.10"), an_amount(1, "10.100"))
    assert (facts.amount, facts.amount_changes) == ("10.100", 2)
    assert _after(an_amount(0, "10"), an_amount(1, None)).amount is None


def test_a_next_step_is_planned_and_cleared() -> None:
    """A step has a text and a due time; an empty one clears it and is not counted."""
    facts = _after(a_next_step(1, "demo", due=5))
    assert ("demo", ms(5), ms(1), 1) == (facts.next_step, facts.next_step_due, facts.next_step_at, facts.next_steps)
    facts = _after(a_next_step(1, "demo", due=5), a_next_step(2, ""))
    assert ("", None, ms(2), 1) == (facts.next_step, facts.next_step_due, facts.next_step_at, facts.next_steps)


def test_a_contact_resets_the_buyers_clock() -> None:
    """First, last and longest gap are kept; unanswered messages are answered."""
    facts = _after(a_message(0), a_proposal(0.5), a_call(1), a_reply(4), a_call(6))
    assert (3, ms(1), ms(6), "call_logged", "call-opp-1-6", 3 * DAY, 0) == (
        facts.contacts,
        facts.first_contact_at,
        facts.last_contact_at,
        facts.last_contact_kind,
        facts.last_contact_id,
        facts.longest_gap,
        facts.unanswered,
    )


def test_messages_of_the_seller_wait_for_an_answer() -> None:
    """Mails and proposals count as outbound and unanswered; an auto-reply answers nothing."""
    facts = _after(a_message(0), an_auto_reply(0.1), a_proposal(1))
    assert (2, 2, ms(1), 0) == (facts.outbound, facts.unanswered, facts.last_outbound_at, facts.contacts)


def test_a_reply_to_a_proposal_is_known_as_one() -> None:
    """Only what the buyer says after a proposal answers it."""
    assert _after(a_reply(0), a_proposal(1)).replies_to_proposal == 0
    facts = _after(a_proposal(1), a_reply(2))
    assert (1, 1, ms(2), ms(1)) == (
        facts.replies_to_proposal,
        facts.inbound,
        facts.last_inbound_at,
        facts.last_proposal_at,
    )


def test_a_machines_mail_is_no_reply() -> None:
    """What an automation wrote in the buyer's name is neither contact nor reply."""
    facts = _after(a_proposal(0), a_reply(1, origin="automation"))
    assert (facts.contacts, facts.inbound, facts.replies_to_proposal, facts.last_inbound_at) == (0, 0, 0, None)


def test_calls_are_counted_with_their_length() -> None:
    """Calls that nobody took are calls too, but no contact."""
    facts = _after(a_call(0, seconds=100), a_call(1, connected=False, seconds=7))
    assert (facts.calls, facts.call_seconds, facts.last_call_seconds, facts.contacts) == (2, 107, 7, 1)


def test_a_planned_meeting_is_known_until_it_is_off() -> None:
    """A meeting has a start; a cancellation or no-show takes it off and counts as missed."""
    assert ms(5) == _after(a_planned_meeting(1, 5)).meeting_at
    for off in (a_cancellation(2), a_no_show(5)):
        facts = _after(a_planned_meeting(1, 5), off)
        assert (facts.meeting_at, facts.meetings_missed) == (None, 1)
    assert _after(a_held_meeting(5)).meetings_held == 1


def test_people_are_known_once_each() -> None:
    """Contacts are kept in the order in which they appeared, at most so many."""
    facts = _after(a_call(0, contacts=("ann", "bob", "ann")), a_reply(1, ("bob", "cyd")))
    assert facts.people == ("ann", "bob", "cyd")
    crowd = _after(*(a_call(day, contacts=(f"person-{day}",)) for day in range(PEOPLE + 5)))
    assert tuple(f"person-{day}" for day in range(PEOPLE)) == crowd.people


def test_people_who_leave_are_counted() -> None:
    """A person who left is no longer engaged."""
    facts = _after(a_call(0, contacts=("ann", "bob")), a_departure(1, "ann"))
    assert (facts.people, facts.people_left) == (("bob",), 1)


def test_the_first_end_counts() -> None:
    """A second end changes nothing until somebody reopens the deal."""
    facts = _after(a_loss(1, "price", no_decision=True), a_win(2))
    assert ("lost", ms(1), "price", True) == (facts.status, facts.closed_at, facts.lost_reason, facts.no_decision)
    facts = _after(a_loss(1, "price"), a_reopening(2), a_win(3))
    assert ("won", ms(3), "", False) == (facts.status, facts.closed_at, facts.lost_reason, facts.no_decision)


def test_a_win_may_correct_the_amount() -> None:
    """The amount of a win replaces the last one where it is given."""
    won = deal.Won(
        id="1", source="/crm", subject="opp-1", time=moment(2), data=deal.WonData(amount="7", currency="USD")
    )
    assert (_after(an_amount(0, "5"), won).amount, _after(an_amount(0, "5"), won).currency) == ("7", "USD")
    assert _after(an_amount(0, "5"), a_win(2)).amount == "5"


def test_merged_and_deleted_deals_have_no_outcome() -> None:
    """They end, without having been won or lost; a deletion can be undone."""
    assert ("merged", ms(1)) == (_after(a_merge(1)).status, _after(a_merge(1)).closed_at)
    assert ("deleted", ms(1)) == (_after(a_deletion(1)).status, _after(a_deletion(1)).closed_at)
    assert (
        _after(a_deletion(1), a_restoration(2)).status,
        _after(a_deletion(1), a_restoration(2)).closed_at,
    ) == ("open", None)
    assert _after(a_restoration(1)).status == "open"


@pytest.mark.parametrize("end", [a_win(1), a_loss(1)], ids=lambda event: str(event.kind))
def test_a_deal_that_is_merged_after_its_close_has_no_outcome_any_more(end: Event) -> None:
    """It turned out to be a duplicate, closed since then; a deletion stays one."""
    facts = _after(end, a_merge(2))
    assert ("merged", ms(1)) == (facts.status, facts.closed_at)
    assert _after(end, a_deletion(2), a_merge(3)).status == "deleted"


@pytest.mark.parametrize("end", [a_win(1), a_loss(1, "price"), a_merge(1)], ids=lambda event: str(event.kind))
def test_a_restored_deal_is_what_it_was(end: Event) -> None:
    """A won, lost or merged deal that is deleted and restored is won, lost or merged again, since then."""
    facts = _after(end, a_deletion(2), a_restoration(3))
    assert (_after(end).status, ms(1)) == (facts.status, facts.closed_at)


def test_a_hold_rests_the_deal_until_it_resumes() -> None:
    """A hold with a date ends with that date's beginning, one without lasts until it is cleared."""
    facts = _after(a_hold(1, "legal", resumes=5))
    assert ("legal", ms(1), ms(5)) == (facts.hold_reason, facts.hold_since, facts.hold_until)
    assert [facts.on_hold(ms(5) - 1), facts.on_hold(ms(5))] == [True, False]
    assert _after(a_hold(1)).on_hold(ms(9_999))
    assert not _after(a_hold(1), a_cleared_hold(2)).on_hold(ms(3))
    assert ms(5) - 9 * DAY // 24 == _after(a_hold(1, resumes=5), timezone="Asia/Tokyo").hold_until


def test_feeds_that_told_of_activities_are_known() -> None:
    """Only activities name a feed whose silence matters; a CRM edit does not."""
    assert _after(an_opportunity(0)).sources == ()
    assert _after(a_call(1), a_reply(2, source="/mail"), a_call(3)).sources == ("/crm", "/mail")


def test_rings_keep_the_latest() -> None:
    """Instants and moments are kept for the latest events only; counts go on."""
    facts = _after(*(a_call(day) for day in range(20)))
    assert tuple(ms(day) for day in range(20 - RING, 20)) == facts.contact_times == facts.event_times
    assert tuple(Moment(ms(day), "call_logged") for day in range(20 - MOMENTS, 20)) == facts.timeline
    assert (facts.contacts, facts.events) == (20, 20)


def test_a_deals_birth_and_silence_have_a_beginning() -> None:
    """Birth is the creation where it is known; silence runs since the last contact, or since birth."""
    assert (ms(1), ms(1)) == (_after(a_message(1)).born_at, _after(a_message(1)).quiet_since)
    assert ms(2) == _after(a_message(1), an_opportunity(2)).born_at
    assert ms(3) == _after(an_opportunity(0), a_call(3)).quiet_since


@pytest.mark.parametrize("timezone", ["Mars/Phobos", "../../etc/passwd", "Europe", "nul\0"])
def test_an_unknown_time_zone_does_not_raise(timezone: str) -> None:
    """A time zone that nobody knows is data like any other: the tenant's counts instead."""
    data = deal.CreatedData(timezone=timezone, close_date=calendar_day(9))
    assert ms(10) == _after(an_opportunity(0, data)).close_due


def test_the_first_day_of_the_calendar_does_not_raise() -> None:
    """A resume date in the year 1 is absurd, but no reason to stop."""
    hold = a_hold(1)
    absurd = type(hold)(
        id="1",
        source="/crm",
        subject="opp-1",
        time=moment(1),
        data=type(hold.data)(reason="legal", resume_date=calendar_day(0).min),
    )
    assert not _after(absurd, timezone="Asia/Tokyo").on_hold(ms(2))


def test_activities_without_a_handler_of_their_own_still_count() -> None:
    """A bounce is on the timeline and nothing else."""
    facts = _after(activity.EmailBounced(id="1", source="/crm", subject="opp-1", time=moment(1)))
    assert (facts.events, facts.contacts, facts.outbound) == (1, 0, 0)
