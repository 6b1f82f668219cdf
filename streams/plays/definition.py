"""What a play is: when it is called for, its steps with due dates, who takes them, and what shows that it worked.

A play is data, so that a tenant can have others without code. All its conditions are named here; those that are said
must all hold. Spans are business days of the deal's owner where they are called so, else days of 24 hours.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from streams.events.judgement import HoldReason, Readiness
from streams.state.watch import Severity

PlayId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
BusinessDays = Annotated[int, Meta(ge=0, le=260)]
Span = Annotated[int, Meta(ge=1, le=260)]
#: Who takes a step: the deal's owner, the owner's manager, or whom the alert was given to (the owner where nobody).
Who = Literal["owner", "manager", "assignee"]
#: What calls for a play: an alert that is told, a hold, an unready buyer, or an alert that nobody attends to.
Calls = Literal["alert", "hold", "not_ready", "unattended"]


class Trigger(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """When a play is called for. Everything that is said must hold."""

    on: Calls = "alert"
    #: The alert is led by a reason of one of these rules; any where none is named.
    rules: tuple[str, ...] = ()
    #: The alert is at least as severe.
    severity: Severity = "info"
    #: For `unattended`: so many business days after the alert became so severe, and nobody had turned to it.
    after_business_days: BusinessDays = 0
    #: The deal is on hold for one of these reasons.
    hold: tuple[HoldReason, ...] = ()
    readiness: Readiness | None = None
    #: One contact of the buyer is known, or all that were have left.
    single_threaded: bool | None = None
    people_at_least: Annotated[int, Meta(ge=0, le=16)] | None = None
    people_at_most: Annotated[int, Meta(ge=0, le=16)] | None = None
    #: Our messages since the buyer was last heard of.
    unanswered_at_least: Annotated[int, Meta(ge=1, le=1000)] | None = None
    #: Days without contact.
    silent_days_at_least: Annotated[int, Meta(ge=1, le=3650)] | None = None
    pushes_at_least: Annotated[int, Meta(ge=1, le=1000)] | None = None
    #: The place of the stage, as its events number them.
    position_at_least: int | None = None
    position_at_most: int | None = None
    #: In the deal's own currency.
    amount_at_least: Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?\Z")] | None = None


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One thing to do: in words, when it is due, who does it, and which events show that it was done."""

    text: Line
    #: Business days after the start.
    due: BusinessDays
    #: Who does it, where that is not whom the play is for.
    who: Who | None = None
    #: Kinds of events that show it; none where the stream cannot see it.
    seen_in: tuple[str, ...] = ()


class Success(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What the stream must observe after the start, and within which time. A play is never started where it holds."""

    #: In words, after "It worked when".
    text: Line
    #: Business days from the start until the run has failed; from the resume date where `resumed` is said.
    within_business_days: Span
    #: Whether all conditions must hold, or any of them.
    match: Literal["all", "any"] = "all"
    #: An event of one of these kinds came.
    seen: tuple[str, ...] = ()
    #: Buyer and seller were in contact: the buyer acted, a call was taken, a meeting was held.
    contact: bool = False
    #: The buyer's message does not wait any more.
    answered: bool = False
    #: The reason that the alert was about is over.
    reason_over: bool = False
    people_at_least: Annotated[int, Meta(ge=1, le=16)] | None = None
    #: The planned close is in the future.
    close_date_ahead: bool = False
    #: The amount has not fallen for so many days after the start.
    amount_steady_days: Annotated[int, Meta(ge=1, le=365)] | None = None
    #: The buyer is judged ready.
    ready: bool = False
    #: The seller turned to the buyer at most so many business days before the hold ended, or after.
    resumed: Span | None = None
    #: Somebody acknowledged the alert, was given it, or turned to the buyer.
    attended: bool = False
    won: bool = False
    lost: bool = False


class PlayDefinition(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A play as its file says it. What changes its meaning gets another version, with its own runs and arms."""

    id: PlayId
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    title: Line
    #: The situation it is for, in words.
    situation: Line
    trigger: Trigger
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=8)]
    success: Success
    on: bool = True
    #: Of several plays that are called for, the one with the highest is played; it should be the most specific.
    priority: Annotated[int, Meta(ge=0, le=1000)] = 0
    who: Who = "owner"
    #: Kinds of events of the seller's that show that the play is followed.
    followed_by: Annotated[tuple[str, ...], Meta(min_length=1)]
    #: Days after a start within which it is not started again on the same deal.
    cool_down_days: Annotated[int, Meta(ge=1, le=3650)]
    #: Share of the deals from which it is withheld, to see what difference it makes.
    holdout: Annotated[float, Meta(ge=0, le=0.9)] = 0.0
    #: Days between two light touches while it runs; none where there is no such rhythm.
    touch_every_days: Annotated[int, Meta(ge=7, le=365)] | None = None
