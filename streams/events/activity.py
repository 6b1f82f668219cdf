"""Events of selling and buying: mail, calls, meetings, proposals, marketing touches."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from streams.events.envelope import Event, Instant, Side

Contact = Annotated[str, Meta(min_length=1, max_length=200)]


class TouchData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who took part on the buyer's side (contact ids), for how long, and to how many it went."""

    contacts: Annotated[tuple[Contact, ...], Meta(max_length=50)] = ()
    duration_seconds: Annotated[int, Meta(ge=0, le=7 * 86_400)] = 0
    recipients: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class CallData(TouchData, frozen=True, kw_only=True, omit_defaults=True):
    """A call. `connected` is false for a voicemail or a call nobody took: such a call is no contact."""

    connected: bool = True


class MeetingData(TouchData, frozen=True, kw_only=True, omit_defaults=True):
    """A meeting; `starts` is when it takes (or took) place."""

    starts: Instant | None = None


class MarketingData(TouchData, frozen=True, kw_only=True, omit_defaults=True):
    """A marketing touch: the channel (webinar, search, referral ...) and the campaign."""

    channel: Annotated[str, Meta(max_length=100)] = ""
    campaign: Annotated[str, Meta(max_length=200)] = ""


class EmailSent(Event, tag="deal.email_sent.v1", frozen=True, kw_only=True):
    """The seller wrote."""

    side: Side = "seller"
    data: TouchData = TouchData()


class EmailReceived(Event, tag="deal.email_received.v1", frozen=True, kw_only=True):
    """The buyer wrote."""

    side: Side = "buyer"
    data: TouchData = TouchData()


class EmailBounced(Event, tag="deal.email_bounced.v1", frozen=True, kw_only=True):
    """The seller's mail could not be delivered."""

    data: TouchData = TouchData()


class EmailAutoReplied(Event, tag="deal.email_auto_replied.v1", frozen=True, kw_only=True):
    """A machine answered for the buyer (out of office); no contact."""

    data: TouchData = TouchData()


class CallLogged(Event, tag="deal.call_logged.v1", frozen=True, kw_only=True):
    """Seller and buyer spoke, or the seller tried to."""

    side: Side = "both"
    data: CallData = CallData()


class MeetingScheduled(Event, tag="deal.meeting_scheduled.v1", frozen=True, kw_only=True):
    """A meeting was put into the calendars."""

    data: MeetingData = MeetingData()


class MeetingRescheduled(Event, tag="deal.meeting_rescheduled.v1", frozen=True, kw_only=True):
    """A meeting was moved to `starts`."""

    data: MeetingData = MeetingData()


class MeetingHeld(Event, tag="deal.meeting_held.v1", frozen=True, kw_only=True):
    """Seller and buyer met."""

    side: Side = "both"
    data: MeetingData = MeetingData()


class MeetingCancelled(Event, tag="deal.meeting_cancelled.v1", frozen=True, kw_only=True):
    """A planned meeting will not take place."""

    data: MeetingData = MeetingData()


class MeetingNoShow(Event, tag="deal.meeting_no_show.v1", frozen=True, kw_only=True):
    """The buyer did not come."""

    data: MeetingData = MeetingData()


class ProposalSent(Event, tag="deal.proposal_sent.v1", frozen=True, kw_only=True):
    """The seller sent a proposal."""

    side: Side = "seller"
    data: TouchData = TouchData()


class ProposalViewed(Event, tag="deal.proposal_viewed.v1", frozen=True, kw_only=True):
    """The buyer opened the proposal."""

    side: Side = "buyer"
    data: TouchData = TouchData()


class ProposalSigned(Event, tag="deal.proposal_signed.v1", frozen=True, kw_only=True):
    """The buyer signed."""

    side: Side = "buyer"
    data: TouchData = TouchData()


class MarketingTouched(Event, tag="deal.marketing_touched.v1", frozen=True, kw_only=True):
    """A campaign reached somebody of the buyer; `side` is buyer where they acted themselves."""

    data: MarketingData = MarketingData()


#: Touches of the seller towards the buyer: each waits for an answer.
OUTBOUND = (EmailSent, ProposalSent)
#: With these the seller turns to the buyer, whether or not somebody is reached.
_TOUCHES = frozenset((EmailSent, ProposalSent, CallLogged, MeetingScheduled, MeetingRescheduled, MeetingHeld))
#: Activities that are never a contact, whichever side they name: machines and absences.
NEVER_CONTACT = (EmailBounced, EmailAutoReplied, MeetingCancelled, MeetingNoShow)
#: Every activity, for those who ask "did anything happen between the two sides".
ACTIVITIES = (
    EmailSent,
    EmailReceived,
    EmailBounced,
    EmailAutoReplied,
    CallLogged,
    MeetingScheduled,
    MeetingRescheduled,
    MeetingHeld,
    MeetingCancelled,
    MeetingNoShow,
    ProposalSent,
    ProposalViewed,
    ProposalSigned,
    MarketingTouched,
)
_MAYBE_CONTACT = frozenset(ACTIVITIES).difference(NEVER_CONTACT)
#: Mail to more people than this is a mailing, not a contact (Gong's cut).
MAILING_RECIPIENTS = 50


def is_contact(event: Event) -> bool:
    """Say whether the event is contact with the buyer.

    Contact is any buyer-side activity, a call that was taken, or a held meeting. Auto-replies, bounces, no-shows,
    cancellations, mailings and anything a machine did are none; a CRM edit never is.
    """
    if event.origin == "automation":
        return False
    if isinstance(event, CallLogged):
        return event.data.connected
    if isinstance(event, MeetingHeld):
        return True
    if event.side not in ("buyer", "both") or type(event) not in _MAYBE_CONTACT:
        return False
    data: TouchData = event.data  # type: ignore[attr-defined]  # every activity has it
    return data.recipients <= MAILING_RECIPIENTS


def is_touch(event: Event) -> bool:
    """Say whether the seller turned to this buyer: wrote, called (also in vain), met, or planned a meeting.

    A mailing is no touch, nor is what a machine did or what the buyer did alone.
    """
    if type(event) not in _TOUCHES or event.side == "buyer" or event.origin == "automation":
        return False
    data: TouchData = event.data  # type: ignore[attr-defined]  # every activity has it
    return data.recipients <= MAILING_RECIPIENTS
