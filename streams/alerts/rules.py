"""The rules: each looks at a deal and says whether its condition holds, why, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from models.risk import log_odds
from streams.alerts.alert import Driver
from streams.alerts.usual import usual_gap, usual_stay
from streams.alerts.view import Finding, Outlook, Verdict, View
from streams.alerts.words import count, day, days, percent
from streams.labels.outcome import INACTIVITY, SLIPPAGE, Target
from streams.state.dates import business_days
from streams.state.opportunity import DAY
from streams.state.watch import Severity

NOTHING = Verdict()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by name: its condition, the target whose risk it is shown with, and what ends it, in words."""

    name: str
    target: Target
    check: Callable[[View], Verdict]
    clears_when: str
    resolved: str
    #: What mutes the rule for a while: a hold, a planned meeting.
    paused_by: tuple[Literal["hold", "meeting"], ...] = ()


def going_quiet(view: View) -> Verdict:
    """The model expects no contact within the horizon."""
    if view.resting:
        return NOTHING
    policy = view.policy
    outlook = view.outlooks.get(INACTIVITY)
    bar = _bar(outlook, policy.quiet_probability, policy.quiet_lift, policy.min_cases)
    if outlook is None or bar is None:
        return NOTHING
    is_open = view.open_slot("going_quiet") is not None
    above = log_odds(outlook.probability) - bar
    if above < (-policy.clear_log_odds if is_open else 0.0):
        return NOTHING
    severity: Severity = "critical" if above >= policy.critical_log_odds else "warning"
    title = f"Going quiet: {percent(outlook.probability)} likely to stay without contact"
    evidence = (
        Driver(f"{percent(outlook.probability)} risk of no contact; {percent(outlook.base_rate)} is usual"),
        Driver(_last_contact(view)),
    )
    return Verdict(Finding(view.silent_since, severity, title, evidence, _held(view)))


def silent(view: View) -> Verdict:
    """The buyer has been silent for longer than is usual for this deal, its stage and its owner."""
    if view.resting:
        return NOTHING
    policy = view.policy
    usual = usual_gap(view)
    limit = max(policy.silent_min_days, policy.silent_factor * usual.days)
    since = view.silent_since
    gap = view.days_since(since)
    if gap < limit:
        return Verdict(look_at=since + int(limit * DAY) + 1)
    critical = max(policy.silent_min_days, policy.silent_critical_factor * usual.days)
    severity: Severity = "critical" if gap >= critical else "warning"
    evidence = (
        Driver(f"no contact for {days(gap)}; {usual.words}"),
        Driver(_last_contact(view)),
        Driver(f"{count(view.facts.unanswered, 'message')} of ours without an answer"),
    )
    finding = Finding(since, severity, f"Silent for {days(gap)}", evidence, _held(view))
    return Verdict(finding, None if severity == "critical" else since + int(critical * DAY) + 1)


def slipping(view: View) -> Verdict:
    """The model expects the deal not to be won by its planned close date."""
    facts, policy = view.facts, view.policy
    outlook = view.outlooks.get(SLIPPAGE)
    bar = _bar(outlook, policy.slip_probability, policy.slip_lift, policy.min_cases)
    if facts.close_due is None or outlook is None or bar is None:
        return NOTHING
    is_open = view.open_slot("slipping") is not None
    above = log_odds(outlook.probability) - bar
    if above < (-policy.clear_log_odds if is_open else 0.0):
        return NOTHING
    severity: Severity = "critical" if above >= policy.critical_log_odds else "warning"
    left = -view.days_since(facts.close_due)
    title = f"Slipping: {percent(outlook.probability)} likely to miss its close date in {days(left)}"
    evidence = (
        Driver(f"{percent(outlook.probability)} risk of missing the date; {percent(outlook.base_rate)} is usual"),
        Driver(f"planned to close {day(facts.close_due)}, {days(left)} from now"),
    )
    return Verdict(Finding(facts.close_due, severity, title, evidence))


def close_date_missed(view: View) -> Verdict:
    """The planned close date is over and the deal is still open."""
    due = view.facts.close_due
    if due is None:
        return NOTHING
    if view.now < due:
        return Verdict(look_at=due)
    overdue = business_days(due, view.now)
    late = view.days_since(due)
    since = "today" if late < 1 else f"{days(late)} ago"
    severity: Severity = "critical" if overdue >= view.policy.missed_critical_days else "warning"
    evidence = (
        Driver(f"planned to close {day(due)}, over {since}"),
        Driver(f"pushed {count(view.facts.pushes, 'time')} before"),
    )
    return Verdict(
        Finding(
            due, severity, "Close date missed today" if late < 1 else f"Close date missed by {days(late)}", evidence
        )
    )


