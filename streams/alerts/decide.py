"""Door of room 5: a deal as the rules see it, and what a person did -> what to say, each with a named reason.

The explanation is only worked out for alerts that are really said: the view's `state_risk` is called for those.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from streams.alerts import lifecycle
from streams.alerts.act import act
from streams.alerts.alert import Alert, Ended, Transition
from streams.alerts.lifecycle import RANK, Followed, Move, Reasons
from streams.alerts.registry import BY_NAME, RULES
from streams.alerts.statement import Cause, StateRisk, ending, resolve, state
from streams.alerts.view import Finding, View
from streams.alerts.votes import Votes
from streams.events.action import Action
from streams.state.opportunity import DAY
from streams.state.watch import AlertState

_ORDER = {rule.name: place for place, rule in enumerate(RULES)}
_KIN = {rule.name: rule.kin for rule in RULES}


class Decision(Struct, frozen=True, gc=False):
    """What one look at a deal comes to: what to say, what is known of reasons and alert after it, when to look again.

    `moves` are those of reasons, by rule; `held` names what holds and must not be said, with the cause.
    `votes` are what a person said of rules, or took back.
    """

    alerts: tuple[Alert, ...]
    moves: tuple[tuple[str, Move], ...]
    reasons: Reasons
    alert: AlertState | None
    held: dict[str, str]
    look_at: int | None
    votes: Votes = ()


#: Whether an alert of which nothing else is to be said must be told again, given its state and its reasons.
Press = Callable[[AlertState, Reasons], bool]


def never(_alert: AlertState, _reasons: Reasons) -> bool:
    """Nothing is told again."""
    return False


def decide(
    view: View, alert: AlertState | None, state_risk: StateRisk, said: Action | None = None, press: Press = never
) -> Decision:
    """Run every rule on a deal whose latest alert is `alert`; `said` is what a person just did about it."""
    findings, looks = _findings(view)
    reasons, now = view.reasons, view.now
    alerts: list[Alert] = []
    votes: Votes = ()
    if said is not None and alert is not None:
        acted = act(reasons, alert, said, _KIN, now, view.policy.general, view.team.team)
        reasons, votes = acted.reasons, acted.votes
        alert = lifecycle.led(acted.alert, reasons, _ORDER, now)
        if acted.transition is not None:
            cause = Cause(said.actor, said.data.note, tuple(Ended(rule, acted.why) for rule in acted.ended))
            alerts.append(_say(view, alert, acted.transition, reasons, findings, state_risk, cause))
    if not findings and not any(not each.gone for each in reasons.values()):
        return Decision(tuple(alerts), (), reasons, alert, {}, min(looks, default=None), votes)
    followed = lifecycle.follow(reasons, findings, now, view.policy.general)
    after, transition = lifecycle.advance(view.facts.id, alert, reasons, followed, _ORDER, now, view.policy.general)
    silent = transition is None and not alerts
    if silent and after is not None and not after.is_over and press(after, followed.reasons):
        after, transition = lifecycle.moved(after, now), "changed"
    if transition is not None and after is not None:
        who = ("", "") if said is None or alerts else (said.actor, said.data.note)
        cause = Cause(*who, _ended(view, followed))
        alerts.append(_say(view, after, transition, followed.reasons, findings, state_risk, cause))
    looks += [
        each.snoozed_until
        for each in followed.reasons.values()
        if not each.gone and each.snoozed_until is not None and each.snoozed_until > now
    ]
    look_at = min(looks, default=None)
    return Decision(tuple(alerts), followed.moves, followed.reasons, after, followed.held, look_at, votes)


def _findings(view: View) -> tuple[dict[str, Finding], list[int]]:
    """What the rules find, and when each wants to look again. Nothing is found of a deal that is closed."""
    facts, now, reasons = view.facts, view.now, view.reasons
    findings: dict[str, Finding] = {}
    looks: list[int] = []
    if not facts.is_open:
        return findings, looks
    young = now - facts.born_at < view.policy.general.min_age_days * DAY
    off = view.team.off
    for rule in RULES:
        if young and rule.name not in reasons:
            continue
        if rule.needs and not getattr(facts, rule.needs):
            continue
        if off and rule.name in off:
            continue
        verdict = rule.check(view)
        if verdict.look_at is not None and verdict.look_at > now:
            looks.append(verdict.look_at)
        if verdict.finding is not None:
            findings[rule.name] = verdict.finding
    return findings, looks


def _say(
    view: View,
    alert: AlertState,
    transition: Transition,
    reasons: Reasons,
    findings: dict[str, Finding],
    state_risk: StateRisk,
    cause: Cause,
) -> Alert:
    if transition == "resolved":
        return resolve(view, alert, cause)
    told = [
        (BY_NAME[rule], reasons[rule], findings[rule])
        for rule in lifecycle.leading(reasons, _ORDER, view.now)
        if rule in findings
    ]
    return state(view, alert, transition, told, state_risk, cause)


def _ended(view: View, followed: Followed) -> tuple[Ended, ...]:
    """Which reasons left, and why; the one that led first."""
    severity = followed.reasons
    left = sorted(followed.moved(Move.LEFT), key=lambda rule: (-RANK[severity[rule].severity], _ORDER[rule]))
    return tuple(Ended(rule, ending(view, BY_NAME[rule])) for rule in left)
