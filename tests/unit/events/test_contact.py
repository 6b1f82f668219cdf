"""What counts as contact with the buyer, and what does not."""

from __future__ import annotations

import pytest

from streams.events import activity
from streams.events.activity import MAILING_RECIPIENTS, is_contact
from streams.events.envelope import Event
from tests.builders import (
    a_call,
    a_cancellation,
    a_held_meeting,
    a_message,
    a_no_show,
    a_planned_meeting,
    a_proposal,
    a_reply,
    a_stage,
    an_auto_reply,
    an_opportunity,
    moment,
)


def _mailing(recipients: int) -> activity.EmailReceived:
    data = activity.TouchData(recipients=recipients)
    return activity.EmailReceived(id="1", source="/crm", time=moment(0), subject="opp-1", data=data)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a_call(0), id="a call that was taken"),
        pytest.param(a_reply(0), id="a mail of the buyer"),
        pytest.param(a_held_meeting(0), id="a held meeting"),
        pytest.param(activity.ProposalViewed(id="1", source="/crm", time=moment(0)), id="a viewed proposal"),
        pytest.param(activity.ProposalSigned(id="1", source="/crm", time=moment(0)), id="a signature"),
        pytest.param(activity.MarketingTouched(id="1", source="/crm", time=moment(0), side="buyer"), id="a click"),
        pytest.param(a_planned_meeting(0, 5, side="both"), id="a meeting that both sides agreed on"),
        pytest.param(_mailing(MAILING_RECIPIENTS), id="a mail to many, but not too many"),
    ],
)
def test_a_sign_of_the_buyer_is_contact(event: Event) -> None:
    """Any buyer-side activity, a call that was taken, and a held meeting are contact."""
    assert is_contact(event)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a_call(0, connected=False), id="a voicemail"),
        pytest.param(a_message(0), id="a mail of the seller"),
        pytest.param(a_proposal(0), id="a proposal"),
        pytest.param(an_auto_reply(0, side="buyer"), id="an auto-reply"),
        pytest.param(activity.EmailBounced(id="1", source="/crm", time=moment(0), side="buyer"), id="a bounce"),
        pytest.param(a_no_show(0, side="buyer"), id="a no-show"),
        pytest.param(a_cancellation(0, side="buyer"), id="a cancellation"),
        pytest.param(a_reply(0, origin="automation"), id="what a machine wrote"),
        pytest.param(_mailing(MAILING_RECIPIENTS + 1), id="a mailing"),
        pytest.param(an_opportunity(0, side="buyer"), id="a CRM edit"),
        pytest.param(a_stage(0, "offer", side="both"), id="another CRM edit"),
        pytest.param(a_planned_meeting(0, 5), id="a meeting in the calendar"),
    ],
)
def test_machines_absences_and_edits_are_no_contact(event: Event) -> None:
    """Auto-replies, bounces, no-shows, cancellations, mailings, machines and CRM edits are no contact."""
    assert not is_contact(event)
