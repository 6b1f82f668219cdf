"""What the states of deals have in common, as bytes: a packer tells each of them apart from this."""

from __future__ import annotations

from msgspec.structs import replace

from streams.events.contract import BY_KIND
from streams.state.codec import encode_deal
from streams.state.history import follow
from streams.state.memory import DealState
from streams.state.opportunity import DAY, RING, Moment, Opportunity
from streams.state.watch import AlertState, Estimate, Promise, ReasonState, RunState, Watch

_AT = 1_784_000_000_000
_TARGETS = ("inactivity", "silence", "slippage", "win", "no_decision")
_INSTANTS = (
    "first_event_at",
    "last_event_at",
    "created_at",
    "untouched_since",
    "stage_entered_at",
    "stepped_back_at",
    "amount_fell_at",
    "close_due",
    "forecast_at",
    "next_step_due",
    "next_step_at",
    "meeting_at",
    "meeting_off_at",
    "meeting_lost_at",
    "first_contact_at",
    "last_contact_at",
    "last_inbound_at",
    "waiting_since",
    "last_outbound_at",
    "last_proposal_at",
    "proposal_open_at",
    "signed_at",
    "people_at",
    "hold_since",
    "hold_until",
    "hold_ended_at",
    "closed_at",
)
_RULES = (
    "going_quiet",
    "silent",
    "slipping",
    "close_date_missed",
    "pushed_repeatedly",
    "left_quarter",
    "pushed_to_quarter_end",
    "closes_on_day_off",
    "stuck_in_stage",
    "stage_moved_back",
    "ahead_of_buyer",
    "dark_after_proposal",
    "waiting_for_us",
    "meeting_not_rebooked",
    "untouched_by_owner",
    "single_threaded",
    "amount_falling",
    "stale_commit",
    "doubtful_commit",
    "no_next_step",
    "record_behind",
    "incomplete",
)

_PLAYS = (
    "re_engage",
    "other_channel",
    "multi_thread",
    "book_next_step",
    "close_plan",
    "fix_close_date",
    "requalify",
    "stage_review",
    "inspect_commit",
    "reply_now",
    "stay_close",
    "nurture",
    "escalate",
)


def typical_state() -> bytes:
    """Return a state in which every field is said and the kinds of events stand as they do in a timeline."""
    return encode_deal(DealState(facts=_facts(), base=_facts(), offset=1000, watch=_watch()))


def _facts() -> Opportunity:
    instants = tuple(_AT + step for step in range(RING))
    said = Opportunity(
        id="opp-000000",
        status="won",
        events=50,
        actions=2,
        name="A Company Ltd - a project",
        account="acc-uk-0000",
        product="quality suite",
        owner="rep-uk-00",
        lead_source="referral",
        timezone="Europe/London",
        sources=("/marketing", "/crm", "/mail", "/calendar"),
        stage="Negotiation",
        position=4,
        stage_moves=4,
        steps_back=1,
        stepped_back_from="Negotiation",
        quiet_moves=1,
        amount="10000.00",
        currency="EUR",
        amount_changes=1,
        amount_top="10000.00",
        close_date="2026-08-17",
        close_promised=True,
        pushes=3,
        pulls=1,
        pushed_ms=30 * DAY,
        push_times=instants[:3],
        push_from=instants[:3],
        planned_ms=30 * DAY,
        forecast_category="best_case",
        next_step="Send proposal",
        next_steps=9,
        contacts=20,
        last_contact_kind="email_received",
        last_contact_id="opp-000000-049",
        last_contact_by="rep-uk-00",
        longest_gap=DAY,
        contact_times=instants,
        event_times=instants,
        inbound=9,
        outbound=9,
        unanswered=1,
        calls=5,
        call_seconds=900,
        last_call_seconds=300,
        meetings_held=2,
        meetings_missed=1,
        proposals=1,
        replies_to_proposal=2,
        marketing_touches=2,
        people_listed=2,
        people=("con-uk-0000-1", "con-uk-0000-2"),
        people_left=1,
        hold_reason="budget",
        readiness="interested",
        rejected=("up-00000000000000000000",),
        lost_reason="price",
        no_decision=True,
        timeline=tuple(Moment(_AT, kind, "") for kind in sorted(BY_KIND)),
    )
    return replace(said, **dict.fromkeys(_INSTANTS, _AT))


def _watch() -> Watch:
    return Watch(
        origin=_AT,
        horizon_days=30,
        asked=30,
        settled=16,
        silences=(Promise(_AT, 25, 30),),
        promises=(Promise(_AT, 1, 30),),
        decided=True,
        revision=1,
        estimates={name: Estimate(0.123456789, _AT, f"{name}-20000") for name in _TARGETS},
        history=follow(b"", 1, 0.5, 0.5, 0.5, 0),
        reasons={rule: ReasonState(_AT, "warning", _AT, True, _AT, _AT, 1) for rule in _RULES},
        alert=AlertState(
            id="al-00000000000000000000",
            sequence=2,
            status="resolved",
            severity="warning",
            rule="silent",
            opened_at=_AT,
            at=_AT,
            acknowledged_by="rep-uk-00",
            assignee="rep-uk-00",
            ended_by="rep-uk-00",
        ),
        held={"silent": "the deal is on hold"},
        runs={play: _run() for play in _PLAYS},
        due=_AT,
    )


def _run() -> RunState:
    return RunState(
        version=1,
        started_at=_AT,
        holdout=True,
        status="failed",
        ends_at=_AT,
        alert="al-00000000000000000000",
        rule="silent",
        followed_at=_AT,
        done=1,
        seen=True,
        touched_at=_AT,
        reminded_at=_AT,
        woke=True,
        replied=True,
        calmed=True,
    )
