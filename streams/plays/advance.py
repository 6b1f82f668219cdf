"""Door: the runs of a deal after a look at it, what happened to them, what to recommend, and when to look again.

    known           what is seen                                        what happens
    running         an event that the play names, or a person's "done"  followed, once
    running, ended  the buyer is heard from within 14 days              replied, once
    running, ended  the reason it began for is over, until the end      calmed, once
    running         a month without a touch, while it has a rhythm      touch_due
    running         the hold it is about is over                        woke, once
    running         its success condition holds                         succeeded
    running         the deal closes otherwise, the alert is dismissed   withdrawn
    running         the play is not what it was                         withdrawn
    running         its time is up                                      failed
    none, cool      the situation of the play                           started

A run that is withheld (its arm is held out) is followed and judged all the same, and nothing of it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from streams.events.action import AlertDismissed
from streams.plays.arm import is_held_out, run_id
from streams.plays.definition import PlayDefinition
from streams.plays.event import Happened, PlayEvent, event_id
from streams.plays.outcome import REPLY_DAYS, end_of, has_replied, has_worked, seen_by, settles_at
from streams.plays.situation import Situation, attended_by, is_called_for, resumes_at, unattended_since
from streams.state.opportunity import DAY
from streams.state.watch import RunState


class Recommended(Struct, frozen=True, gc=False):
    """The play for the deal's alert: with its run, where one goes on; withheld, where the deal is held out."""

    play: PlayDefinition
    held_out: bool
    run: RunState | None = None


class Advanced(Struct, frozen=True, gc=False):
    """What one look comes to."""

    runs: dict[str, RunState]
    events: tuple[PlayEvent, ...]
    recommended: Recommended | None
    look_at: int | None


def advance(runs: dict[str, RunState], situation: Situation, *, said: bool, told: bool) -> Advanced:
    """Follow the runs and begin what is called for.

    `said` tells whether something is said of the alert, which needs a play, and `told` that it is to be acted upon: a
    person's own action begins no play.
    """
    events: list[PlayEvent] = []
    after: dict[str, RunState] = {}
    for name, run in runs.items():
        play = situation.playbook.of(name)
        kept, happened = _follow(run, play, situation)
        events += (_event(name, play, kept, each, why, situation) for each, why in happened)
        if kept.status == "running" or situation.now < _forgotten_at(kept, play):
            after[name] = kept
    recommended = None
    if situation.facts.is_open:
        for play in situation.playbook.standing:
            if _may_start(play, after, situation):
                events.append(_start(play, after, situation))
        if said:
            recommended = _recommend(after, situation, events, told=told)
    return Advanced(after, tuple(events), recommended, min(_looks(after, situation), default=None))


def presses(runs: dict[str, RunState], situation: Situation) -> bool:
    """Whether a play is to be shown because nobody attends to the alert: it must be told again."""
    return any(
        _may_start(play, runs, situation) and not is_held_out(situation.facts.id, play)
        for play in situation.playbook.standing
        if play.trigger.on == "unattended"
    )


def _follow(
    run: RunState, play: PlayDefinition | None, situation: Situation
) -> tuple[RunState, list[tuple[Happened, str]]]:
    happened: list[tuple[Happened, str]] = []
    if play is None or play.version != run.version:
        if run.status == "running":
            run = replace(run, status="withdrawn")
            happened.append(("withdrawn", "the play was changed"))
        return run, happened
    before = run
    if run.status == "running":
        run = seen_by(run, play, situation)
        if run.followed_at is not None and before.followed_at is None:
            happened.append(("followed", ""))
    if not run.replied and has_replied(run, situation):
        run = replace(run, replied=True)
        happened.append(("replied", ""))
    if not run.calmed and run.rule in situation.left and (run.ends_at is None or situation.now < run.ends_at):
        run = replace(run, calmed=True)
        happened.append(("calmed", ""))
    if run.status != "running":
        return run, happened
    run, asked = _ask(run, play, situation)
    run, ended = _end(run, play, situation)
    return run, [*happened, *asked, *ended]


def _ask(run: RunState, play: PlayDefinition, situation: Situation) -> tuple[RunState, list[tuple[Happened, str]]]:
    """Say that a light touch is due, or that the hold is over."""
    facts, now = situation.facts, situation.now
    asked: list[tuple[Happened, str]] = []
    if not facts.is_open:
        return run, asked
    if play.trigger.on == "hold" and not run.woke:
        resumes = resumes_at(facts, run.started_at)
        if resumes is not None and now >= resumes:
            run = replace(run, woke=True)
            asked.append(("woke", "the hold is over"))
    due = touch_due(run, play, situation)
    if due is not None and now >= due:
        run = replace(run, reminded_at=now)
        asked.append(("touch_due", f"no touch for {play.touch_every_days} days"))
    return run, [] if run.holdout else asked


def touch_due(run: RunState, play: PlayDefinition, situation: Situation) -> int | None:
    """When the next light touch is due, after the last one and the last time that one was asked for; none without."""
    if play.touch_every_days is None or (play.trigger.on == "hold" and not situation.facts.on_hold(situation.now)):
        return None
    return max(run.started_at, run.touched_at or 0, run.reminded_at or 0) + play.touch_every_days * DAY


