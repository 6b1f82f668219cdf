"""A transition of an alert in words: every reason with its evidence, and the risk of the leading one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.alerts.alert import RULE_VERSION, Alert, Ended, Reason, RiskStatement, Transition
from streams.alerts.declare import Rule
from streams.alerts.heed import why_moved
from streams.alerts.propose import updates
from streams.alerts.view import Finding, View
from streams.alerts.words import percent
from streams.state.watch import AlertState, ReasonState

StateRisk = Callable[[str], RiskStatement | None]
#: A told reason: its rule, what is known of it, and what the rule finds now.
Told = tuple[Rule, ReasonState, Finding]


@dataclass(frozen=True, slots=True)
class Cause:
    """Who did it and what they wrote, where a person did; and which reasons ended, the one that led first."""

    by: str = ""
    note: str = ""
    ended: tuple[Ended, ...] = ()

    @property
    def resolution(self) -> str:
        """Why the reason that led ended."""
        return self.ended[0].why if self.ended else ""


def state(
    view: View, alert: AlertState, transition: Transition, told: Sequence[Told], state_risk: StateRisk, cause: Cause
) -> Alert:
    """Say an alert that is not over, with its reasons, the leading one first."""
    reasons = tuple(_reason(view, each) for each in told)
    leading = told[0][0] if told else None
    return _alert(
        view,
        alert,
        transition,
        cause,
        title=reasons[0].title if reasons else "",
        reasons=reasons,
        updates=updates(view),
        risk=None if leading is None else state_risk(leading.target),
    )


def resolve(view: View, alert: AlertState, cause: Cause) -> Alert:
    """Say that an alert is over, and why."""
    return _alert(view, alert, "resolved", cause, title=f"Resolved: {cause.resolution}", resolution=cause.resolution)


def ending(view: View, rule: Rule) -> str:
    """Why the reason of a rule does not hold any more, in words."""
    facts = view.facts
    if not facts.is_open:
        return f"the deal was {facts.status}" if facts.status != "merged" else "the deal was merged into another"
    if rule.name in view.team.off:
        return "the rule was switched off"
    if "hold" in rule.paused_by and facts.on_hold(view.now):
        return f"the deal is on hold ({facts.hold_reason})"
    if "meeting" in rule.paused_by and view.resting:
        return "a meeting is planned"
    return rule.resolved


def _reason(view: View, told: Told) -> Reason:
    rule, known, finding = told
    title, evidence = rule.say(view, finding)
    if (why := why_moved(view.team, rule)) is not None:
        evidence = (*evidence, why)
    clears = rule.clears_when
    if finding.clears_below is not None:
        clears = clears.replace("clearly below the threshold", f"below {percent(finding.clears_below)}")
    return Reason(
        rule=rule.name,
        rule_version=RULE_VERSION,
        severity=known.severity,
        episode=known.episode,
        title=title,
        evidence=evidence,
        clears_when=clears,
        snoozed_until=known.snoozed_until if known.snoozed(view.now) else None,
    )


def _alert(view: View, alert: AlertState, transition: Transition, cause: Cause, **said: object) -> Alert:
    facts = view.facts
    return Alert(
        id=alert.id,
        sequence=alert.sequence,
        transition=transition,
        status=alert.status,
        severity=alert.severity,
        rule=alert.rule,
        opportunity=facts.id,
        name=facts.name,
        owner=facts.owner,
        account=facts.account,
        stage=facts.stage,
        amount=facts.amount,
        currency=facts.currency,
        opened_at=alert.opened_at,
        at=view.now,
        assignee=alert.assignee,
        acknowledged_by=alert.acknowledged_by,
        by=cause.by,
        note=cause.note,
        ended=cause.ended,
        feed=view.feed[0],
        **said,  # type: ignore[arg-type]  # the callers above name Alert's own fields
    )
