"""Rules about a planned close that was moved later: again and again, out of the quarter, to its last days."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Rule
from streams.alerts.evidence import Words, close_day, local_day
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.rules.planned import planned_day, quarter_begins, quarter_of
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, day, days
from streams.labels.outcome import SLIPPAGE
from streams.state.opportunity import DAY

#: Categories on which a quarter's number rests.
_FORECAST = ("commit", "most_likely")


class PushedRepeatedly(Parameters, frozen=True, kw_only=True, gc=False):
    """How many pushes, and how large, are too many."""

    pushes: Annotated[int, parameter("pushes", "within the window: warning", "InsightSquared", ge=1, le=8)] = 2
    critical_pushes: Annotated[
        int, parameter("pushes", "within the window: critical", "InsightSquared: more than 3", ge=1, le=8)
    ] = 4
    window_days: Annotated[float, parameter("days", "in which pushes count", "domain: 180 days", ge=7, le=730)] = 180.0
    critical_size: Annotated[
        float,
        parameter("times", "the time first planned, added by pushes: critical", "Aviso: count, length", gt=0, le=20),
    ] = 2.0
    min_planned_days: Annotated[
        float, parameter("days", "a deal that was planned shorter counts as this long", "judged", ge=1, le=365)
    ] = 30.0

    def __post_init__(self) -> None:
        """Refuse what would be critical before it is a warning."""
        if self.critical_pushes < self.pushes:
            raise ValueError("critical_pushes must not be less than pushes")


class LeftQuarter(Parameters, frozen=True, kw_only=True, gc=False):
    """Which quarters a tenant has."""

    first_month: Annotated[int, parameter("month", "with which the business year begins", "calendar", ge=1, le=12)] = 1


class PushedToQuarterEnd(Parameters, frozen=True, kw_only=True, gc=False):
    """Which days are a quarter's last."""

    first_month: Annotated[int, parameter("month", "with which the business year begins", "calendar", ge=1, le=12)] = 1
    last_days: Annotated[int, parameter("days", "at the end of a quarter", "judged", ge=1, le=31)] = 3


def pushed_repeatedly(view: View) -> Verdict:
    """The close date was pushed again and again within the window."""
    facts = view.facts
    if not facts.push_times:
        return NOTHING
    settings = view.settings_of(PushedRepeatedly)
    if len(facts.push_times) < settings.pushes:
        return NOTHING
    recent = _recent(view, settings)
    if len(recent) < settings.pushes:
        return NOTHING
    slot = view.told("pushed_repeatedly")
    episode = recent[settings.pushes - 1] if slot is None else slot.episode
    share = push_size(view, settings)
    critical = len(recent) >= settings.critical_pushes or (share is not None and share >= settings.critical_size)
    return Verdict(Finding(episode, "critical" if critical else "warning"))


def push_size(view: View, settings: PushedRepeatedly) -> float | None:
    """What pushes added, as a share of the time that was planned at first; none where no date was promised."""
    facts = view.facts
    if facts.planned_ms is None:
        return None
    return facts.pushed_ms / max(facts.planned_ms, settings.min_planned_days * DAY)


def left_quarter(view: View) -> Verdict:
    """A deal that was to close in the running quarter was pushed out of it."""
    facts = view.facts
    if not facts.push_from:
        return NOTHING
    day = planned_day(facts.close_date)
    if day is None:
        return NOTHING
    first, calendar = view.settings_of(LeftQuarter).first_month, view.calendar
    running = quarter_of(calendar.local(view.now).date(), first)
    if quarter_of(day, first) <= running:
        return NOTHING
    for at, planned in zip(reversed(facts.push_times), reversed(facts.push_from), strict=False):
        # A close is due when its day is over: a millisecond before, it is that day.
        if quarter_of(calendar.local(planned - 1).date(), first) <= running:
            pushed = quarter_of(calendar.local(at).date(), first) == running
            if not pushed:
                return NOTHING
            return Verdict(Finding(at, "warning" if facts.forecast_category in _FORECAST else "info"))
    return NOTHING


