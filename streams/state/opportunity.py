"""What is known of one opportunity: a few hundred bytes, whatever the length of its history.

All instants are milliseconds since 1970-01-01 UTC; all spans are milliseconds. Counts are since creation. Money is a
decimal string with an ISO 4217 currency, never a float.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

HOUR = 3_600_000
DAY = 24 * HOUR

Status = Literal["open", "won", "lost", "deleted", "merged"]

#: An amount that falls again within this time is still falling from where it was at first.
FALLING = 30 * DAY
#: How many of the latest contacts, events, pushes and moments are kept as instants. Counts above saturate.
RING = 8
MOMENTS = 12
PEOPLE = 16


class Moment(Struct, frozen=True, array_like=True, gc=False):
    """One line of the deal's timeline: when, which kind of event, and a word on it."""

    at: int
    kind: str
    detail: str = ""


class Opportunity(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The deal as its events tell it, at the time of the last one folded."""

    id: str
    status: Status = "open"
    first_event_at: int = 0
    last_event_at: int = 0
    created_at: int | None = None
    events: int = 0
    #: How many of the events were people's answers to us; nothing about the deal itself follows from those.
    actions: int = 0

    name: str = ""
    account: str = ""
    #: What is sold, as the company groups it.
    product: str = ""
    owner: str = ""
    #: Since when the deal has been its owner's, where it was another's and the owner has not turned to the buyer yet.
    untouched_since: int | None = None
    lead_source: str = ""
    timezone: str = ""
    #: Feeds that delivered activities of this deal; their freshness decides whether its silence means anything.
    sources: tuple[str, ...] = ()

    stage: str = ""
    position: int | None = None
    stage_entered_at: int | None = None
    stage_moves: int = 0
    steps_back: int = 0
    #: When the deal was first moved back since it last moved forward.
    stepped_back_at: int | None = None
    #: The stage from which it was.
    stepped_back_from: str = ""
    #: Moves forward since the buyer was last heard of.
    quiet_moves: int = 0

    amount: str | None = None
    currency: str = ""
    amount_changes: int = 0
    #: What the amount was before it began to fall; none where it does not fall.
    amount_top: str | None = None
    #: When it fell last.
    amount_fell_at: int | None = None

    #: The planned close as the seller says it (a calendar date, or an instant), and the instant it is over.
    close_date: str = ""
    close_due: int | None = None
    #: Whether somebody set that date; one that a CRM filled in by itself is nobody's promise.
    close_promised: bool = False
    pushes: int = 0
    pulls: int = 0
    pushed_ms: int = 0
    push_times: tuple[int, ...] = ()
    #: The planned close before each of these pushes.
    push_from: tuple[int, ...] = ()
    #: How long the deal was to take when a close was first promised: the share that pushes add is told from it.
    planned_ms: int | None = None

    forecast_category: str = ""
    #: When the forecast category was last set.
    forecast_at: int | None = None
    next_step: str = ""
    next_step_due: int | None = None
    next_step_at: int | None = None
    next_steps: int = 0
    meeting_at: int | None = None
    #: When a planned meeting was last called off, or missed.
    meeting_off_at: int | None = None
    #: When a meeting fell through, where none was planned or held since, and nobody talked.
    meeting_lost_at: int | None = None

    contacts: int = 0
    first_contact_at: int | None = None
    last_contact_at: int | None = None
    last_contact_kind: str = ""
    last_contact_id: str = ""
    #: Who of the seller's side had it; what the buyer does alone leaves this as it was.
    last_contact_by: str = ""
    longest_gap: int = 0
    contact_times: tuple[int, ...] = ()
    event_times: tuple[int, ...] = ()

    inbound: int = 0
    last_inbound_at: int | None = None
    #: Since when the buyer waits: a message that answered none of ours, after which nobody turned to them.
    waiting_since: int | None = None
    outbound: int = 0
    last_outbound_at: int | None = None
    unanswered: int = 0
    calls: int = 0
    call_seconds: int = 0
    last_call_seconds: int = 0
    meetings_held: int = 0
    meetings_missed: int = 0
    proposals: int = 0
    last_proposal_at: int | None = None
    #: The first proposal after which nothing was heard of the buyer.
    proposal_open_at: int | None = None
    replies_to_proposal: int = 0
    #: When the buyer signed, last.
    signed_at: int | None = None
    marketing_touches: int = 0

    #: How many of the buyer's people were put on record, whether or not they took part.
    people_listed: int = 0
    people: tuple[str, ...] = ()
    people_left: int = 0
    #: When `people` last grew or shrank.
    people_at: int | None = None

    hold_reason: str = ""
    hold_since: int | None = None
    hold_until: int | None = None
    #: When a hold last ended because somebody cleared it.
    hold_ended_at: int | None = None
    readiness: str = ""
    #: The latest proposed updates that were rejected.
    rejected: tuple[str, ...] = ()

    closed_at: int | None = None
    #: What the deal was before it was deleted.
    deleted_from: Status = "open"
    lost_reason: str = ""
    no_decision: bool = False

    timeline: tuple[Moment, ...] = ()

    @property
    def own_events(self) -> int:
        """How many events were about the deal itself."""
        return self.events - self.actions

    @property
    def is_lead(self) -> bool:
        """Whether there is no deal yet: marketing touched somebody, and nothing else has happened."""
        return self.created_at is None and self.own_events == self.marketing_touches

    @property
    def is_open(self) -> bool:
        """Whether the deal can still be won: the one definition of open."""
        return self.status == "open" and (self.created_at is not None or self.own_events != self.marketing_touches)

    @property
    def born_at(self) -> int:
        """When the deal came to be: its creation, or its first event where the feed began later."""
        return self.first_event_at if self.created_at is None else self.created_at

    @property
    def quiet_since(self) -> int:
        """Since when the buyer is silent: the last contact, or birth where there was none."""
        return self.born_at if self.last_contact_at is None else self.last_contact_at

    def on_hold(self, now: int) -> bool:
        """Whether the deal rests for a known reason at `now`."""
        return self.hold_since is not None and (self.hold_until is None or now < self.hold_until)
