"""What each event changes, given that all earlier ones were applied: one small function an event, table at the foot.

These functions may depend on order; `fold` sees to it that they are always called in the order of event time.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from streams.events import activity, deal, judgement, people
from streams.events.action import is_action
from streams.events.activity import is_contact, is_touch
from streams.events.envelope import Event, kind_of, millis
from streams.state.dates import day_end, day_start
from streams.state.opportunity import FALLING, MOMENTS, PEOPLE, RING, Moment, Opportunity

#: Field changes of an `Opportunity`, by name.
Changes = dict[str, Any]


def apply(facts: Opportunity, event: Event, timezone: str) -> Opportunity:
    """Return the facts after one event; `timezone` is the tenant's, for deals that name none."""
    if is_action(event):
        return replace(facts, events=facts.events + 1, actions=facts.actions + 1)
    if isinstance(event, judgement.UpdateRejected):
        rejected = (*facts.rejected, event.data.update)[-RING:]
        return replace(facts, events=facts.events + 1, actions=facts.actions + 1, rejected=rejected)
    at = event.at
    changes: Changes = {
        "events": facts.events + 1,
        "event_times": (*facts.event_times, at)[-RING:],
        "last_event_at": at,
    }
    if not facts.own_events:
        changes["first_event_at"] = at
    handler = _HANDLERS.get(type(event))
    if handler is None:
        _activity(facts, event, at, changes)
    else:
        handler(facts, event, at, changes, facts.timezone or timezone)
    changes["timeline"] = (*facts.timeline, Moment(at, kind_of(type(event)), changes.pop("~detail", "")))[-MOMENTS:]
    return replace(facts, **changes)


def _activity(facts: Opportunity, event: Event, at: int, changes: Changes) -> None:
    if event.source not in facts.sources and len(facts.sources) < RING:
        changes["sources"] = (*facts.sources, event.source)
    handler = _ACTIVITIES.get(type(event))
    if handler is not None:
        handler(facts, event, at, changes)
    if (facts.waiting_since is not None or facts.untouched_since is not None) and is_touch(event):
        changes["waiting_since"] = None
        if event.actor in ("", facts.owner):
            changes["untouched_since"] = None
    if is_contact(event):
        _contact(facts, event, at, changes)
    elif isinstance(event, activity.OUTBOUND):
        changes["outbound"] = facts.outbound + 1
        changes["last_outbound_at"] = at
        changes["unanswered"] = facts.unanswered + 1


def _contact(facts: Opportunity, event: Any, at: int, changes: Changes) -> None:
    changes["contacts"] = facts.contacts + 1
    changes["contact_times"] = (*facts.contact_times, at)[-RING:]
    changes["last_contact_at"] = at
    changes["last_contact_kind"] = event.kind
    changes["last_contact_id"] = event.id
    if event.actor and event.side != "buyer":
        changes["last_contact_by"] = event.actor
    changes["unanswered"] = 0
    if facts.last_contact_at is None:
        changes["first_contact_at"] = at
    else:
        changes["longest_gap"] = max(facts.longest_gap, at - facts.last_contact_at)
    if facts.quiet_moves:
        changes["quiet_moves"] = 0
    if facts.proposal_open_at is not None:
        changes["proposal_open_at"] = None
    fresh = tuple(each for each in event.data.contacts if each not in facts.people)
    if fresh and len(facts.people) < PEOPLE:
        changes["people"], changes["people_at"] = (*facts.people, *dict.fromkeys(fresh))[:PEOPLE], at


def _message(facts: Opportunity, event: Event, at: int, changes: Changes) -> None:
    # An answer to us may be where an exchange ends; who writes without having been asked, or once more, waits for one.
    if facts.waiting_since is None and not facts.unanswered and is_contact(event):
        changes["waiting_since"] = at
    _inbound(facts, event, at, changes)


def _inbound(facts: Opportunity, event: Event, at: int, changes: Changes) -> None:
    if not is_contact(event):
        return  # a machine's answer, or a mailing
    changes["inbound"] = facts.inbound + 1
    changes["last_inbound_at"] = at
    if facts.proposals:
        changes["replies_to_proposal"] = facts.replies_to_proposal + 1


