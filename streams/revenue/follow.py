"""Door: how a deal is conducted, event by event. `follow` is (conduct, what was seen) -> conduct.

Time is that at which something came on record, except where the deal's own past is told (when a stage was entered, how
long the buyer waited): that is the events' own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from streams.events import activity, deal, judgement, people
from streams.events.action import is_action
from streams.events.activity import is_contact, is_touch
from streams.events.envelope import Event, moment_of
from streams.revenue.company import NOBODY, Company
from streams.revenue.conduct import PEOPLE, STEPS, WEEK, WEEKS, Conduct, Person, Step, Tally
from streams.revenue.passing import opened, spent
from streams.revenue.practice import Milestone, Practice
from streams.revenue.seen import Seen
from streams.state.calendar import Calendar
from streams.state.dates import zone_of
from streams.state.opportunity import DAY, HOUR, Opportunity

#: A next step that nobody dated is good for so long.
STEP_VALID = 14 * DAY
#: Edits so shortly before a forecast call or a quarter's end are made for it.
BATCH = 48 * HOUR
_EDITS = frozenset((
    deal.StageChanged, deal.CloseDateChanged, deal.AmountChanged, deal.ForecastCategoryChanged, deal.NextStepChanged,
))  # fmt: skip
_JUDGEMENTS = frozenset((judgement.HoldSet, judgement.HoldCleared, judgement.ReadinessChanged))
_Changes = dict[str, Any]


def follow(conduct: Conduct | None, seen: Seen, company: Company, practice: Practice) -> Conduct | None:
    """Return how a deal is conducted after one event more; none while it is only a lead."""
    facts, event = seen.after, seen.event
    if facts.is_lead:
        return conduct
    is_new = conduct is None
    if conduct is None:
        conduct = Conduct(id=facts.id, at=seen.at, rep=facts.owner, born_at=facts.born_at)
    at, calendar = max(seen.at, conduct.at), _calendar(practice.country, company.timezone)
    tallies = opened(spent(conduct, at, company), facts.owner, at, company)
    tally = _counted(tallies[-1], seen, at, company, practice, calendar)
    changes: _Changes = {"at": at, "tallies": (*tallies[:-1], tally)}
    _talk(conduct, facts, practice, calendar, changes)
    if type(event) in _ACTIVITIES:
        _activity(conduct, seen, event, changes)
        if not is_new:  # nothing else of the record follows from what the two sides do
            return replace(conduct, **changes)
    _stand(facts, changes)
    if isinstance(event, deal.StageChanged | deal.Created):
        _step(conduct, seen, at, practice, changes)
    elif isinstance(event, people.ContactAdded):
        _listed(conduct, event, changes)
    return replace(conduct, **changes)


_ACTIVITIES = frozenset(activity.ACTIVITIES)


_calendar = lru_cache(maxsize=64)(Calendar)


def _talk(conduct: Conduct, facts: Opportunity, practice: Practice, calendar: Calendar, changes: _Changes) -> None:
    """Take over what follows from what the two sides do: who waits, what is planned, when they last had contact."""
    changes["waiting_since"], changes["born_at"] = facts.waiting_since, facts.born_at
    due = 0
    if facts.next_step:
        due = facts.next_step_due or (facts.next_step_at or 0) + STEP_VALID
    changes["step_until"] = max(due, facts.meeting_at or 0)
    if facts.quiet_since != conduct.quiet_since or not conduct.touch_until:
        changes["quiet_since"] = facts.quiet_since
        changes["touch_until"] = calendar.after_business_days(facts.quiet_since, practice.touch_days)


def _stand(facts: Opportunity, changes: _Changes) -> None:
    """Take over what else the record says now."""
    changes["name"], changes["account"], changes["rep"] = facts.name, facts.account, facts.owner
    changes["lead_source"], changes["status"], changes["no_decision"] = (
        facts.lead_source,
        facts.status,
        facts.no_decision,
    )
    changes["amount"], changes["currency"] = facts.amount, facts.currency
    changes["closed_at"] = facts.closed_at
    changes["held"], changes["held_until"] = facts.hold_since is not None, facts.hold_until
    changes["date_until"] = facts.close_due or 0
    changes["kept"] = None
    if facts.status == "won" and facts.close_promised and facts.close_due is not None:
        changes["kept"] = (facts.closed_at or 0) <= facts.close_due


def _counted(tally: Tally, seen: Seen, at: int, company: Company, practice: Practice, calendar: Calendar) -> Tally:
    """Count the event for the rep whose deal it is now."""
    before, after, event = seen.before, seen.after, seen.event
    changes: _Changes = {"events": tally.events + 1}
    edit = type(event) in _EDITS
    if event.origin == "human" and (edit or type(event) in _JUDGEMENTS or is_action(event)):
        owner = after.owner if before is None else before.owner
        if edit and event.actor in ("", owner):
            changes["edits"] = tally.edits + 1
            changes["batched"] = tally.batched + _is_batched(at, tally.ends, company, practice)
        elif event.actor and event.actor != owner and _leads(event.actor, owner, company, practice):
            changes["inspected"] = tally.inspected | 1 << (at - tally.begins) // WEEK
    if before is not None:
        if before.waiting_since is not None and after.waiting_since is None and is_touch(event):
            waited = calendar.business_hours(before.waiting_since, event.at)
            changes["answers"] = tally.answers + 1
            changes["quick"] = tally.quick + (waited <= practice.answer_hours)
        if after.pushes > before.pushes:
            changes["pushes"] = tally.pushes + after.pushes - before.pushes
    return replace(tally, **changes)


def _leads(actor: str, owner: str, company: Company, practice: Practice) -> bool:
    """Whether somebody who is not a deal's owner looks into it as its manager."""
    leaders = practice.managers.get(company.teams.get(owner, NOBODY))
    return actor not in company.teams if leaders is None else actor in leaders