def pushed_repeatedly(view: View) -> Verdict:
    """The close date was pushed again and again within the window."""
    facts, policy = view.facts, view.policy
    start = view.now - policy.pushes_window_days * DAY
    recent = [at for at in facts.push_times if at >= start]
    if len(recent) < policy.pushes_warn:
        return NOTHING
    slot = view.open_slot("pushed_repeatedly")
    episode = recent[policy.pushes_warn - 1] if slot is None else slot.episode
    severity: Severity = "critical" if len(recent) >= policy.pushes_critical else "warning"
    evidence = (
        Driver(f"pushed {count(len(recent), 'time')} in {policy.pushes_window_days} days, last {day(recent[-1])}"),
        Driver(f"{days(facts.pushed_ms / DAY)} added to the close date in all"),
    )
    return Verdict(Finding(episode, severity, f"Close date pushed {count(len(recent), 'time')}", evidence))


def stuck_in_stage(view: View) -> Verdict:
    """The deal has been in its stage for far longer than deals stay there."""
    facts, policy = view.facts, view.policy
    if facts.stage_entered_at is None or facts.on_hold(view.now):
        return NOTHING
    usual = usual_stay(view)
    limit = max(policy.stuck_min_days, policy.stuck_factor * usual.days)
    since = max(facts.stage_entered_at, view.held_until)
    stay = view.days_since(since)
    if stay < limit:
        return Verdict(look_at=since + int(limit * DAY) + 1)
    severity: Severity = "critical" if stay >= policy.stuck_critical_factor * usual.days else "warning"
    evidence = (
        Driver(f"{days(stay)} in {facts.stage}; {usual.words}"),
        Driver(_last_contact(view)),
    )
    title = f"Stuck in {facts.stage} for {days(stay)}"
    return Verdict(Finding(since, severity, title, evidence))


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
    if waited < policy.step_warn_days:
        return NOTHING
    severity: Severity = "critical" if waited >= policy.step_critical_days else "warning"
    evidence = (
        Driver(f"nothing planned for {count(waited, 'business day')}"),
        Driver(_last_contact(view)),
    )
    return Verdict(Finding(since, severity, f"No next step for {count(waited, 'business day')}", evidence))


RULES: tuple[Rule, ...] = (
    Rule(
        "going_quiet",
        INACTIVITY,
        going_quiet,
        "the buyer makes contact, or the risk falls clearly below the threshold",
        "the buyer made contact or the risk fell",
        ("hold", "meeting"),
    ),
    Rule("silent", INACTIVITY, silent, "the buyer makes contact", "the buyer made contact", ("hold", "meeting")),
    Rule(
        "slipping",
        SLIPPAGE,
        slipping,
        "the risk falls clearly below the threshold, or the close date is moved",
        "the risk fell or the close date was moved",
    ),
    Rule(
        "close_date_missed",
        SLIPPAGE,
        close_date_missed,
        "the close date is moved into the future, or the deal is closed",
        "the close date was moved",
    ),
    Rule(
        "pushed_repeatedly",
        SLIPPAGE,
        pushed_repeatedly,
        "no push for the length of the window",
        "no further push",
    ),
    Rule("stuck_in_stage", SLIPPAGE, stuck_in_stage, "the stage changes", "the stage changed", ("hold",)),
    Rule(
        "no_next_step",
        INACTIVITY,
        no_next_step,
        "a step or meeting is planned",
        "a next step was planned",
        ("hold",),
    ),
)


def _bar(outlook: Outlook | None, least: float, lift: float, min_cases: int) -> float | None:
    """The log-odds from which a model rule speaks: those of `least`, or `lift` above the base rate if greater."""
    if outlook is None or outlook.cases < min_cases or not 0.0 < outlook.base_rate < 1.0:
        return None
    return max(log_odds(least), log_odds(outlook.base_rate) + lift)


def _held(view: View) -> str:
    if view.feed in ("stale", "gap"):
        return f"feed {view.feed_source} is {'stale' if view.feed == 'stale' else 'incomplete'}"
    return ""


def _last_contact(view: View) -> str:
    facts = view.facts
    if facts.last_contact_at is None:
        return "no contact with the buyer yet"
    kind = facts.last_contact_kind.replace("_", " ")
    return f"last contact {day(facts.last_contact_at)} ({kind}, event {facts.last_contact_id})"
