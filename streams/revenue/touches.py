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
            channel, campaign = _name(event.data.channel), _name(event.data.campaign)
            marketing = marketing.including(Touch(event.at, event.id, channel, campaign, is_contact(event)))
    elif (sort := CHANNELS.get(type(event))) is not None and _happened(event):
        activities = activities.including(Touch(event.at, event.id, sort, sort, is_contact(event)))
    position = known.position
    if position is None or facts.created_at is None or not isinstance(event, activity.ACTIVITIES):
        position = position_of(facts, timezone)  # what people do with each other leaves it as it was
    merged_into = event.data.opportunity if isinstance(event, MergedInto) else known.merged_into
    if facts.status not in ("merged", "deleted"):  # a CRM may delete the duplicate that it merged
        merged_into = ""
    return Journey(
        id=facts.id,
        marketing=marketing,
        activities=activities,
        mailings=mailings,
        position=position,
        merged_into=merged_into,
        quiet_since=facts.quiet_since,
    )


def _name(text: str) -> str:
    """A channel or campaign as it is told; one that begins as what is told of none, `(no touch)`, is set in quotes."""
    return f"'{text}'" if text.startswith("(") else text or UNNAMED


def _happened(event: Event) -> bool:
    """Whether the two sides had to do with each other, or the seller turned to the buyer in writing."""
    return is_contact(event) or (isinstance(event, activity.OUTBOUND) and is_touch(event))
