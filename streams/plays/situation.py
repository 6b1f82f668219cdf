"""What plays go by at one look at a deal, and whether a play is called for in it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from streams.events.envelope import Event
from streams.plays.definition import PlayDefinition, Trigger, Who
from streams.plays.playbook import Playbook
from streams.state.calendar import Calendar
from streams.state.opportunity import DAY, Opportunity
from streams.state.watch import AlertState, ReasonState, RunState, Severity

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}

Runs = Mapping[str, RunState]


class Situation(Struct, frozen=True, kw_only=True, gc=False):
    """A deal at `now` (milliseconds), with its alert and reasons after the rules were heard."""

    facts: Opportunity
    now: int
    calendar: Calendar
    playbook: Playbook
    #: Whom the owner's team names; empty where nobody.
    manager: str = ""
    alert: AlertState | None = None
    reasons: Mapping[str, ReasonState] = {}
    #: Rules whose reason ended because its cause did.
    left: frozenset[str] = frozenset()
    #: What just arrived; none at a deadline.
    event: Event | None = None

    def person(self, who: Who) -> str:
        """Who it is that a play or a step is for."""
        if who == "manager":
            return self.manager
        given = self.alert.assignee if self.alert is not None and who == "assignee" else ""
        return given or self.facts.owner


def is_called_for(play: PlayDefinition, situation: Situation, runs: Runs) -> bool:
    """Whether the situation is that of a play, whatever was played before."""
    trigger, facts = play.trigger, situation.facts
    if not play.on or not facts.is_open:
        return False
    if trigger.on == "hold":
        return facts.on_hold(situation.now) and _facts_fit(trigger, facts, situation.now)
    if trigger.on == "not_ready":
        return facts.readiness == "not_ready" and _facts_fit(trigger, facts, situation.now)
    alert = situation.alert
    if alert is None or alert.is_over or _RANK[alert.severity] < _RANK[trigger.severity]:
        return False
    if (trigger.rules and alert.rule not in trigger.rules) or not _facts_fit(trigger, facts, situation.now):
        return False
    if trigger.on == "unattended":
        if situation.event is not None:  # only time tells that nobody came
            return False
        since = unattended_since(trigger, situation, runs)
        return since is not None and situation.now >= attended_by(trigger, since, situation)
    return True


def unattended_since(trigger: Trigger, situation: Situation, runs: Runs) -> int | None:
    """Since when the alert is as severe as the trigger says and nobody turned to it; none where that is not so."""
    alert, facts, now = situation.alert, situation.facts, situation.now
    if alert is None or alert.status != "open" or alert.acknowledged_by or alert.assignee:
        return None
    pressing = [
        max(each.at, each.snoozed_until or 0)
        for each in situation.reasons.values()
        if not each.gone and not each.snoozed(now) and _RANK[each.severity] >= _RANK[trigger.severity]
    ]
    if not pressing:
        return None
    since = min(pressing)
    touches = [facts.last_outbound_at, facts.last_contact_at]
    touches += [each for run in runs.values() for each in (run.followed_at, run.touched_at)]
    return None if any(each is not None and each >= since for each in touches) else since


def attended_by(trigger: Trigger, since: int, situation: Situation) -> int:
    """By when somebody should have turned to an alert."""
    return situation.calendar.after_business_days(since, trigger.after_business_days)


def resumes_at(facts: Opportunity, started_at: int) -> int | None:
    """When the hold that a run is about ends, or ended; none while it has no date."""
    if facts.hold_since is not None:
        return facts.hold_until
    ended = facts.hold_ended_at
    return ended if ended is not None and ended >= started_at else started_at


def _facts_fit(trigger: Trigger, facts: Opportunity, now: int) -> bool:
    people, amount = len(facts.people), facts.amount
    alone = people == 1 or (facts.people_left > 0 and not people)
    place = facts.position
    return (
        (not trigger.hold or (facts.on_hold(now) and facts.hold_reason in trigger.hold))
        and trigger.readiness in (None, facts.readiness)
        and trigger.single_threaded in (None, alone)
        and (trigger.people_at_least is None or people >= trigger.people_at_least)
        and (trigger.people_at_most is None or people <= trigger.people_at_most)
        and (trigger.unanswered_at_least is None or facts.unanswered >= trigger.unanswered_at_least)
        and (trigger.silent_days_at_least is None or now - facts.quiet_since >= trigger.silent_days_at_least * DAY)
        and (trigger.pushes_at_least is None or facts.pushes >= trigger.pushes_at_least)
        and (trigger.position_at_least is None or (place is not None and place >= trigger.position_at_least))
        and (trigger.position_at_most is None or (place is not None and place <= trigger.position_at_most))
        and (
            trigger.amount_at_least is None
            or (amount is not None and Decimal(amount) >= Decimal(trigger.amount_at_least))
        )
    )