def _signed(facts: Opportunity, event: Event, at: int, changes: Changes) -> None:
    changes["signed_at"] = at
    _inbound(facts, event, at, changes)


def _call(facts: Opportunity, event: activity.CallLogged, _at: int, changes: Changes) -> None:
    changes["calls"] = facts.calls + 1
    changes["call_seconds"] = facts.call_seconds + event.data.duration_seconds
    changes["last_call_seconds"] = event.data.duration_seconds
    if event.data.connected:
        _made_good(facts, changes)


def _meeting_planned(facts: Opportunity, event: activity.MeetingScheduled, _at: int, changes: Changes) -> None:
    if event.data.starts is not None:
        changes["meeting_at"] = millis(event.data.starts)
    _made_good(facts, changes)


def _meeting_held(facts: Opportunity, _event: Event, _at: int, changes: Changes) -> None:
    changes["meetings_held"] = facts.meetings_held + 1
    _made_good(facts, changes)


def _made_good(facts: Opportunity, changes: Changes) -> None:
    """Forget a meeting that fell through: another one took its place, or a talk did."""
    if facts.meeting_lost_at is not None:
        changes["meeting_lost_at"] = None


def _meeting_missed(facts: Opportunity, _event: Event, at: int, changes: Changes) -> None:
    changes["meetings_missed"] = facts.meetings_missed + 1
    if facts.meeting_at is not None:
        changes["meeting_at"], changes["meeting_off_at"] = None, at
        if facts.meeting_lost_at is None:
            changes["meeting_lost_at"] = at


def _proposal(facts: Opportunity, _event: Event, at: int, changes: Changes) -> None:
    changes["proposals"] = facts.proposals + 1
    changes["last_proposal_at"] = at
    if facts.proposal_open_at is None:
        changes["proposal_open_at"] = at


def _marketing(facts: Opportunity, event: activity.MarketingTouched, _at: int, changes: Changes) -> None:
    changes["marketing_touches"] = facts.marketing_touches + 1
    changes["~detail"] = event.data.channel


def _created(facts: Opportunity, event: deal.Created, at: int, changes: Changes, timezone: str) -> None:
    data = event.data
    changes["created_at"] = at
    for name in ("name", "owner", "account", "product", "lead_source", "timezone"):
        if value := getattr(data, name):
            changes[name] = value
    if data.amount is not None:
        changes["amount"], changes["amount_top"], changes["amount_fell_at"] = data.amount, None, None
    if data.currency is not None:
        changes["currency"] = data.currency
    if data.stage:
        changes["stage"], changes["position"] = data.stage, data.position
        changes["stage_entered_at"] = at
    if data.close_at is not None or data.close_date is not None:
        changes["close_date"], changes["close_due"] = _close(data, data.timezone or timezone)
        changes["close_promised"] = event.origin != "default"
        _promised(facts, at, changes)


def _promised(facts: Opportunity, at: int, changes: Changes) -> None:
    """Note how long the deal is to take, where that is promised for the first time."""
    due = changes["close_due"]
    if facts.planned_ms is None and due is not None and changes["close_promised"]:
        changes["planned_ms"] = max(due - at, 0)


def _stage(facts: Opportunity, event: deal.StageChanged, at: int, changes: Changes, _timezone: str) -> None:
    data = event.data
    if data.stage == facts.stage:
        return
    changes["stage"], changes["position"], changes["stage_entered_at"] = data.stage, data.position, at
    changes["stage_moves"] = facts.stage_moves + 1
    changes["~detail"] = data.stage
    if data.position is None or facts.position is None or data.position == facts.position:
        return
    if data.position > facts.position:
        changes["quiet_moves"] = facts.quiet_moves + 1
        changes["stepped_back_at"], changes["stepped_back_from"] = None, ""
    else:
        changes["steps_back"], changes["quiet_moves"] = facts.steps_back + 1, 0
        if facts.stepped_back_at is None:
            changes["stepped_back_at"], changes["stepped_back_from"] = at, facts.stage


