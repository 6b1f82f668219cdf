"""Rules about a buyer who is not heard of: foreseen by the model, or longer than is usual."""

from __future__ import annotations

from typing import Annotated

from models.risk import sigmoid
from streams.alerts.alert import Driver
from streams.alerts.declare import NOTHING, Begins, Rule
from streams.alerts.evidence import Words, last_contact
from streams.alerts.parameters import ModelParameters, Parameters, parameter
from streams.alerts.rules.bars import above, bar, floor, knows
from streams.alerts.usual import usual_gap
from streams.alerts.view import Finding, Verdict, View
from streams.alerts.words import count, days, percent
from streams.labels.outcome import SILENCE
from streams.state.opportunity import DAY
from streams.state.watch import Severity

#: A probability that is further below its bar, in log-odds, is not expected to reach it within a day.
_SOON = 1.5
#: To how many milliseconds it is worked out when a model will speak.
_CLOSE_ENOUGH = DAY // 96
#: Business days among the days of a week: what a gap in days has of them on average.
_WORKING_SHARE = 5 / 7


class GoingQuiet(ModelParameters, frozen=True, kw_only=True, gc=False):
    """When the model warns of a silence."""

    probability: Annotated[
        float, parameter("probability", "least probability that the silence reaches the horizon", "judged", gt=0, lt=1)
    ] = 0.65
    min_days: Annotated[
        float,
        parameter("days", "nobody goes quiet who spoke within this time", "judged", ge=0, le=30),
    ] = 1.0


class Silent(Parameters, frozen=True, kw_only=True, gc=False):
    """When a silence is longer than usual."""

    factor: Annotated[
        float,
        parameter("times", "of the gap that 9 of 10 contacts keep", "P90 x 1.5", gt=1, le=10),
    ] = 1.5
    critical_factor: Annotated[float, parameter("times", "of that gap: critical", "twice the warning", gt=1, le=30)] = (
        3.0
    )
    min_days: Annotated[float, parameter("days", "never sooner", "judged", ge=0, le=90)] = 3.0

    def __post_init__(self) -> None:
        """Refuse what would be critical before it is a warning."""
        if self.critical_factor < self.factor:
            raise ValueError("critical_factor must not be less than factor")


def going_quiet(view: View) -> Verdict:
    """The model expects that this silence will reach the horizon, or the silence has, as it expected.

    One silence, one alert: where `silent` has spoken of it already, this rule does not.
    """
    if view.resting:
        return NOTHING
    settings, since, slot = view.settings_of(GoingQuiet), view.silent_since, view.told("going_quiet")
    if not settings.on:
        return NOTHING
    told = slot is not None and slot.episode == since
    if not told and _is_told(view, "silent"):
        return NOTHING
    if SILENCE not in view.outlooks:
        return _lasting(view, since) if told else NOTHING
    begins = since + int(settings.min_days * DAY)
    if view.now < begins:
        return Verdict(look_at=begins)
    height = above(view, SILENCE, settings.probability, settings)
    if height is None or height < (0.0 if slot is None else -settings.clear_log_odds):
        return NOTHING if height is None or told else Verdict(look_at=_when_it_speaks(view, height, settings))
    severity: Severity = "critical" if height >= settings.critical_log_odds else "warning"
    return Verdict(Finding(since, severity, view.untrusted, floor(view, SILENCE, settings.probability, settings)))


def silent(view: View) -> Verdict:
    """The buyer has been silent for longer than is usual for this deal, its stage and its owner.

    A usual gap has its weekends in it. So a silence must be as long in days, and have as many business days in it as so
    many days have on average: a long weekend or a holiday does not make a silence long.

    One silence, one alert: where `going_quiet` saw it coming, this rule does not speak.
    """
    if view.resting:
        return NOTHING
    settings, since = view.settings_of(Silent), view.silent_since
    if _is_told(view, "silent"):
        return _lasting(view, since)
    limit = max(settings.min_days, settings.factor * usual_gap(view).days)
    foreseen = view.settings_of(GoingQuiet)
    if foreseen.on and knows(view, SILENCE, foreseen.min_cases):
        limit = float(view.horizon_days)
    due = since + int(limit * DAY) + 1
    if view.days_since(since) < limit:
        return Verdict(look_at=due)
    worked = view.calendar.after_business_days(since, int(limit * _WORKING_SHARE))
    if view.now < worked:
        return Verdict(look_at=worked)
    return NOTHING if going_quiet(view).finding is not None else _lasting(view, since)


