"""The rules: each looks at a deal and says whether its condition holds, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from models.risk import log_odds, sigmoid
from streams.alerts import evidence
from streams.alerts.evidence import Words
from streams.alerts.usual import usual_gap, usual_stay
from streams.alerts.view import Finding, Outlook, Verdict, View
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE, Target
from streams.state.dates import business_days
from streams.state.opportunity import DAY
from streams.state.watch import Severity

NOTHING = Verdict()
#: A probability that is further below its bar, in log-odds, is not expected to reach it within a day.
_SOON = 1.5
#: To how many milliseconds it is worked out when a model will speak.
_CLOSE_ENOUGH = DAY // 96


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by name: its condition, its words, the target whose risk it is shown with, and what ends it, in words."""

    name: str
    target: Target
    check: Callable[[View], Verdict]
    say: Callable[[View, Finding], Words]
    clears_when: str
    resolved: str
    #: What mutes the rule for a while: a hold, a planned meeting.
    paused_by: tuple[Literal["hold", "meeting"], ...] = ()
    #: Rules that speak of the same episode in other words: what a person says to one is said to them.
    kin: tuple[str, ...] = ()


def going_quiet(view: View) -> Verdict:
    """The model expects that this silence will reach the horizon, or the silence has, as it expected.

    One silence, one alert: where `silent` has spoken of it already, this rule does not.
    """
    if view.resting:
        return NOTHING
    policy, since, slot = view.policy, view.silent_since, view.told("going_quiet")
    told = slot is not None and slot.episode == since
    if not told and _is_told(view, "silent"):
        return NOTHING
    if SILENCE not in view.outlooks:
        return _lasting(view, since) if told else NOTHING
    begins = since + int(policy.quiet_min_days * DAY)
    if view.now < begins:
        return Verdict(look_at=begins)
    above = _above(view, SILENCE, policy.quiet_probability, policy.quiet_lift)
    if above is None or above < (0.0 if slot is None else -policy.clear_log_odds):
        return NOTHING if above is None or told else Verdict(look_at=_when_it_speaks(view, above))
    severity: Severity = "critical" if above >= policy.critical_log_odds else "warning"
    floor = _floor(view, SILENCE, policy.quiet_probability, policy.quiet_lift)
    return Verdict(Finding(since, severity, _held(view), floor))


def silent(view: View) -> Verdict:
    """The buyer has been silent for longer than is usual for this deal, its stage and its owner.

    One silence, one alert: where `going_quiet` saw it coming, this rule does not speak.
    """
    if view.resting:
        return NOTHING
    policy, since = view.policy, view.silent_since
    if _is_told(view, "silent"):
        return _lasting(view, since)
    limit = max(policy.silent_min_days, policy.silent_factor * usual_gap(view).days)
    if _knows(view, SILENCE):
        limit = float(view.horizon_days)
    if view.days_since(since) < limit:
        return Verdict(look_at=since + int(limit * DAY) + 1)
    return NOTHING if going_quiet(view).finding is not None else _lasting(view, since)


def slipping(view: View) -> Verdict:
    """The model expects the deal not to be won by its planned close date."""
    due, policy = view.facts.close_due, view.policy
    above = _above(view, SLIPPAGE, policy.slip_probability, policy.slip_lift)
    if due is None or above is None:
        return NOTHING
    if above < (0.0 if view.told("slipping") is None else -policy.clear_log_odds):
        return NOTHING
    severity: Severity = "critical" if above >= policy.critical_log_odds else "warning"
    floor = _floor(view, SLIPPAGE, policy.slip_probability, policy.slip_lift)
    return Verdict(Finding(due, severity, clears_below=floor))


def close_date_missed(view: View) -> Verdict:
    """The planned close date is over and the deal is still open."""
    due = view.facts.close_due
    if due is None:
        return NOTHING
    if view.now < due:
        return Verdict(look_at=due)
    overdue = business_days(due, view.now)
    return Verdict(Finding(due, "critical" if overdue >= view.policy.missed_critical_days else "warning"))


def pushed_repeatedly(view: View) -> Verdict:
    """The close date was pushed again and again within the window."""
    policy = view.policy
    if len(view.facts.push_times) < policy.pushes_warn:
        return NOTHING
    recent = view.recent_pushes
    if len(recent) < policy.pushes_warn:
        return NOTHING
    slot = view.told("pushed_repeatedly")
    episode = recent[policy.pushes_warn - 1] if slot is None else slot.episode
    return Verdict(Finding(episode, "critical" if len(recent) >= policy.pushes_critical else "warning"))


def stuck_in_stage(view: View) -> Verdict:
    """The deal has been in its stage for far longer than deals stay there."""
    facts, policy = view.facts, view.policy
    if facts.stage_entered_at is None or facts.on_hold(view.now):
        return NOTHING
    usual = usual_stay(view).days
    limit = max(policy.stuck_min_days, policy.stuck_factor * usual)
    since = max(facts.stage_entered_at, view.held_until)
    stay = view.days_since(since)
    if stay < limit:
        return Verdict(look_at=since + int(limit * DAY) + 1)
    return Verdict(Finding(since, "warning" if stay >= policy.stuck_warn_factor * usual else "info"))


