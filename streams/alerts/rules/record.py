"""Rules about the record of a deal: what it lacks, and where it says less than what was done."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.propose import RecordBehind, overdue_updates
from streams.alerts.update import Update
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count
from streams.labels.outcome import INACTIVITY
from streams.state.opportunity import Opportunity


def _wanted(meaning: str) -> Meta:
    return Meta(description=meaning, extra={"unit": "yes or no", "origin": "judged"})


class Incomplete(Parameters, frozen=True, kw_only=True, gc=False):
    """What a deal is to have, and how soon."""

    days: Annotated[
        int, parameter("business days", "of age before something is missed", "judged: a working week", ge=1, le=180)
    ] = 5
    amount: Annotated[bool, _wanted("whether an amount is missed")] = True
    close_date: Annotated[bool, _wanted("whether a close date is missed")] = True
    contacts: Annotated[bool, _wanted("whether people of the buyer are missed")] = True


def missing(facts: Opportunity, settings: Incomplete) -> tuple[str, ...]:
    """Name what a deal has not and should have: amount, close date, contacts."""
    lacks = []
    if settings.amount and facts.amount is None:
        lacks.append("amount")
    if settings.close_date and facts.close_due is None:
        lacks.append("close date")
    if settings.contacts and not facts.people and not facts.people_listed:
        lacks.append("contacts")
    return tuple(lacks)


def incomplete(view: View) -> Verdict:
    """The record lacks what every forecast, plan and call needs."""
    settings, facts = view.settings_of(Incomplete), view.facts
    if not missing(facts, settings) or view.resting:
        return NOTHING
    since = max(facts.born_at, view.held_until)
    due = view.calendar.after_business_days(since, settings.days)
    if view.now < due:
        return Verdict(look_at=due)
    return Verdict(Finding(since, "info"))


def record_behind(view: View) -> Verdict:
    """Something was done that the record does not say."""
    facts = view.facts
    if facts.last_proposal_at is None and facts.signed_at is None:
        return NOTHING
    update = _overdue(view)
    if update is None:
        return NOTHING
    due = view.calendar.after_business_days(update.since, view.settings_of(RecordBehind).days)
    if view.now < due:
        return Verdict(look_at=due)
    return Verdict(Finding(update.since, "info"))


def _overdue(view: View) -> Update | None:
    return next((each for each in overdue_updates(view) if each.id not in view.facts.rejected), None)


_SAYS = {
    "amount": "no amount: it counts for nothing in any forecast",
    "close date": "no close date: nobody can say whether it slips",
    "contacts": "nobody of the buyer is on record, or took part",
}


def _say_incomplete(view: View, _finding: Finding) -> Words:
    """What is missing, and what for it would be."""
    lacks = missing(view.facts, view.settings_of(Incomplete))
    words = f"{', '.join(lacks[:-1])} and {lacks[-1]}" if len(lacks) > 1 else lacks[0]
    return f"No {words}", (*(Driver(_SAYS[each]) for each in lacks), last_contact(view))


def _say_record_behind(view: View, finding: Finding) -> Words:
    """The question, and what speaks for it."""
    update = _overdue(view)
    assert update is not None  # the finding is about it
    waited = count(view.business_days_since(finding.episode), "business day")
    return update.title, (*(Driver(each) for each in update.evidence), Driver(f"the record is {waited} behind"))


INCOMPLETE = Rule(
    name="incomplete",
    meaning="The record lacks an amount, a close date, or anybody of the buyer.",
    looks_at=("the amount", "the close date", "people of the buyer", "business days", "holds"),
    parameters=Incomplete,
    severities={"info": "a working week after its birth"},
    target=INACTIVITY,
    check=incomplete,
    say=_say_incomplete,
    begins=Begins("days"),
    example="No close date and contacts",
    clears_when="what is missing is put on record",
    resolved="the record was completed",
    paused_by=("hold", "meeting"),
)
RECORD_BEHIND = Rule(
    name="record_behind",
    meaning="What was done with the buyer says more than the record: an update is proposed, to accept or reject.",
    looks_at=("proposals", "signatures", "the stage", "meetings", "business days", "updates that were rejected"),
    parameters=RecordBehind,
    severities={"info": "one answer is enough"},
    target=INACTIVITY,
    check=record_behind,
    say=_say_record_behind,
    begins=Begins("days"),
    example="Move to Proposal?",
    clears_when="the update is accepted or rejected, or the record says it",
    resolved="the record says it, or the update was rejected",
)
