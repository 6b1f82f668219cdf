"""Door of room 5: a deal as the rules see it -> what to say, each with a named reason.

The explanation is only worked out for alerts that are really said: `state_risk` is called for those.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from streams.alerts import lifecycle
from streams.alerts.alert import RULE_VERSION, Alert, AlertState, RiskStatement, alert_id
from streams.alerts.declare import NOTHING, Rule
from streams.alerts.lifecycle import Move
from streams.alerts.plays import recommend
from streams.alerts.registry import RULES
from streams.alerts.view import Finding, View
from streams.alerts.words import percent
from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import Slot

StateRisk = Callable[[str], RiskStatement | None]


class Decision(Struct, frozen=True, gc=False):
    """What one look at a deal comes to: alerts to say, the slots after them, what is held, and when to look again."""

    alerts: tuple[Alert, ...]
    moves: tuple[tuple[str, Move], ...]
    slots: dict[str, Slot]
    held: dict[str, str]
    look_at: int | None


def decide(view: View, state_risk: StateRisk) -> Decision:
    """Run every rule on a deal; `state_risk(target)` explains a target's risk where an alert is said."""
    facts, now = view.facts, view.now
    mute = not facts.is_open
    young = now - facts.born_at < view.policy.general.min_age_days * DAY
    slots, off = view.slots, view.team.off
    alerts: list[Alert] = []
    moves: list[tuple[str, Move]] = []
    held: dict[str, str] = {}
    looks: list[int] = []
    for rule in RULES:
        slot = slots.get(rule.name)
        if slot is None and young:
            continue
        idle = slot is None or slot.state != "open"
        if idle and rule.needs and not getattr(facts, rule.needs):
            continue
        silenced = mute or (bool(off) and rule.name in off)
        if silenced and idle:
            continue
        verdict = NOTHING if silenced else rule.check(view)
        if verdict.look_at is not None and verdict.look_at > now:
            looks.append(verdict.look_at)
        finding = verdict.finding
        if finding is None and idle:
            continue
        step = lifecycle.move(slot, finding)
        if step is Move.RESOLVED and slot is not None:
            slot = lifecycle.resolved(slot, now)
            slots = {**slots, rule.name: slot}
            alerts.append(_resolution(view, rule, slot))
            moves.append((rule.name, step))
            step = lifecycle.move(slot, finding)
        if finding is None or step in (Move.QUIET, Move.TOLD, Move.UNCHANGED, Move.RESOLVED):
            continue
        moves.append((rule.name, step))
        if step is Move.HELD:
            held[rule.name] = finding.held
            continue
        if step is Move.ESCALATED and slot is not None:
            slot = lifecycle.escalated(slot, finding, now)
        else:
            slot = lifecycle.opened(finding, now)
        slots = {**slots, rule.name: slot}
        alerts.append(_statement(view, rule, slot, finding, state_risk(rule.target)))
    return Decision(tuple(alerts), tuple(moves), slots, held, min(looks, default=None))


def _statement(view: View, rule: Rule, slot: Slot, finding: Finding, risk: RiskStatement | None) -> Alert:
    state: AlertState = "opened" if slot.sequence == 1 else "escalated"
    title, evidence = rule.say(view, finding)
    play = recommend(rule.play, view.facts)
    clears = rule.clears_when
    if finding.clears_below is not None:
        clears = clears.replace("clearly below the threshold", f"below {percent(finding.clears_below)}")
    return _alert(
        view, rule, slot, state=state, title=title, evidence=evidence, clears_when=clears, risk=risk, play=play
    )


def _resolution(view: View, rule: Rule, slot: Slot) -> Alert:
    facts = view.facts
    reason = rule.resolved if facts.is_open else _ending(facts)
    if facts.is_open and rule.name in view.team.off:
        reason = "the rule was switched off"
    elif facts.is_open and "hold" in rule.paused_by and facts.on_hold(view.now):
        reason = f"the deal is on hold ({facts.hold_reason})"
    elif facts.is_open and "meeting" in rule.paused_by and view.resting:
        reason = "a meeting is planned"
    return _alert(view, rule, slot, state="resolved", title=f"Resolved: {reason}", resolution=reason)


def _ending(facts: Opportunity) -> str:
    return f"the deal was {facts.status}" if facts.status != "merged" else "the deal was merged into another"


def _alert(view: View, rule: Rule, slot: Slot, **said: object) -> Alert:
    facts = view.facts
    fields: dict[str, object] = {"evidence": (), "clears_when": rule.clears_when, **said}
    return Alert(
        id=alert_id(facts.id, rule.name, slot.episode),
        sequence=slot.sequence,
        rule=rule.name,
        rule_version=RULE_VERSION,
        severity=slot.severity,
        opportunity=facts.id,
        name=facts.name,
        owner=facts.owner,
        account=facts.account,
        stage=facts.stage,
        amount=facts.amount,
        currency=facts.currency,
        episode=slot.episode,
        opened_at=slot.opened_at,
        at=view.now,
        feed=view.feed[0],
        **fields,  # type: ignore[arg-type]  # the callers above name Alert's own fields
    )