def _close(data: deal.CreatedData | deal.CloseDateData, timezone: str) -> tuple[str, int | None]:
    if data.close_at is not None:
        return data.close_at.isoformat(), millis(data.close_at)
    if data.close_date is not None:
        return data.close_date.isoformat(), day_end(data.close_date, timezone)
    return "", None


def _close_date(facts: Opportunity, event: deal.CloseDateChanged, at: int, changes: Changes, timezone: str) -> None:
    text, due = _close(event.data, timezone)
    changes["close_date"], changes["close_due"], changes["~detail"] = text, due, text
    changes["close_promised"] = due is not None and event.origin != "default"
    _promised(facts, at, changes)
    # A default that a CRM fills in is nobody's promise: neither setting it nor moving it away is a push.
    if due is None or facts.close_due is None or not facts.close_promised or event.origin == "default":
        return
    if due > facts.close_due:
        changes["pushes"] = facts.pushes + 1
        changes["pushed_ms"] = facts.pushed_ms + due - facts.close_due
        changes["push_times"] = (*facts.push_times, at)[-RING:]
        changes["push_from"] = (*facts.push_from, facts.close_due)[-RING:]
    elif due < facts.close_due:
        changes["pulls"] = facts.pulls + 1


def _amount(facts: Opportunity, event: deal.AmountChanged, at: int, changes: Changes, _timezone: str) -> None:
    amount, currency = event.data.amount, event.data.currency
    changes["amount"] = amount
    if currency is not None:
        changes["currency"] = currency
    other_money = currency is not None and facts.currency not in ("", currency)
    if amount is None or facts.amount is None or other_money:
        changes["amount_top"], changes["amount_fell_at"] = None, None
    elif Decimal(amount) < Decimal(facts.amount):
        if facts.amount_fell_at is None or at - facts.amount_fell_at > FALLING:
            changes["amount_top"] = facts.amount
        changes["amount_fell_at"] = at
    elif facts.amount_top is not None and Decimal(amount) >= Decimal(facts.amount_top):
        changes["amount_top"], changes["amount_fell_at"] = None, None
    changes["amount_changes"] = facts.amount_changes + 1
    changes["~detail"] = event.data.amount or ""


def _category(facts: Opportunity, event: deal.ForecastCategoryChanged, at: int, changes: Changes, _tz: str) -> None:
    changes["forecast_category"] = changes["~detail"] = event.data.category
    if event.data.category != facts.forecast_category:
        changes["forecast_at"] = at


def _next_step(facts: Opportunity, event: deal.NextStepChanged, at: int, changes: Changes, _timezone: str) -> None:
    data = event.data
    changes["next_step"], changes["next_step_at"] = data.text, at
    changes["next_step_due"] = None if data.due is None else millis(data.due)
    changes["~detail"] = data.text
    if data.text:
        changes["next_steps"] = facts.next_steps + 1


def _owner(facts: Opportunity, event: deal.OwnerChanged, at: int, changes: Changes, _timezone: str) -> None:
    changes["owner"] = changes["~detail"] = event.data.owner
    if facts.owner and event.data.owner != facts.owner:
        changes["untouched_since"] = at


def _won(facts: Opportunity, event: deal.Won, at: int, changes: Changes, _timezone: str) -> None:
    if facts.status != "open":
        return  # the first end counts until somebody reopens the deal
    changes["status"], changes["closed_at"] = "won", at
    if event.data.amount is not None:
        changes["amount"] = event.data.amount
    if event.data.currency is not None:
        changes["currency"] = event.data.currency


def _lost(facts: Opportunity, event: deal.Lost, at: int, changes: Changes, _timezone: str) -> None:
    if facts.status != "open":
        return
    changes["status"], changes["closed_at"] = "lost", at
    changes["lost_reason"] = changes["~detail"] = event.data.reason
    changes["no_decision"] = event.data.no_decision


def _reopened(facts: Opportunity, _event: Event, _at: int, changes: Changes, _timezone: str) -> None:
    if facts.status == "open":
        return
    changes["status"], changes["closed_at"], changes["signed_at"] = "open", None, None
    changes["lost_reason"], changes["no_decision"] = "", False


