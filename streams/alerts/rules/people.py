"""Rules about who takes part: one person on the buyer's side, a new owner on ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import CLEARS_AT, Parameters, parameter
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, day
from streams.labels.outcome import INACTIVITY, WIN
from streams.state.opportunity import DAY


class SingleThreaded(Parameters, frozen=True, kw_only=True, gc=False):
    """From when on one person is too few."""

    min_amount: Annotated[
        float, parameter("money", "smaller deals may have one contact", "Customer City: 50,000", ge=0, le=1e15)
    ] = 50_000.0
    min_contacts: Annotated[int, parameter("contacts", "before it is judged", "judged", ge=1, le=100)] = 5
    min_days: Annotated[float, parameter("days", "age of the deal before it is judged", "judged", ge=0, le=365)] = 30.0


class UntouchedByOwner(Parameters, frozen=True, kw_only=True, gc=False):
    """How soon a new owner is to turn to the buyer."""

    days: Annotated[int, parameter("business days", "since the change", "HubSpot", ge=1, le=90)] = 5


def single_threaded(view: View) -> Verdict:
    """One person of the buyer takes part in a deal that is too large for one."""
    facts = view.facts
    if len(facts.people) != 1 or facts.amount is None:
        return NOTHING
    settings = view.settings_of(SingleThreaded)
    if facts.contacts < settings.min_contacts:
        return NOTHING
    is_open = view.told("single_threaded") is not None
    least = settings.min_amount * (CLEARS_AT if is_open else 1.0)
    if float(facts.amount) < least:
        return NOTHING
    begins = facts.born_at + int(settings.min_days * DAY)
    if view.now < begins:
        return Verdict(look_at=begins)
    since = facts.people_at or facts.first_contact_at or facts.born_at
    return Verdict(Finding(since, "warning" if facts.proposals else "info"))


def untouched_by_owner(view: View) -> Verdict:
    """The deal was given to another owner, who has not turned to the buyer yet."""
    facts = view.facts
    if facts.untouched_since is None or view.resting:
        return NOTHING
    since = max(facts.untouched_since, view.held_until)
    due = view.calendar.after_business_days(since, view.settings_of(UntouchedByOwner).days)
    if view.now < due:
        return Verdict(look_at=due)
    return Verdict(Finding(since, "warning", view.untrusted))


def _say_single_threaded(view: View, _finding: Finding) -> Words:
    """Who it is, and how much hangs on them."""
    facts = view.facts
    left = f"; {count(facts.people_left, 'other')} left" if facts.people_left else ""
    amount = f"{Decimal(facts.amount or 0):,f} {facts.currency}".strip()
    return f"One contact for {amount}", (
        Driver(f"{count(facts.contacts, 'contact')}, all with {facts.people[0]}{left}"),
        last_contact(view),
    )


def _say_untouched_by_owner(view: View, finding: Finding) -> Words:
    """Who has it, since when."""
    waited = count(view.business_days_since(finding.episode), "business day")
    return f"New owner, and no touch for {waited}", (
        Driver(f"given to {view.facts.owner} {day(view.facts.untouched_since or finding.episode)}, no touch since"),
        last_contact(view),
    )


SINGLE_THREADED = Rule(
    name="single_threaded",
    meaning="One person of the buyer takes part in a deal that is too large to hang on one.",
    looks_at=("people of the buyer who took part", "the amount", "contacts", "proposals"),
    parameters=SingleThreaded,
    severities={"info": "before a proposal", "warning": "a proposal is out, and one person decides"},
    target=WIN,
    check=single_threaded,
    say=_say_single_threaded,
    begins=Begins("min_amount"),
    example="One contact for 60,000 EUR",
    clears_when="a second person takes part, or the amount falls clearly below the threshold",
    resolved="another person took part or the amount fell",
    needs="people",
)
UNTOUCHED_BY_OWNER = Rule(
    name="untouched_by_owner",
    meaning="The deal was given to another owner, who has not written, called or met the buyer yet.",
    looks_at=("changes of the owner", "mails, calls and meetings of the owner", "business days", "holds"),
    parameters=UntouchedByOwner,
    severities={"warning": "nobody looks after the buyer"},
    target=INACTIVITY,
    check=untouched_by_owner,
    say=_say_untouched_by_owner,
    begins=Begins("days"),
    example="New owner, and no touch for 5 business days",
    clears_when="the owner writes, calls, meets the buyer or plans a meeting",
    resolved="the owner turned to the buyer",
    paused_by=("hold", "meeting"),
    needs="untouched_since",
)
