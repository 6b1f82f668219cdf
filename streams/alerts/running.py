"""Plays that run on a deal beside its alert: a hold or an unready buyer called for them, or an alert that is over.

Nothing here tells of a run that is withheld, not even that there is one: with an alert it is said that a play is
missing, since one would be looked for; where nobody expects a play its absence gives nothing away, and a word about it
would be the nudge that the comparison must do without.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from streams.alerts.guide import as_said
from streams.alerts.plays import Play
from streams.alerts.policy import Policy
from streams.plays.advance import touch_due
from streams.plays.arm import run_id
from streams.plays.definition import PlayDefinition
from streams.plays.situation import Situation, resumes_at
from streams.state.calendar import Calendar
from streams.state.opportunity import Opportunity
from streams.state.watch import RunState, Watch

#: So many business days before it is due something begins to press, and so many after it nobody is asked any more:
#: what was done where no feed sees it must not stand there for months.
BEFORE, AFTER = 1, 5


class Ask(Struct, frozen=True, omit_defaults=True):
    """One thing that a play asks for: in words, and by when (milliseconds); `over` where that has passed."""

    text: str
    due: int
    over: bool = False


class RunningPlay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A play that runs, with its steps, and what it asks for that was not seen to be done, the earliest first."""

    play: Play
    #: The alert that called for it, and the rule that led it; empty where the deal itself did.
    alert: str = ""
    rule: str = ""
    #: Days between two light touches, and when the next one is due; or when one was asked for, until it came.
    touch_every_days: int | None = None
    touch_due: int | None = None
    asks: tuple[Ask, ...] = ()


def running_plays(facts: Opportunity, watch: Watch, now: int, policy: Policy, but: str = "") -> tuple[RunningPlay, ...]:
    """Return the plays that run on a deal at `now`, the most specific first; `but` is the run that its alert carries.

    `policy` is what the deal's partition goes by: a play that it does not know says nothing.
    """
    if not facts.is_open or not watch.runs:
        return ()
    team = policy.team_of(facts.owner)
    situation = Situation(
        facts=facts,
        now=now,
        calendar=policy.calendar_of(team),
        playbook=policy.playbook,
        manager=team.manager or policy.general.manager,
        alert=watch.alert,
        reasons=watch.reasons,
    )
    return tuple(_running(situation, watch, but))


def may_press(watch: Watch) -> bool:
    """Whether a run goes on that no alert called for: a glance, for who looks through many deals."""
    return any(not run.alert and run.status == "running" and not run.holdout for run in watch.runs.values())


def is_pressing(ask: Ask, now: int, calendar: Calendar) -> bool:
    """Whether now is the time for it: from a business day before it is due to five after."""
    return calendar.business_days(now, ask.due) < BEFORE and calendar.business_days(ask.due, now) < AFTER


def _running(situation: Situation, watch: Watch, but: str) -> Iterator[RunningPlay]:
    for play in situation.playbook.plays:
        run = watch.runs.get(play.id)
        if run is None or run.status != "running" or run.holdout or run.version != play.version:
            continue
        if run_id(situation.facts.id, play.id, run.version, run.started_at) == but:
            continue
        said = as_said(play, run, situation)
        touch = _touch(run, play, situation)
        yield RunningPlay(
            play=said,
            alert=run.alert,
            rule=run.rule,
            touch_every_days=play.touch_every_days,
            touch_due=touch,
            asks=tuple(sorted(_asks(play, run, said, touch, situation), key=lambda each: each.due)),
        )


def _touch(run: RunState, play: PlayDefinition, situation: Situation) -> int | None:
    following = touch_due(run, play, situation)
    owed = run.reminded_at is not None and (run.touched_at is None or run.touched_at < run.reminded_at)
    return run.reminded_at if owed and following is not None else following


def _asks(play: PlayDefinition, run: RunState, said: Play, touch: int | None, situation: Situation) -> Iterator[Ask]:
    for step, its in zip(play.steps, said.schedule, strict=True):
        # A step that the stream cannot see counts as done with the play.
        if not its.done and (step.seen_in or run.followed_at is None):
            yield Ask(step.text, its.due, its.over)
    if touch is not None:
        yield Ask("A light touch, no pressure", touch, situation.now > touch)
    resumed = resumes_at(situation.facts, run.started_at) if run.woke else None
    if resumed is not None:
        yield Ask("The hold is over: turn to the buyer", resumed, situation.now > resumed)
