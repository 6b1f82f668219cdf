"""Rules about a deal that is badly kept: nothing is planned."""

from __future__ import annotations

from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count
from streams.labels.outcome import INACTIVITY
from streams.state.opportunity import DAY


class NoNextStep(Parameters, frozen=True, kw_only=True, gc=False):
    """For how long nothing may be planned."""

    days: Annotated[
        int, parameter("business days", "without a plan: info", "portalpilot: within 14 days", ge=1, le=90)
    ] = 5
    warning_days: Annotated[
        int, parameter("business days", "without a plan: warning", "longer than most gaps last", ge=1, le=180)
    ] = 10
    valid_days: Annotated[
        float, parameter("days", "a step without a date counts for so long", "judged", gt=0, le=365)
    ] = 14.0

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_days < self.days:
            raise ValueError("warning_days must not be less than days")


def no_next_step(view: View) -> Verdict:
    """Nothing is planned with the buyer."""
    facts = view.facts
    if view.resting:
        return NOTHING
    settings = view.settings_of(NoNextStep)
    since = max(facts.born_at, view.held_until, facts.meeting_at or 0, facts.meeting_off_at or 0)
    if facts.next_step_at is not None:
        valid_until = facts.next_step_due or facts.next_step_at + int(settings.valid_days * DAY)
        since = max(since, valid_until if facts.next_step else facts.next_step_at)
    if view.now - since < settings.days * DAY:
        return NOTHING
    waited = view.business_days_since(since)
    if waited < settings.days:
        return NOTHING
    return Verdict(Finding(since, "warning" if waited >= settings.warning_days else "info"))


def _say_no_next_step(view: View, finding: Finding) -> Words:
    """For how long nothing has been planned."""
    waited = count(view.business_days_since(finding.episode), "business day")
    return f"No next step for {waited}", (Driver(f"nothing planned for {waited}"), last_contact(view))


NO_NEXT_STEP = Rule(
    name="no_next_step",
    meaning="Nothing is planned with the buyer: no meeting, no step that is still due.",
    looks_at=("next steps", "meetings", "business days", "holds"),
    parameters=NoNextStep,
    severities={"info": "a working week without a plan", "warning": "two working weeks"},
    target=INACTIVITY,
    check=no_next_step,
    say=_say_no_next_step,
    begins=Begins("days", "warning_days"),
    example="No next step for 5 business days",
    clears_when="a step or meeting is planned",
    resolved="a next step was planned",
    paused_by=("hold",),
)