def _end(run: RunState, play: PlayDefinition, situation: Situation) -> tuple[RunState, list[tuple[Happened, str]]]:
    ends_at = end_of(run, play.success, situation)
    if ends_at != run.ends_at:
        run = replace(run, ends_at=ends_at)
    facts, event = situation.facts, situation.event
    if has_worked(run, play.success, situation):
        return replace(run, status="succeeded"), [("succeeded", play.success.text)]
    why = ""
    if not facts.is_open:
        why = f"the deal was {facts.status}"
    elif isinstance(event, AlertDismissed) and event.data.alert == run.alert and event.data.rule in ("", run.rule):
        why = "the alert was dismissed"
    elif play.trigger.on == "not_ready" and facts.readiness != "not_ready":
        why = "the buyer is judged otherwise"
    if why:
        return replace(run, status="withdrawn"), [("withdrawn", why)]
    if ends_at is not None and situation.now >= ends_at:
        return replace(run, status="failed"), [("failed", f"not within its time: {play.success.text}")]
    return run, []


def _cool_at(run: RunState, play: PlayDefinition) -> int:
    return run.started_at + play.cool_down_days * DAY


def _forgotten_at(run: RunState, play: PlayDefinition | None) -> int:
    """When nothing follows any more from a run that is over."""
    measured = run.started_at + REPLY_DAYS * DAY
    return measured if play is None else max(measured, _cool_at(run, play))


def _may_start(play: PlayDefinition, runs: dict[str, RunState], situation: Situation) -> bool:
    """Whether a run may begin: the play is called for, was not begun lately, and is not there yet."""
    known = runs.get(play.id)
    if known is not None and (known.status == "running" or situation.now < _cool_at(known, play)):
        return False
    return is_called_for(play, situation, runs) and not has_worked(_begun(play, situation), play.success, situation)


def _begun(play: PlayDefinition, situation: Situation) -> RunState:
    alert = None if play.trigger.on in ("hold", "not_ready") else situation.alert
    begun = RunState(
        version=play.version,
        started_at=situation.now,
        holdout=is_held_out(situation.facts.id, play),
        alert="" if alert is None else alert.id,
        rule="" if alert is None else alert.rule,
    )
    return replace(begun, ends_at=end_of(begun, play.success, situation))


def _start(play: PlayDefinition, runs: dict[str, RunState], situation: Situation) -> PlayEvent:
    run = runs[play.id] = _begun(play, situation)
    return _event(play.id, play, run, "started", play.situation, situation)


def _recommend(
    runs: dict[str, RunState], situation: Situation, events: list[PlayEvent], *, told: bool
) -> Recommended | None:
    """The most specific play for the alert: one that goes on, else one that may begin, else one said before."""
    alert = situation.alert
    if alert is None or alert.is_over:
        return None
    said_before: Recommended | None = None
    for play in situation.playbook.plays:
        run = runs.get(play.id)
        goes_on = run is not None and run.status == "running"
        if run is not None and goes_on and (play.trigger.on != "alert" or is_called_for(play, situation, runs)):
            if play.trigger.on == "unattended" and run.holdout:
                continue
            return Recommended(play, run.holdout, run)
        if goes_on or play.trigger.on == "unattended" or not is_called_for(play, situation, runs):
            continue
        if told and alert.status != "snoozed" and _may_start(play, runs, situation):
            events.append(_start(play, runs, situation))
            return Recommended(play, runs[play.id].holdout, runs[play.id])
        said_before = said_before or Recommended(play, is_held_out(situation.facts.id, play))
    return said_before


def _looks(runs: dict[str, RunState], situation: Situation) -> Iterator[int]:
    """When the runs, or nobody's attention, want a look although nothing happens."""
    for name, run in runs.items():
        play = situation.playbook.of(name)
        if play is None or run.status != "running":
            continue
        wanted = [run.ends_at, settles_at(run, play.success, situation), touch_due(run, play, situation)]
        yield from (each for each in wanted if each is not None and each > situation.now)
    for play in situation.playbook.standing:
        known = runs.get(play.id)
        if play.trigger.on != "unattended" or (known is not None and known.status == "running"):
            continue
        since = unattended_since(play.trigger, situation, runs)
        if since is not None and (due := attended_by(play.trigger, since, situation)) > situation.now:
            yield due


def _event(
    name: str, play: PlayDefinition | None, run: RunState, happened: Happened, why: str, situation: Situation
) -> PlayEvent:
    facts = situation.facts
    who = "owner" if play is None else play.who
    run_name = run_id(facts.id, name, run.version, run.started_at)
    return PlayEvent(
        id=event_id(run_name, happened, situation.now),
        run=run_name,
        happened=happened,
        opportunity=facts.id,
        play=name,
        version=run.version,
        title="" if play is None else play.title,
        arm="held_out" if run.holdout else "played",
        at=situation.now,
        started_at=run.started_at,
        ends_at=run.ends_at,
        alert=run.alert,
        rule=run.rule,
        who=who,
        owner=situation.person(who),
        why=why,
    )