def _merged(facts: Opportunity, event: deal.MergedInto, at: int, changes: Changes, _timezone: str) -> None:
    changes["~detail"] = event.data.opportunity
    if facts.status not in ("deleted", "merged"):  # one that had closed has no outcome any more, either
        changes["status"], changes["closed_at"] = "merged", at if facts.closed_at is None else facts.closed_at


def _split(_facts: Opportunity, event: deal.Split, _at: int, changes: Changes, _timezone: str) -> None:
    changes["~detail"] = event.data.opportunity


def _deleted(facts: Opportunity, _event: Event, at: int, changes: Changes, _timezone: str) -> None:
    if facts.status != "deleted":
        changes["status"], changes["deleted_from"] = "deleted", facts.status
        changes["closed_at"] = facts.closed_at or at


def _restored(facts: Opportunity, _event: Event, _at: int, changes: Changes, _timezone: str) -> None:
    if facts.status == "deleted":
        changes["status"], changes["deleted_from"] = facts.deleted_from, "open"
        if facts.deleted_from == "open":
            changes["closed_at"] = None


def _person_added(facts: Opportunity, event: people.ContactAdded, _at: int, changes: Changes, _timezone: str) -> None:
    changes["people_listed"] = facts.people_listed + 1
    changes["~detail"] = event.data.role


def _person_gone(facts: Opportunity, event: people.ContactLeft, at: int, changes: Changes, _timezone: str) -> None:
    if event.data.contact in facts.people:
        changes["people"] = tuple(each for each in facts.people if each != event.data.contact)
        changes["people_at"] = at
    changes["people_left"] = facts.people_left + 1
    changes["people_listed"] = max(facts.people_listed - 1, 0)
    changes["~detail"] = event.data.role


def _hold_set(_facts: Opportunity, event: judgement.HoldSet, at: int, changes: Changes, timezone: str) -> None:
    data = event.data
    changes["hold_reason"], changes["hold_since"], changes["~detail"] = data.reason, at, data.reason
    changes["hold_until"] = None if data.resume_date is None else day_start(data.resume_date, timezone)


def _hold_cleared(facts: Opportunity, _event: Event, at: int, changes: Changes, _timezone: str) -> None:
    if facts.hold_since is not None:
        changes["hold_ended_at"] = at if facts.hold_until is None else min(at, facts.hold_until)
    changes["hold_reason"], changes["hold_since"], changes["hold_until"] = "", None, None


def _readiness(_facts: Opportunity, event: judgement.ReadinessChanged, _at: int, changes: Changes, _tz: str) -> None:
    changes["readiness"] = changes["~detail"] = event.data.readiness


_ACTIVITIES: dict[type[Event], Callable[[Opportunity, Any, int, Changes], None]] = {
    activity.EmailReceived: _message,
    activity.ProposalSigned: _signed,
    activity.CallLogged: _call,
    activity.MeetingScheduled: _meeting_planned,
    activity.MeetingRescheduled: _meeting_planned,
    activity.MeetingHeld: _meeting_held,
    activity.MeetingCancelled: _meeting_missed,
    activity.MeetingNoShow: _meeting_missed,
    activity.ProposalSent: _proposal,
    activity.MarketingTouched: _marketing,
}

_HANDLERS: dict[type[Event], Callable[[Opportunity, Any, int, Changes, str], None]] = {
    deal.Created: _created,
    deal.StageChanged: _stage,
    deal.CloseDateChanged: _close_date,
    deal.AmountChanged: _amount,
    deal.ForecastCategoryChanged: _category,
    deal.NextStepChanged: _next_step,
    deal.OwnerChanged: _owner,
    deal.Won: _won,
    deal.Lost: _lost,
    deal.Reopened: _reopened,
    deal.MergedInto: _merged,
    deal.Split: _split,
    deal.Deleted: _deleted,
    deal.Restored: _restored,
    people.ContactAdded: _person_added,
    people.ContactRemoved: _person_gone,
    people.ContactLeft: _person_gone,
    judgement.HoldSet: _hold_set,
    judgement.HoldCleared: _hold_cleared,
    judgement.ReadinessChanged: _readiness,
}
