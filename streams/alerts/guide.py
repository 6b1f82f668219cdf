"""Door: what the rules decided -> what is said, with the play for it, and what happened to the deal's plays."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import Alert
from streams.alerts.decide import Decision
from streams.alerts.lifecycle import Move, Reasons
from streams.alerts.plays import Play, StepDue, Withheld
from streams.alerts.view import View
from streams.events.envelope import Event
from streams.plays.advance import Recommended, advance, presses
from streams.plays.arm import run_id
from streams.plays.definition import PlayDefinition
from streams.plays.event import PlayEvent
from streams.plays.situation import Situation
from streams.state.calendar import Calendar
from streams.state.opportunity import Opportunity
from streams.state.watch import AlertState, RunState

Runs = dict[str, RunState]

#: Transitions that ask for something: a play may begin with them.
_TOLD = ("opened", "reopened", "escalated", "de_escalated", "changed")


class Guided(Struct, frozen=True, gc=False):
    """The alerts with their plays, the runs after the look, what happened to them, and when to look again."""

    alerts: tuple[Alert, ...]
    runs: Runs
    events: tuple[PlayEvent, ...]
    look_at: int | None


def guide(view: View, decision: Decision, runs: Runs, event: Event | None) -> Guided:
    """Follow the deal's plays after a look at it; `event` is what just arrived, none at a deadline."""
    spoken = [alert for alert in decision.alerts if alert.status != "resolved"]
    if not _concerns_plays(view.facts, view.now, decision.alert, runs):
        return Guided(decision.alerts, runs, (), None)
    ended = view.facts.is_open and not view.facts.on_hold(view.now)
    left = frozenset(rule for rule, move in decision.moves if move is Move.LEFT) if ended else frozenset[str]()
    situation = _situation(view, decision.alert, decision.reasons, left, event)
    told = bool(spoken) and spoken[-1].transition in _TOLD
    advanced = advance(runs, situation, said=bool(spoken), told=told)
    alerts = decision.alerts
    if spoken and advanced.recommended is not None:
        said = _said(advanced.recommended, situation)
        alerts = tuple(each if each.status == "resolved" else replace(each, **said) for each in alerts)
    return Guided(alerts, advanced.runs, advanced.events, advanced.look_at)


def must_press(view: View, runs: Runs, alert: AlertState, reasons: Reasons) -> bool:
    """Whether nobody turned to an alert for so long that it is told again, with a play for it."""
    if alert.status != "open" or alert.acknowledged_by:
        return False
    return presses(runs, _situation(view, alert, reasons, frozenset(), None))


def schedule(play: PlayDefinition, run: RunState, calendar: Calendar, now: int) -> tuple[StepDue, ...]:
    """When each step of a run is due, whether it was seen to be done, and whether its time is over."""
    steps = []
    for place, step in enumerate(play.steps):
        due = calendar.after_business_days(run.started_at, step.due)
        done = bool(run.done >> place & 1)
        # A step that the stream cannot see counts as done with the play.
        missed = not done and (bool(step.seen_in) or run.followed_at is None)
        steps.append(StepDue(due, step.who or play.who, done, missed and now > due))
    return tuple(steps)


def _concerns_plays(facts: Opportunity, now: int, alert: AlertState | None, runs: Runs) -> bool:
    if runs or (alert is not None and not alert.is_over):
        return True
    return facts.is_open and (facts.readiness == "not_ready" or facts.on_hold(now))


def _situation(
    view: View, alert: AlertState | None, reasons: Reasons, left: frozenset[str], event: Event | None
) -> Situation:
    policy = view.policy
    return Situation(
        facts=view.facts,
        now=view.now,
        calendar=view.calendar,
        playbook=policy.playbook,
        manager=policy.team_of(view.facts.owner).manager or policy.general.manager,
        alert=alert,
        reasons=reasons,
        left=left,
        event=event,
    )


def _said(recommended: Recommended, situation: Situation) -> dict[str, Play | Withheld]:
    """The fields of an alert that say what to do, or that it is not said."""
    play, run = recommended.play, recommended.run
    if recommended.held_out:
        named = "" if run is None else run_id(situation.facts.id, play.id, run.version, run.started_at)
        return {"withheld": Withheld(play.id, play.version, named)}
    return {"play": as_said(play, run, situation)}


def as_said(play: PlayDefinition, run: RunState | None, situation: Situation) -> Play:
    """A play as people read it, with its run where one goes on."""
    return Play(
        id=play.id,
        version=play.version,
        title=play.title,
        steps=tuple(step.text for step in play.steps),
        success=play.success.text,
        situation=play.situation,
        who=play.who,
        owner=situation.person(play.who),
        run="" if run is None else run_id(situation.facts.id, play.id, run.version, run.started_at),
        started_at=None if run is None else run.started_at,
        ends_at=None if run is None else run.ends_at,
        followed=run is not None and run.followed_at is not None,
        schedule=() if run is None else schedule(play, run, situation.calendar, situation.now),
    )