def no_next_step(view: View) -> Verdict:
    """Nothing is planned with the buyer."""
    facts, policy = view.facts, view.policy
    if view.resting:
        return NOTHING
    since = max(facts.born_at, view.held_until, facts.meeting_at or 0, facts.meeting_off_at or 0)
    if facts.next_step_at is not None:
        valid_until = facts.next_step_due or facts.next_step_at + policy.step_valid_days * DAY
        since = max(since, valid_until if facts.next_step else facts.next_step_at)
    if since > view.now:
        return NOTHING
    waited = business_days(since, view.now)
    if waited < policy.step_info_days:
        return NOTHING
    return Verdict(Finding(since, "warning" if waited >= policy.step_warn_days else "info"))


RULES: tuple[Rule, ...] = (
    Rule(
        "going_quiet",
        SILENCE,
        going_quiet,
        evidence.going_quiet,
        "the buyer makes contact, or the risk falls clearly below the threshold",
        "the buyer made contact or the risk fell",
        ("hold", "meeting"),
        kin=("silent",),
    ),
    Rule(
        "silent",
        SILENCE,
        silent,
        evidence.silent,
        "the buyer makes contact",
        "the buyer made contact",
        ("hold", "meeting"),
        kin=("going_quiet",),
    ),
    Rule(
        "slipping",
        SLIPPAGE,
        slipping,
        evidence.slipping,
        "the risk falls clearly below the threshold, or the close date is moved",
        "the risk fell or the close date was moved",
    ),
    Rule(
        "close_date_missed",
        SLIPPAGE,
        close_date_missed,
        evidence.close_date_missed,
        "the close date is moved into the future, or the deal is closed",
        "the close date was moved",
    ),
    Rule(
        "pushed_repeatedly",
        SLIPPAGE,
        pushed_repeatedly,
        evidence.pushed_repeatedly,
        "no push for the length of the window",
        "no further push",
    ),
    Rule(
        "stuck_in_stage",
        SLIPPAGE,
        stuck_in_stage,
        evidence.stuck_in_stage,
        "the stage changes",
        "the stage changed",
        ("hold",),
    ),
    Rule(
        "no_next_step",
        INACTIVITY,
        no_next_step,
        evidence.no_next_step,
        "a step or meeting is planned",
        "a next step was planned",
        ("hold",),
    ),
)


def _when_it_speaks(view: View, above: float) -> int | None:
    """When the model will speak of this silence if nothing happens, where that is before tomorrow's look.

    A deal is looked at once a day, so without it a warning would come half a day late on average.
    """
    outlook, policy, chance = view.outlooks[SILENCE], view.policy, view.chance_at
    early, late = view.now, min(view.now + DAY, view.facts.quiet_since + view.horizon_days * DAY - 1)
    if chance is None or above < -_SOON or late <= early:
        return None
    bar = sigmoid(_bar(outlook.base_rate, policy.quiet_probability, policy.quiet_lift))
    if chance(SILENCE, late) < bar:
        return None
    while late - early > _CLOSE_ENOUGH:
        middle = (early + late) // 2
        if chance(SILENCE, middle) < bar:
            early = middle
        else:
            late = middle
    return late


def _is_told(view: View, rule: str) -> bool:
    """Whether a rule has an alert open about the silence that the deal is in."""
    slot = view.told(rule)
    return slot is not None and slot.episode == view.silent_since


def _knows(view: View, target: Target) -> bool:
    """Whether the model of a target has learned enough to go by."""
    outlook = view.outlooks.get(target)
    return outlook is not None and outlook.cases >= view.policy.min_cases


def _lasting(view: View, since: int) -> Verdict:
    """A silence that is a fact: critical once it is far longer than usual, or where it was before it was a fact."""
    policy = view.policy
    critical = max(policy.silent_min_days, policy.silent_critical_factor * usual_gap(view).days)
    foreseen = view.told("going_quiet")
    dreaded = foreseen is not None and foreseen.episode == since and foreseen.severity == "critical"
    if dreaded or view.days_since(since) >= critical:
        return Verdict(Finding(since, "critical", _held(view)))
    return Verdict(Finding(since, "warning", _held(view)), since + int(critical * DAY) + 1)


def _above(view: View, target: Target, least: float, lift: float) -> float | None:
    """How far a risk is above the point from which a model rule speaks, in log-odds; none where it knows too little."""
    outlook: Outlook | None = view.outlooks.get(target)
    if outlook is None or outlook.cases < view.policy.min_cases or not 0.0 < outlook.base_rate < 1.0:
        return None
    return log_odds(outlook.probability) - _bar(outlook.base_rate, least, lift)


@lru_cache(maxsize=64)
def _bar(base_rate: float, least: float, lift: float) -> float:
    """The log-odds of `least`, or `lift` above the base rate if greater; the same for every deal of an epoch."""
    return max(log_odds(least), log_odds(base_rate) + lift)


def _floor(view: View, target: Target, least: float, lift: float) -> float:
    """The probability below which an open alert of a model resolves."""
    return sigmoid(_bar(view.outlooks[target].base_rate, least, lift) - view.policy.clear_log_odds)


def _held(view: View) -> str:
    status, source = view.feed
    if status in ("stale", "gap"):
        return f"feed {source} is {'stale' if status == 'stale' else 'incomplete'}"
    return ""
