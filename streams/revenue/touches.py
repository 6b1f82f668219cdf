"""What of a deal's history attribution goes by: its touches, bounded, and where it stands. One value a deal, by key.

A touch is a marketing event that reached somebody of the buyer; a mailing to more than 50 is none, and is counted. An
activity is what seller and buyer did with each other: mail, a call, a meeting, a proposal.

Of each only the first `HEAD` and the last `TAIL` by event time are kept, and how many lay between. So a journey depends
on the events that were taken in and not on their order: what was dropped once could never come to be one of the first
or the last again.
"""

from __future__ import annotations

from bisect import insort

from msgspec import Struct
from msgspec.structs import replace

from streams.events import activity
from streams.events.activity import MAILING_RECIPIENTS, MarketingTouched, is_contact, is_touch
from streams.events.deal import MergedInto
from streams.events.envelope import Event
from streams.revenue.position import Position, position_of
from streams.revenue.seen import Seen

#: Touches kept of each sort: these come first, those last. Deals of the measured logs have a handful.
HEAD = 8
TAIL = 24
#: What a touch is called whose event names no channel (campaign).
UNNAMED = "(unnamed)"
#: Activities by the channel that they are credited to; a call that nobody took is an attempt, and none of these.
CHANNELS: dict[type[Event], str] = {
    activity.EmailSent: "sales mail",
    activity.EmailReceived: "sales mail",
    activity.CallLogged: "sales call",
    activity.MeetingHeld: "sales meeting",
    activity.ProposalSent: "sales proposal",
    activity.ProposalViewed: "sales proposal",
    activity.ProposalSigned: "sales proposal",
}


class Touch(Struct, frozen=True, order=True, array_like=True, gc=False):
    """Something that reached the buyer, at an event time (milliseconds). `own`: they acted themselves."""

    at: int
    id: str
    channel: str
    campaign: str = ""
    own: bool = False


class Trail(Struct, frozen=True, array_like=True, gc=False):
    """The first touches and the last ones in the order of time, and how many between them are not kept."""

    first: tuple[Touch, ...] = ()
    last: tuple[Touch, ...] = ()
    beyond: int = 0

    def including(self, touch: Touch) -> Trail:
        """The trail with one more touch, wherever it belongs."""
        first, last, beyond = list(self.first), list(self.last), self.beyond
        insort(first, touch)
        if len(first) > HEAD:
            insort(last, first.pop())
        if len(last) > TAIL:
            del last[0]
            beyond += 1
        return Trail(tuple(first), tuple(last), beyond)

    def joined(self, other: Trail) -> Trail:
        """The trail with all touches of another one."""
        both = self
        for touch in other.kept:
            both = both.including(touch)
        return Trail(both.first, both.last, both.beyond + other.beyond)

    @property
    def kept(self) -> tuple[Touch, ...]:
        """The touches that are kept, in the order of time."""
        return self.first + self.last


class Journey(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How one deal was touched, and where it stands; no position while it is only a lead."""

    id: str
    marketing: Trail = Trail()
    activities: Trail = Trail()
    #: Mailings to many, which are no touches.
    mailings: int = 0
    position: Position | None = None
    #: The deal that it turned out to be a duplicate of, while it counts as one.
    merged_into: str = ""
    #: Since when the buyer is silent (milliseconds).
    quiet_since: int = 0

    def joined(self, other: Journey) -> Journey:
        """This deal with the touches of its duplicate."""
        return replace(
            self,
            marketing=self.marketing.joined(other.marketing),
            activities=self.activities.joined(other.activities),
            mailings=self.mailings + other.mailings,
            quiet_since=max(self.quiet_since, other.quiet_since),
        )


def journey_after(journey: Journey | None, seen: Seen, timezone: str) -> Journey:
    """A deal's journey after an event; `timezone` is that of deals that name none.

    Events are those that a deal took in: none comes twice.
    """
    event, facts = seen.event, seen.after
    known = Journey(id=facts.id) if journey is None else journey
    marketing, activities, mailings = known.marketing, known.activities, known.mailings
    if isinstance(event, MarketingTouched):
        if event.data.recipients > MAILING_RECIPIENTS:
            mailings += 1
        else:
            data = event.data
            channel, campaign = data.channel or UNNAMED, data.campaign or UNNAMED
            marketing = marketing.including(Touch(event.at, event.id, channel, campaign, is_contact(event)))
    elif (found := _activity(event)) is not None:
        activities = activities.including(found)
    merged_into = event.data.opportunity if isinstance(event, MergedInto) else known.merged_into
    if facts.status not in ("merged", "deleted"):  # a CRM may delete the duplicate that it merged
        merged_into = ""
    return Journey(
        id=facts.id,
        marketing=marketing,
        activities=activities,
        mailings=mailings,
        position=position_of(facts, timezone),
        merged_into=merged_into,
        quiet_since=facts.quiet_since,
    )


def _activity(event: Event) -> Touch | None:
    """What seller and buyer did with each other: a contact, or the seller's turning to the buyer in writing."""
    channel = CHANNELS.get(type(event))
    if channel is None or not (is_contact(event) or (is_touch(event) and isinstance(event, activity.OUTBOUND))):
        return None
    return Touch(event.at, event.id, channel, channel, is_contact(event))
