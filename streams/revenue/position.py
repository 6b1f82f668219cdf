"""Where a deal stands in the pipeline: what of it the forecast, the pipeline and the coach go by.

A position is what was **on record** at an instant, as the events that had arrived by then tell it. An event that comes
late changes the record when it comes, never what was said before: what was said in March stays what was said in March.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from streams.events.envelope import moment_of
from streams.state.dates import zone_of
from streams.state.opportunity import Opportunity, Status


class Position(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A deal on record. Instants are milliseconds; money is a decimal string in its own currency."""

    id: str
    status: Status = "open"
    owner: str = ""
    account: str = ""
    product: str = ""
    lead_source: str = ""
    stage: str = ""
    #: The stage's rank on the sales ladder, where the feed says it.
    rank: int | None = None
    amount: str | None = None
    currency: str = ""
    #: The planned close; of a deal that is over, the day on which it ended.
    closes: date | None = None
    #: The rep's judgement; empty where nobody gave one.
    category: str = ""
    created_at: int = 0
    stage_entered_at: int | None = None
    closed_at: int | None = None
    no_decision: bool = False
    pushes: int = 0
    #: Whether it rests for a known reason, as a budget that comes next year.
    held: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it can still be won."""
        return self.status == "open"


class Move(Struct, frozen=True, gc=False):
    """A deal's record changed: at the partition's time `at` (milliseconds), by the log's record at `offset`.

    No `before`: the deal came to be. Never is `after` the same as `before`.
    """

    at: int
    offset: int
    before: Position | None
    after: Position


def position_of(facts: Opportunity, timezone: str) -> Position | None:
    """Where a deal stands, none while it is only a lead; `timezone` is that of deals that name none."""
    if facts.is_lead:
        return None
    return Position(
        id=facts.id,
        status=facts.status,
        owner=facts.owner,
        account=facts.account,
        product=facts.product,
        lead_source=facts.lead_source,
        stage=facts.stage,
        rank=facts.position,
        amount=facts.amount,
        currency=facts.currency,
        closes=closes_on(facts, timezone),
        category=facts.forecast_category,
        created_at=facts.born_at,
        stage_entered_at=facts.stage_entered_at,
        closed_at=facts.closed_at,
        no_decision=facts.no_decision,
        pushes=facts.pushes,
        held=facts.hold_since is not None,
    )


def move_of(before: Opportunity | None, after: Opportunity, at: int, offset: int, timezone: str) -> Move | None:
    """What an event changed of where a deal stands, none where it changed nothing of it."""
    stood = None if before is None else position_of(before, timezone)
    stands = position_of(after, timezone)
    if stands is None or stood == stands:
        return None
    return Move(at, offset, stood, stands)


def closes_on(facts: Opportunity, timezone: str) -> date | None:
    """The last day of the plan, or the day of the end; what is due at midnight was planned for the day before."""
    zone = zone_of(facts.timezone or timezone)
    if not facts.is_open and facts.closed_at is not None:
        return moment_of(facts.closed_at).astimezone(zone).date()
    return None if facts.close_due is None else moment_of(facts.close_due - 1).astimezone(zone).date()
