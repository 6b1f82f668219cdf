"""Rules about the sales stage: too long in it, moved back, moved on while the buyer was silent."""

from __future__ import annotations

from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.usual import usual_stay
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, day, days
from streams.labels.outcome import INACTIVITY, SLIPPAGE
from streams.state.opportunity import DAY
from streams.state.watch import Severity


class StuckInStage(Parameters, frozen=True, kw_only=True, gc=False):
    """When a stay in a stage is too long."""

    factor: Annotated[float, parameter("times", "of the median stay: info", "Dynamics 365", gt=1, le=20)] = 2.0
    warning_factor: Annotated[
        float, parameter("times", "of the median stay: warning", "InsightSquared: 3 x is at risk", gt=1, le=50)
    ] = 3.0
    min_days: Annotated[float, parameter("days", "never sooner", "judged", ge=0, le=180)] = 7.0

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_factor < self.factor:
            raise ValueError("warning_factor must not be less than factor")


class StageMovedBack(Parameters, frozen=True, kw_only=True, gc=False):
    """For how long a step back is news."""

    window_days: Annotated[float, parameter("days", "after which it is no news", "judged", ge=1, le=180)] = 14.0
    warning_steps: Annotated[int, parameter("steps back", "of the deal so far: warning", "judged", ge=1, le=20)] = 2


class AheadOfBuyer(Parameters, frozen=True, kw_only=True, gc=False):
    """When a deal's stage runs ahead of its buyer."""

    moves: Annotated[int, parameter("moves", "forward since the last contact", "judged", ge=1, le=10)] = 2
    warning_moves: Annotated[int, parameter("moves", "forward since: warning", "judged", ge=1, le=10)] = 3
    silent_days: Annotated[
        int, parameter("business days", "of silence before one move says as much", "InsightSquared: 10", ge=1, le=90)
    ] = 10

    def __post_init__(self) -> None:
        """Refuse what would be a warning before it is an info."""
        if self.warning_moves < self.moves:
            raise ValueError("warning_moves must not be less than moves")


def stuck_in_stage(view: View) -> Verdict:
    """The deal has been in its stage for far longer than deals stay there."""
    facts = view.facts
    if facts.stage_entered_at is None or facts.on_hold(view.now):
        return NOTHING
    settings = view.settings_of(StuckInStage)
    usual = usual_stay(view).days
    limit = max(settings.min_days, settings.factor * usual)
    since = max(facts.stage_entered_at, view.held_until)
    stay = view.days_since(since)
    if stay < limit:
        return Verdict(look_at=since + int(limit * DAY) + 1)
    return Verdict(Finding(since, "warning" if stay >= settings.warning_factor * usual else "info"))


def stage_moved_back(view: View) -> Verdict:
    """The deal was moved back on the sales ladder."""
    facts = view.facts
    if facts.stepped_back_at is None:
        return NOTHING
    settings = view.settings_of(StageMovedBack)
    if view.days_since(facts.stepped_back_at) >= settings.window_days:
        return NOTHING
    return Verdict(
        Finding(facts.stepped_back_at, "warning" if facts.steps_back >= settings.warning_steps else "info"),
        facts.stepped_back_at + int(settings.window_days * DAY),
    )


def ahead_of_buyer(view: View) -> Verdict:
    """The stage was moved forward although the buyer was not heard of."""
    facts = view.facts
    if not facts.quiet_moves or facts.stage_entered_at is None or facts.on_hold(view.now):
        return NOTHING
    settings, slot = view.settings_of(AheadOfBuyer), view.told("ahead_of_buyer")
    if facts.quiet_moves < settings.moves:
        silent = view.calendar.business_days(facts.quiet_since, facts.stage_entered_at)
        if slot is None and silent < settings.silent_days:
            return NOTHING
    severe: Severity = "warning" if facts.quiet_moves >= settings.warning_moves else "info"
    episode = facts.stage_entered_at if slot is None else slot.episode
    return Verdict(Finding(episode, severe, view.untrusted))


def _say_stuck_in_stage(view: View, finding: Finding) -> Words:
    """How long the deal has been in its stage, beside what is usual there."""
    stay, stage = view.days_since(finding.episode), view.facts.stage
    return f"Stuck in {stage} for {days(stay)}", (
        Driver(f"{days(stay)} in {stage}; {usual_stay(view).words}"),
        last_contact(view),
    )


def _say_stage_moved_back(view: View, finding: Finding) -> Words:
    """From where to where, when, and how often."""
    facts = view.facts
    return f"Moved back from {facts.stepped_back_from} to {facts.stage}", (
        Driver(f"moved back {day(finding.episode)}, {days(view.days_since(finding.episode))} ago"),
        Driver(f"{count(facts.steps_back, 'step')} back of {count(facts.stage_moves, 'move')} in all"),
    )


def _say_ahead_of_buyer(view: View, _finding: Finding) -> Words:
    """How far the stage went without the buyer."""
    facts, moved = view.facts, count(view.facts.quiet_moves, "move")
    return f"In {facts.stage} after {moved} without the buyer", (
        Driver(f"{moved} forward since the buyer was last heard of, to {facts.stage} on {_entered(view)}"),
        last_contact(view),
    )


def _entered(view: View) -> str:
    return day(view.facts.stage_entered_at or view.now)


STUCK_IN_STAGE = Rule(
    name="stuck_in_stage",
    meaning="The deal is in its stage for far longer than deals usually stay there.",
    looks_at=("the stage and since when", "usual stays in the stage", "holds"),
    parameters=StuckInStage,
    severities={"info": "twice as long as half of the deals", "warning": "three times as long"},
    target=SLIPPAGE,
    check=stuck_in_stage,
    say=_say_stuck_in_stage,
    begins=Begins("factor", "warning_factor"),
    example="Stuck in discovery for 42 days",
    clears_when="the stage changes",
    resolved="the stage changed",
    paused_by=("hold",),
    needs="stage_entered_at",
)
STAGE_MOVED_BACK = Rule(
    name="stage_moved_back",
    meaning="The deal was moved back on the sales ladder within the last days.",
    looks_at=("moves of the stage and their positions",),
    parameters=StageMovedBack,
    severities={"info": "a first step back", "warning": "not the first one"},
    target=SLIPPAGE,
    check=stage_moved_back,
    say=_say_stage_moved_back,
    example="Moved back from offer to discovery",
    clears_when="the deal moves forward, or two weeks have passed",
    resolved="the deal moved forward, or the step back is no news any more",
    needs="stepped_back_at",
)
AHEAD_OF_BUYER = Rule(
    name="ahead_of_buyer",
    meaning="The stage was moved forward again, or after a long silence, and the buyer was not heard of since.",
    looks_at=("moves of the stage and their positions", "the last contact", "holds", "the feed"),
    parameters=AheadOfBuyer,
    severities={"info": "the stage says more than the buyer did", "warning": "three stages without a word"},
    target=INACTIVITY,
    check=ahead_of_buyer,
    say=_say_ahead_of_buyer,
    begins=Begins("moves", "warning_moves"),
    example="In contract after 2 moves without the buyer",
    clears_when="the buyer makes contact, or the deal is moved back",
    resolved="the buyer made contact or the deal was moved back",
    paused_by=("hold",),
    needs="quiet_moves",
)
