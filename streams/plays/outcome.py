"""What the stream sees of a run: whether it is followed, whether it worked, when it has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from streams.events.action import AlertDone
from streams.events.activity import is_touch
from streams.plays.definition import PlayDefinition, Success
from streams.plays.situation import Situation, resumes_at
from streams.state.opportunity import DAY
from streams.state.watch import RunState

#: An answer of the buyer that comes later than this after the start is not put down to a play.
REPLY_DAYS = 14


def seen_by(run: RunState, play: PlayDefinition, situation: Situation) -> RunState:
    """Return the run after what just arrived; what is older than the run, or a machine's, shows nothing."""
    event = situation.event
    if event is None or event.at < run.started_at or event.origin == "automation":
        return run
    kind = event.kind
    changes: dict[str, Any] = {}
    if is_touch(event):
        changes["touched_at"] = max(event.at, run.touched_at or 0)
    if kind in play.success.seen:
        changes["seen"] = True
    done = run.done
    for place, step in enumerate(play.steps):
        if kind in step.seen_in:
            done |= 1 << place
    if isinstance(event, AlertDone) and event.data.alert == run.alert and event.data.rule in ("", run.rule):
        done = (1 << len(play.steps)) - 1
    elif kind not in play.followed_by:
        return replace(run, done=done, **changes) if changes or done != run.done else run
    if run.followed_at is None:
        changes["followed_at"] = event.at
    return replace(run, done=done, **changes)


def has_replied(run: RunState, situation: Situation) -> bool:
    """Whether the buyer was heard from within `REPLY_DAYS` of the start."""
    until = run.started_at + REPLY_DAYS * DAY
    return any(run.started_at < each <= until for each in situation.facts.contact_times)


def has_worked(run: RunState, success: Success, situation: Situation) -> bool:
    """Whether what the play is for has come about since its start."""
    said = [check(run, success, situation) for name, check in _CHECKS.items() if getattr(success, name) not in _UNSAID]
    return all(said) if success.match == "all" else any(said)


def end_of(run: RunState, success: Success, situation: Situation) -> int | None:
    """When the run will have failed; none while it has no end."""
    begins: int | None = run.started_at
    if success.resumed is not None:
        begins = resumes_at(situation.facts, run.started_at)
    return None if begins is None else situation.calendar.after_business_days(begins, success.within_business_days)


def settles_at(run: RunState, success: Success, situation: Situation) -> int | None:
    """When the success condition may come to hold although nothing happens."""
    if success.amount_steady_days is not None:
        return run.started_at + success.amount_steady_days * DAY
    return None if success.resumed is None else resumes_at(situation.facts, run.started_at)


def _contact(run: RunState, _success: Success, situation: Situation) -> bool:
    last = situation.facts.last_contact_at
    return last is not None and last > run.started_at


def _people(_run: RunState, success: Success, situation: Situation) -> bool:
    return len(situation.facts.people) >= (success.people_at_least or 0)


def _close_date(_run: RunState, _success: Success, situation: Situation) -> bool:
    due = situation.facts.close_due
    return due is not None and due > situation.now


def _amount(run: RunState, success: Success, situation: Situation) -> bool:
    fell = situation.facts.amount_fell_at
    steady_since = max(run.started_at, fell or 0)
    return steady_since == run.started_at and situation.now >= steady_since + (success.amount_steady_days or 0) * DAY


def _resumed(run: RunState, success: Success, situation: Situation) -> bool:
    resumes = resumes_at(situation.facts, run.started_at)
    if resumes is None or situation.now < resumes or run.touched_at is None:
        return False
    early = situation.calendar.business_days(run.touched_at, resumes)
    return run.touched_at >= resumes or early <= (success.resumed or 0)


def _attended(run: RunState, _success: Success, situation: Situation) -> bool:
    alert = situation.alert
    taken = alert is None or alert.id != run.alert or alert.is_over or bool(alert.acknowledged_by or alert.assignee)
    return taken or run.touched_at is not None or _contact(run, _success, situation)


_UNSAID = (None, False, ())
_CHECKS: dict[str, Callable[[RunState, Success, Situation], bool]] = {
    "seen": lambda run, _success, _situation: run.seen,
    "contact": _contact,
    "answered": lambda _run, _success, situation: situation.facts.waiting_since is None,
    "reason_over": lambda run, _success, _situation: run.calmed,
    "people_at_least": _people,
    "close_date_ahead": _close_date,
    "amount_steady_days": _amount,
    "ready": lambda _run, _success, situation: situation.facts.readiness == "ready",
    "resumed": _resumed,
    "attended": _attended,
    "won": lambda _run, _success, situation: situation.facts.status == "won",
    "lost": lambda _run, _success, situation: situation.facts.status == "lost",
}
#: The conditions of which a play names at least one.
CONDITIONS = tuple(_CHECKS)
