"""Rules about the planned close: unlikely to be met, over, on a day on which nobody signs."""

from __future__ import annotations

from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, close_day
from streams.alerts.parameters import ModelParameters, Parameters, parameter
from streams.alerts.rules.bars import above, floor
from streams.alerts.rules.planned import planned_day
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, days, percent
from streams.labels.outcome import SLIPPAGE
from streams.state.opportunity import DAY
from streams.state.watch import Severity


class Slipping(ModelParameters, frozen=True, kw_only=True, gc=False):
    """When the model warns of a date."""

    probability: Annotated[
        float, parameter("probability", "least probability that the date is missed", "judged", gt=0, lt=1)
    ] = 0.6


class CloseDateMissed(Parameters, frozen=True, kw_only=True, gc=False):
    """When a missed date is more than a warning."""

    critical_days: Annotated[
        int, parameter("business days", "after the date: critical", "Gong, Dynamics 365", ge=1, le=90)
    ] = 5


class ClosesOnDayOff(Parameters, frozen=True, kw_only=True, gc=False):
    """How near a date must be for its day to matter."""

    within_days: Annotated[
        float, parameter("days", "ahead: a date that is farther will move anyway", "judged", ge=1, le=365)
    ] = 14.0


def slipping(view: View) -> Verdict:
    """The model expects the deal not to be won by its planned close date."""
    due = view.facts.close_due
    if due is None:
        return NOTHING
    settings = view.settings_of(Slipping)
    height = above(view, SLIPPAGE, settings.probability, settings)
    if height is None or height < (0.0 if view.told("slipping") is None else -settings.clear_log_odds):
        return NOTHING
    severity: Severity = "critical" if height >= settings.critical_log_odds else "warning"
    return Verdict(Finding(due, severity, clears_below=floor(view, SLIPPAGE, settings.probability, settings)))


def close_date_missed(view: View) -> Verdict:
    """The planned close date is over and the deal is still open."""
    due = view.facts.close_due
    if due is None:
        return NOTHING
    if view.now < due:
        return Verdict(look_at=due)
    critical = view.settings_of(CloseDateMissed).critical_days
    return Verdict(Finding(due, "critical" if view.business_days_since(due) >= critical else "warning"))


def closes_on_day_off(view: View) -> Verdict:
    """The planned close is on a weekend or a holiday of the owner, and near."""
    facts, now = view.facts, view.now
    due = facts.close_due
    if due is None or now >= due or not facts.close_promised:
        return NOTHING
    if due - now > view.settings_of(ClosesOnDayOff).within_days * DAY:
        return NOTHING  # a date moves often until then: the daily look is soon enough
    day = planned_day(facts.close_date)
    if day is None or view.calendar.is_working(day):
        return NOTHING
    return Verdict(Finding(due, "info"))


def _say_slipping(view: View, finding: Finding) -> Words:
    """How likely it is that the date is missed, and when it is."""
    outlook = view.outlooks[SLIPPAGE]
    left = -view.days_since(finding.episode)
    return f"Slipping: {percent(outlook.probability)} likely to miss its close date in {days(left)}", (
        Driver(f"{percent(outlook.probability)} risk of missing the date; {percent(outlook.base_rate)} is usual"),
        Driver(f"planned to close {close_day(view)}, {days(left)} from now"),
    )


def _say_close_date_missed(view: View, finding: Finding) -> Words:
    """Since when the date is over."""
    late = view.days_since(finding.episode)
    title = "Close date missed today" if late < 1 else f"Close date missed by {days(late)}"
    since = "today" if late < 1 else f"{days(late)} ago"
    return title, (
        Driver(f"planned to close {close_day(view)}, over {since}"),
        *([Driver(f"pushed {count(view.facts.pushes, 'time')} before")] if view.facts.pushes else []),
    )


def _say_closes_on_day_off(view: View, _finding: Finding) -> Words:
    """Which day it is, and what kind of day."""
    day = planned_day(view.facts.close_date)
    off = "a day off" if day is None else view.calendar.day_off(day)
    return f"Planned to close on {off}", (
        Driver(f"planned to close {close_day(view)}, which is {off}: nobody signs then"),
    )


SLIPPING = Rule(
    name="slipping",
    meaning="The model expects that the deal will not be won by its planned close date.",
    looks_at=("the model of slippage", "the planned close"),
    parameters=Slipping,
    severities={"warning": "likelier than not to miss the date", "critical": "nearly certain to miss it"},
    target=SLIPPAGE,
    check=slipping,
    say=_say_slipping,
    begins=Begins("probability"),
    example="Slipping: 70 % likely to miss its close date in 28 days",
    clears_when="the risk falls clearly below the threshold, or the close date is moved",
    resolved="the risk fell or the close date was moved",
    needs="close_due",
)
CLOSE_DATE_MISSED = Rule(
    name="close_date_missed",
    meaning="The planned close date is over and the deal is still open.",
    looks_at=("the planned close", "business days"),
    parameters=CloseDateMissed,
    severities={"warning": "the date is over", "critical": "and nobody has moved it for a working week"},
    target=SLIPPAGE,
    check=close_date_missed,
    say=_say_close_date_missed,
    example="Close date missed today",
    clears_when="the close date is moved into the future, or the deal is closed",
    resolved="the close date was moved",
    needs="close_due",
)
CLOSES_ON_DAY_OFF = Rule(
    name="closes_on_day_off",
    meaning="The planned close is on a weekend or a holiday of the owner, and near.",
    looks_at=("the planned close", "the calendar of the owner"),
    parameters=ClosesOnDayOff,
    severities={"info": "the date is not one on which a buyer signs"},
    target=SLIPPAGE,
    check=closes_on_day_off,
    say=_say_closes_on_day_off,
    example="Planned to close on a Saturday",
    clears_when="the close date is moved, or over",
    resolved="the close date was moved or is over",
    needs="close_promised",
)