def pushed_to_quarter_end(view: View) -> Verdict:
    """The close date was pushed to one of a quarter's last days, where dates gather that nobody asked the buyer for."""
    facts = view.facts
    due = facts.close_due
    if not facts.push_times or due is None or view.now >= due:
        return NOTHING
    day = planned_day(facts.close_date)
    if day is None:
        return NOTHING
    settings = view.settings_of(PushedToQuarterEnd)
    end = quarter_begins(quarter_of(day, settings.first_month) + 1, settings.first_month)
    return Verdict(Finding(due, "info")) if day >= end - timedelta(days=settings.last_days) else NOTHING


def _recent(view: View, settings: PushedRepeatedly) -> list[int]:
    """When the close date was pushed, within the window."""
    start = view.now - settings.window_days * DAY
    return [at for at in view.facts.push_times if at >= start]


def _say_pushed_repeatedly(view: View, _finding: Finding) -> Words:
    """How often the date was pushed, and by how much in all."""
    settings, facts = view.settings_of(PushedRepeatedly), view.facts
    recent, share = _recent(view, settings), push_size(view, settings)
    planned = "" if share is None or facts.planned_ms is None else f", {share:.1f} times the time first planned"
    return f"Close date pushed {count(len(recent), 'time')}", (
        Driver(f"pushed {count(len(recent), 'time')} in {settings.window_days:g} days, last {day(recent[-1])}"),
        Driver(f"{days(facts.pushed_ms / DAY)} added to the close date in all{planned}"),
    )


def _say_left_quarter(view: View, finding: Finding) -> Words:
    """From which day to which one, and when."""
    facts = view.facts
    pushes = zip(reversed(facts.push_times), reversed(facts.push_from), strict=False)
    planned = next((planned for at, planned in pushes if at == finding.episode), None)
    before = "" if planned is None else f" from {local_day(view, planned - 1)}"
    return f"Pushed out of the quarter, to {close_day(view)}", (
        Driver(f"pushed {local_day(view, finding.episode)}{before}; planned to close {close_day(view)} now"),
        Driver(f"pushed {count(facts.pushes, 'time')} in all, by {days(facts.pushed_ms / DAY)}"),
    )


def _say_pushed_to_quarter_end(view: View, _finding: Finding) -> Words:
    """Which day it is, and how often the deal was pushed."""
    facts = view.facts
    return f"Pushed to the end of a quarter, {close_day(view)}", (
        Driver(f"planned to close {close_day(view)}, one of the last days of a quarter"),
        Driver(f"pushed {count(facts.pushes, 'time')}, last {day(facts.push_times[-1])}"),
    )


PUSHED_REPEATEDLY = Rule(
    name="pushed_repeatedly",
    meaning="The close date was pushed again and again within half a year.",
    looks_at=("pushes of the close date", "the time first planned"),
    parameters=PushedRepeatedly,
    severities={
        "warning": "pushed twice",
        "critical": "pushed four times, or by more than twice the time that was planned at first",
    },
    target=SLIPPAGE,
    check=pushed_repeatedly,
    say=_say_pushed_repeatedly,
    example="Close date pushed 2 times",
    clears_when="no push for the length of the window",
    resolved="no further push",
    needs="push_times",
)
LEFT_QUARTER = Rule(
    name="left_quarter",
    meaning="A deal that was to close in the running quarter was pushed out of it.",
    looks_at=("pushes of the close date", "the planned close", "the forecast category", "quarters"),
    parameters=LeftQuarter,
    severities={"info": "it was in nobody's forecast", "warning": "it was forecast as commit or most likely"},
    target=SLIPPAGE,
    check=left_quarter,
    say=_say_left_quarter,
    example="Pushed out of the quarter, to 2024-04-10",
    clears_when="the close date comes back into the quarter, or the quarter ends",
    resolved="the close date came back or the quarter ended",
    needs="push_from",
)
PUSHED_TO_QUARTER_END = Rule(
    name="pushed_to_quarter_end",
    meaning="The close date was pushed to one of a quarter's last days, where dates gather that no buyer named.",
    looks_at=("pushes of the close date", "the planned close"),
    parameters=PushedToQuarterEnd,
    severities={"info": "the date looks like the forecast's, not like the buyer's"},
    target=SLIPPAGE,
    check=pushed_to_quarter_end,
    say=_say_pushed_to_quarter_end,
    example="Pushed to the end of a quarter, 2024-03-30",
    clears_when="the close date is moved away from the last days, or is over",
    resolved="the close date was moved or is over",
    needs="push_times",
)