def _is_batched(at: int, quarter_ends: int, company: Company, practice: Practice) -> bool:
    if quarter_ends - at <= BATCH:
        return True
    if practice.call_weekday is None:
        return False
    local = moment_of(at).astimezone(zone_of(company.timezone))
    hours = (practice.call_weekday - local.weekday()) % 7 * 24 + practice.call_hour - local.hour - local.minute / 60
    return hours % (7 * 24) <= BATCH / HOUR


def _step(conduct: Conduct, seen: Seen, at: int, practice: Practice, changes: _Changes) -> None:
    """Note a stage that was entered, at its place in time: one that comes late was still entered in between."""
    event = seen.event
    assert isinstance(event, deal.StageChanged | deal.Created)
    data = event.data
    if not data.stage:
        return
    lacks: tuple[Milestone, ...] = ()
    if seen.before is not None:
        lacks = tuple(each for each in practice.wanted(data.stage) if not _is_so(each, seen.before, event.at))
    step = Step(event.at, event.id, data.stage, data.position, seen.after.owner, at, lacks)
    changes["steps"] = tuple(sorted((*conduct.steps, step)))[:STEPS]


def _is_so(milestone: Milestone, facts: Opportunity, at: int) -> bool:
    match milestone:
        case "contact":
            return facts.last_contact_at is not None and facts.last_contact_at >= (facts.stage_entered_at or 0)
        case "amount":
            return facts.amount is not None
        case "close_date":
            return facts.close_due is not None and facts.close_promised
        case "next_step":
            planned = bool(facts.next_step) and (facts.next_step_due is None or facts.next_step_due >= at)
            return planned or (facts.meeting_at or 0) >= at
        case "people":
            return len(facts.people) > 1
        case "proposal":
            return facts.proposals > 0


def _listed(conduct: Conduct, event: people.ContactAdded, changes: _Changes) -> None:
    data = event.data
    known = {each.id: each for each in conduct.people}
    person = known.get(data.contact, Person(data.contact))
    known[data.contact] = replace(person, role=data.role or person.role, seniority=data.seniority or person.seniority)
    changes["people"] = _kept(known)


def _kept(known: dict[str, Person]) -> tuple[Person, ...]:
    """The people of a deal: those who took part last, where there are more than are kept."""
    latest = sorted(known.values(), key=lambda each: (-each.took_part_at, each.id))[:PEOPLE]
    return tuple(sorted(latest))


def _activity(conduct: Conduct, seen: Seen, event: Event, changes: _Changes) -> None:
    """Count who turned to whom."""
    before, after, at = seen.before, seen.after, event.at
    unanswered = 0 if before is None else before.unanswered
    contact = is_contact(event)
    if is_touch(event):
        changes["turned"], changes["touched_at"] = conduct.turned + 1, max(conduct.touched_at, at)
        weeks = dict(conduct.touches)
        weeks[at // WEEK] = weeks.get(at // WEEK, 0) + 1
        changes["touches"] = tuple(sorted(weeks.items()))[-WEEKS:]
    if isinstance(event, activity.OUTBOUND):
        changes["asked"] = conduct.asked + (not contact and not unanswered)
        if isinstance(event, activity.ProposalSent) and before is not None and not before.proposals:
            changes["discovered"] = conduct.discovered or before.meetings_held > 0
    if not contact:
        return
    changes["answered"] = conduct.answered + (unanswered > 0 and conduct.answered < conduct.asked)
    changes["initiated"] = conduct.initiated + (isinstance(event, activity.EmailReceived) and not unanswered)
    if isinstance(event, activity.MeetingHeld) and not after.is_open:
        changes["met_outside_at"] = max(conduct.met_outside_at, at)
    taking_part: tuple[str, ...] = event.data.contacts  # type: ignore[attr-defined]  # every contact has it
    if taking_part:
        known = {each.id: each for each in conduct.people}
        for name in taking_part:
            person = known.get(name, Person(name))
            known[name] = replace(person, took_part_at=max(person.took_part_at, at))
        changes["people"] = _kept(known)