def _say_going_quiet(view: View, finding: Finding) -> Words:
    """How likely this silence is to reach the horizon, beside what is usual, and when somebody was last heard."""
    outlook = view.outlooks.get(SILENCE)
    if outlook is None:
        return _say_silent(view, finding)
    chance, horizon = percent(outlook.probability), count(view.horizon_days, "day")
    # What is foreseen counts from the last contact, also where a rest after it began the episode.
    gap = days(view.days_since(view.facts.quiet_since))
    return f"Going quiet: {gap} without contact, {chance} likely to become {horizon}", (
        Driver(f"{chance} risk that this silence reaches {horizon}; {percent(outlook.base_rate)} is usual"),
        last_contact(view),
    )


def _say_silent(view: View, finding: Finding) -> Words:
    """How long the silence lasts, beside what is usual for such a deal."""
    gap, unanswered = view.days_since(finding.episode), view.facts.unanswered
    return f"Silent for {days(gap)}", (
        Driver(f"no contact for {days(gap)}; {usual_gap(view).words}"),
        last_contact(view),
        *([Driver(f"{count(unanswered, 'message')} of ours without an answer")] if unanswered else []),
    )


def _when_it_speaks(view: View, height: float, settings: GoingQuiet) -> int | None:
    """When the model will speak of this silence if nothing happens, where that is before tomorrow's look.

    A deal is looked at once a day, so without it a warning would come half a day late on average.
    """
    outlook, chance = view.outlooks[SILENCE], view.chance_at
    early, late = view.now, min(view.now + DAY, view.facts.quiet_since + view.horizon_days * DAY - 1)
    if chance is None or height < -_SOON or late <= early:
        return None
    least = sigmoid(bar(outlook.base_rate, settings.probability, settings.lift))
    if chance(SILENCE, late) < least:
        return None
    while late - early > _CLOSE_ENOUGH:
        middle = (early + late) // 2
        if chance(SILENCE, middle) < least:
            early = middle
        else:
            late = middle
    return late


def _is_told(view: View, rule: str) -> bool:
    """Whether a rule has an alert open about the silence that the deal is in."""
    slot = view.told(rule)
    return slot is not None and slot.episode == view.silent_since


def _lasting(view: View, since: int) -> Verdict:
    """A silence that is a fact: critical once it is far longer than usual, or where it was before it was a fact."""
    settings, foreseen = view.settings_of(Silent), view.told("going_quiet")
    if foreseen is not None and foreseen.episode == since and foreseen.severity == "critical":
        return Verdict(Finding(since, "critical", view.untrusted))
    critical = max(settings.min_days, settings.critical_factor * usual_gap(view).days)
    if view.days_since(since) < critical:
        return Verdict(Finding(since, "warning", view.untrusted), since + int(critical * DAY) + 1)
    worked = view.calendar.after_business_days(since, int(critical * _WORKING_SHARE))
    if view.now < worked:
        return Verdict(Finding(since, "warning", view.untrusted), worked)
    return Verdict(Finding(since, "critical", view.untrusted))


GOING_QUIET = Rule(
    name="going_quiet",
    meaning="The model expects that this silence of the buyer will reach the deal's horizon (usually 14 days), and "
    "clearly more so than is usual.",
    looks_at=("the model of silence", "the last contact", "holds", "planned meetings", "the feed"),
    parameters=GoingQuiet,
    severities={
        "warning": "the buyer is likelier than not to stay silent",
        "critical": "nearly certain, or the silence has become a fact far longer than usual",
    },
    target=SILENCE,
    check=going_quiet,
    say=_say_going_quiet,
    begins=Begins("probability"),
    example="Going quiet: 2.5 days without contact, 70 % likely to become 14 days",
    clears_when="the buyer makes contact, or the risk falls clearly below the threshold",
    resolved="the buyer made contact or the risk fell",
    paused_by=("hold", "meeting"),
    kin=("silent",),
)
SILENT = Rule(
    name="silent",
    meaning="No contact with the buyer for longer than is usual for this deal, its stage and its owner.",
    looks_at=("the last contact", "usual gaps", "business days", "holds", "planned meetings", "the feed"),
    parameters=Silent,
    severities={
        "warning": "longer than is usual, or than the horizon where the model knows enough",
        "critical": "far longer than is usual",
    },
    target=SILENCE,
    check=silent,
    say=_say_silent,
    begins=Begins("factor", "critical_factor"),
    example="Silent for 14 days",
    clears_when="the buyer makes contact",
    resolved="the buyer made contact",
    paused_by=("hold", "meeting"),
    kin=("going_quiet",),
)
