"""Rules about somebody who owes an answer: the buyer after a proposal, we after a message, both of a lost meeting."""

from __future__ import annotations

from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, day
from streams.labels.outcome import INACTIVITY, SILENCE
from streams.state.calendar import CLOSES, OPENS
from streams.state.opportunity import DAY


class WaitingForUs(Parameters, frozen=True, kw_only=True, gc=False):
    """How long a buyer may wait."""

    hours: Annotated[
        float, parameter("business hours", "without an answer: info", "zudo: 8 business hours", gt=0, le=400)
    ] = 8.0
    warning_hours: Annotated[
        float, parameter("business hours", "without an answer: warning", "three working days", gt=0, le=800)
    ] = 24.0

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_hours < self.hours:
            raise ValueError("warning_hours must not be less than hours")


class DarkAfterProposal(Parameters, frozen=True, kw_only=True, gc=False):
    """How long a buyer may think about a proposal."""

    days: Annotated[
        int, parameter("business days", "without a word: warning", "Customer City: 5 in a late stage", ge=1, le=90)
    ] = 5
    critical_days: Annotated[
        int, parameter("business days", "without a word: critical", "Customer City: 10", ge=1, le=180)
    ] = 10

    def __post_init__(self) -> None:
        """Refuse what would be critical before it is a warning."""
        if self.critical_days < self.days:
            raise ValueError("critical_days must not be less than days")


class MeetingNotRebooked(Parameters, frozen=True, kw_only=True, gc=False):
    """How soon a lost meeting is to be made good."""

    days: Annotated[int, parameter("business days", "without a new date", "judged", ge=1, le=60)] = 2
    window_days: Annotated[float, parameter("days", "after which it is no news", "Zoho: in 30 days", ge=7, le=365)] = (
        30.0
    )


def waiting_for_us(view: View) -> Verdict:
    """The buyer wrote without having been asked, or once more, and nobody has turned to them since."""
    facts = view.facts
    if facts.waiting_since is None or view.resting:
        return NOTHING
    settings, since = view.settings_of(WaitingForUs), max(facts.waiting_since, view.held_until)
    due = view.calendar.after_business_hours(since, settings.hours)
    if view.now < due:
        return Verdict(look_at=due)
    worse = view.calendar.after_business_hours(since, settings.warning_hours)
    if view.now < worse:
        return Verdict(Finding(since, "info", view.untrusted), worse)
    return Verdict(Finding(since, "warning", view.untrusted))


def dark_after_proposal(view: View) -> Verdict:
    """Nothing was heard of the buyer since a proposal was sent."""
    facts = view.facts
    if facts.proposal_open_at is None or view.resting:
        return NOTHING
    settings, since = view.settings_of(DarkAfterProposal), max(facts.proposal_open_at, view.silent_since)
    due = view.calendar.after_business_days(since, settings.days)
    if view.now < due:
        return Verdict(look_at=due)
    worse = view.calendar.after_business_days(since, settings.critical_days)
    if view.now < worse:
        return Verdict(Finding(since, "warning", view.untrusted), worse)
    return Verdict(Finding(since, "critical", view.untrusted))


def meeting_not_rebooked(view: View) -> Verdict:
    """A planned meeting fell through, and there is no new date."""
    facts = view.facts
    if facts.meeting_lost_at is None or view.resting:
        return NOTHING
    settings, since = view.settings_of(MeetingNotRebooked), max(facts.meeting_lost_at, view.held_until)
    over = since + int(settings.window_days * DAY)
    if view.now >= over:
        return NOTHING
    due = view.calendar.after_business_days(since, settings.days)
    if view.now < due:
        return Verdict(look_at=due)
    return Verdict(Finding(since, "warning", view.untrusted), over)


def _say_waiting_for_us(view: View, finding: Finding) -> Words:
    """For how long the buyer has waited, and since which message."""
    waited = round(view.calendar.business_hours(finding.episode, view.now))
    return f"The buyer waits for an answer for {count(waited, 'business hour')}", (
        Driver(f"written {day(view.facts.waiting_since or finding.episode)}, and nobody has turned to them since"),
        last_contact(view),
    )


def _say_dark_after_proposal(view: View, finding: Finding) -> Words:
    """For how long, and what was sent."""
    facts, waited = view.facts, view.business_days_since(finding.episode)
    sent = day(facts.proposal_open_at or finding.episode)
    return f"Gone dark after the proposal, for {count(waited, 'business day')}", (
        Driver(f"proposal sent {sent}, nothing heard since; {count(facts.unanswered, 'message')} of ours unanswered"),
        last_contact(view),
    )


def _say_meeting_not_rebooked(view: View, finding: Finding) -> Words:
    """Since when there is no date, and how many meetings fell through."""
    waited = view.business_days_since(finding.episode)
    return f"Meeting fell through {count(waited, 'business day')} ago, no new date", (
        Driver(f"called off or missed {day(finding.episode)}; {count(view.facts.meetings_missed, 'meeting')} so far"),
        last_contact(view),
    )


WAITING_FOR_US = Rule(
    name="waiting_for_us",
    meaning="The buyer wrote without having been asked, or once more, and nobody turned to them since.",
    looks_at=(
        "the buyer's messages",
        "our mails, calls and meetings",
        f"hours of work ({OPENS} to {CLOSES})",
        "holds",
    ),
    parameters=WaitingForUs,
    severities={
        "info": "a working day without an answer",
        "warning": "three working days: it is neglected",
    },
    target=INACTIVITY,
    check=waiting_for_us,
    say=_say_waiting_for_us,
    begins=Begins("hours", "warning_hours"),
    example="The buyer waits for an answer for 8 business hours",
    clears_when="somebody answers, calls, meets the buyer or plans a meeting",
    resolved="somebody turned to the buyer",
    paused_by=("hold", "meeting"),
    needs="waiting_since",
)
DARK_AFTER_PROPOSAL = Rule(
    name="dark_after_proposal",
    meaning="Nothing was heard of the buyer since a proposal was sent.",
    looks_at=("proposals", "the last contact", "business days", "holds", "planned meetings", "the feed"),
    parameters=DarkAfterProposal,
    severities={"warning": "a working week without a word", "critical": "two working weeks: the proposal is dying"},
    target=SILENCE,
    check=dark_after_proposal,
    say=_say_dark_after_proposal,
    begins=Begins("days", "critical_days"),
    example="Gone dark after the proposal, for 5 business days",
    clears_when="the buyer makes contact, or opens the proposal",
    resolved="the buyer made contact",
    paused_by=("hold", "meeting"),
    needs="proposal_open_at",
)
MEETING_NOT_REBOOKED = Rule(
    name="meeting_not_rebooked",
    meaning="A planned meeting was called off or missed, and there is no new date.",
    looks_at=("planned, held and lost meetings", "calls", "business days", "holds"),
    parameters=MeetingNotRebooked,
    severities={"warning": "the buyer has no appointment any more"},
    target=SILENCE,
    check=meeting_not_rebooked,
    say=_say_meeting_not_rebooked,
    begins=Begins("days"),
    example="Meeting fell through 2 business days ago, no new date",
    clears_when="a meeting is planned or held, a call is taken, or a month has passed",
    resolved="a new meeting was planned, somebody talked, or it is no news any more",
    paused_by=("hold", "meeting"),
    needs="meeting_lost_at",
)
