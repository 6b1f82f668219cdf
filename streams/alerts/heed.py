"""Door: what the rules go by, and what people said of them -> what the rules go by on that day.

The votes of a team on a rule come to a lean between 0 and 1 (`models/ballots.py`). It moves the one parameter from
which on the rule speaks (`declare.Begins`), so that it speaks later, within bounds that are parameters themselves: a
probability by at most `feedback_log_odds`, any other number by at most the factor `feedback_factor`. Severities above
the first are never moved: what is critical is said as ever. Without votes a policy is what it was, to the last bit.

Votes come with the models of a day, so thresholds change at midnight (UTC) and nowhere else.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from models.ballots import Tallies, lean
from models.risk import log_odds, sigmoid
from streams.alerts.alert import Driver
from streams.alerts.declare import Begins, Rule
from streams.alerts.parameters import ModelParameters, described
from streams.alerts.policy import General, Moved, Policy, TeamRules
from streams.alerts.registry import BY_NAME
from streams.alerts.words import percent

#: What the sentence about a moved threshold is named by, where drivers are named by what they are about.
FEEDBACK = "feedback"
_GROUPED = 1_000


def heeding(policy: Policy, feedback: Tallies) -> Policy:
    """Return the policy of a day on which people's votes came to `feedback`."""
    if not feedback:
        return policy
    general = policy.general
    everyone = _heeding(policy.everyone, feedback, general)
    teams = {team.team: team for team in policy.owners.values()}
    theirs = {name: _heeding(team, feedback, general) for name, team in teams.items()}
    owners = {owner: theirs[team.team] for owner, team in policy.owners.items()}
    return replace(policy, everyone=everyone, owners=owners)


def unit_of(rule: Rule) -> str:
    """The unit of the parameter that votes move."""
    assert rule.begins is not None
    return next(each.unit for each in described(rule.parameters) if each.name == rule.begins.parameter)


def why_moved(team: TeamRules, rule: Rule) -> Driver | None:
    """Say from when on a rule speaks because of what people said; none where that is as it is set."""
    moved = team.moved.get(rule.name)
    if moved is None or rule.begins is None:
        return None
    now, before = threshold(rule, moved.value), threshold(rule, moved.set_to)
    if now == before:
        return None
    votes = moved.votes
    who = f"team {team.team}" if team.team else "people here"
    return Driver(
        f"{who} called {votes.not_useful} of {votes.useful + votes.not_useful} such alerts not useful, "
        f"so it speaks {'below' if rule.begins.ceiling else 'from'} {now} instead of {before}",
        FEEDBACK,
    )


def furthest(team: TeamRules, rule: Rule, general: General) -> float:
    """How far votes can move the number from which a rule speaks; `team` has it as it is set, `rule` has one."""
    assert rule.begins is not None
    moved: float = getattr(_moved(team.settings_of(rule.parameters), rule, 1.0, general), rule.begins.parameter)
    return moved


def threshold(rule: Rule, value: float) -> str:
    """A value of the parameter that votes move, with its unit: `71 %`, `7 business days`, `1.8 times`."""
    unit = unit_of(rule)
    if unit in ("probability", "share"):
        return percent(value)
    return f"{value:,.3g} {unit}" if value < _GROUPED else f"{value:,.0f} {unit}"


def _heeding(team: TeamRules, feedback: Tallies, general: General) -> TeamRules:
    parameters, moved, lasting = dict(team.parameters), {}, {}
    for name, votes in feedback.get(team.team, {}).items():
        rule = BY_NAME.get(name)
        if rule is None or rule.begins is None:
            continue
        kind, begins = rule.parameters, rule.begins
        before = team.settings_of(kind)
        after = _moved(before, rule, lean(votes, general.feedback_tolerated), general)
        parameters[kind] = after
        parameter = begins.parameter
        moved[name] = Moved(parameter, getattr(before, parameter), getattr(after, parameter), votes)
        if not isinstance(before, ModelParameters):  # an alert of those ends clearly below its bar only
            lasting[kind] = (name, before)
    return replace(team, parameters=parameters, moved=moved, lasting=lasting) if moved else team


def _moved(before: Struct, rule: Rule, leaning: float, general: General) -> Struct:
    assert rule.begins is not None
    if not leaning:
        return before
    if isinstance(before, ModelParameters):
        return _raised(before, rule.begins, min(leaning * general.feedback_log_odds, before.critical_log_odds))
    return replace(before, **{rule.begins.parameter: _scaled(before, rule, leaning, general)})


def _raised(before: ModelParameters, begins: Begins, by: float) -> ModelParameters:
    """A model's rule with its bar so much higher, and the bar from which on it is critical where it was."""
    if not by:
        return before
    moved: dict[str, Any] = {
        begins.parameter: sigmoid(log_odds(getattr(before, begins.parameter)) + by),
        "lift": before.lift + by,
        "critical_log_odds": before.critical_log_odds - by,
    }
    return replace(before, **moved)


def _scaled(before: Struct, rule: Rule, leaning: float, general: General) -> float:
    """A parameter moved by votes; a whole number stays one, and none passes that of the next severity."""
    begins = rule.begins
    assert begins is not None
    value: float = getattr(before, begins.parameter)
    if begins.ceiling:
        leaning = -leaning
    if unit_of(rule) == "probability":
        by = leaning * general.feedback_log_odds
        moved = sigmoid(log_odds(value) + by) if by else value
    else:
        most = general.feedback_factor
        moved = value * most**leaning
        if isinstance(value, int):
            moved = min(max(round(moved), ceil(value / most)), floor(value * most))
    if not begins.severe:
        return moved
    severe: float = getattr(before, begins.severe)
    return max(moved, min(value, severe)) if begins.ceiling else min(moved, max(value, severe))
