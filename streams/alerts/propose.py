"""What was done with a buyer -> what the deal's record should say, so that nobody has to type it. Pure.

A proposal is sent while the stage is an earlier one, the buyer signs while the deal is open, the close date is over or
missing, a meeting is planned while no step is written down. Each is put to a person as a question. The answer is one
event: the change itself, which names the update, or `deal.update_rejected.v1`, after which the same is not asked again
until something new speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, assert_never

import msgspec
from msgspec import Meta, Struct

from models.closing import Closings
from streams.alerts.closing import day_of, foresee
from streams.alerts.parameters import Parameters, parameter
from streams.alerts.update import Field, Update, update_id
from streams.alerts.view import View
from streams.alerts.words import count, day
from streams.events.deal import (
    CloseDateChanged,
    CloseDateData,
    NextStepChanged,
    NextStepData,
    StageChanged,
    StageData,
    Won,
    WonData,
)
from streams.events.envelope import Event, moment_of
from streams.state.opportunity import DAY

_MEETING = "Meeting with the buyer"
#: A date that lies ahead is asked about only where the proposed one is so much later, or each day would ask for one.
_LATER = 14 * DAY


class RecordBehind(Parameters, frozen=True, kw_only=True, gc=False):
    """Which stage a proposal belongs to, and how long the record may lag behind what was done."""

    days: Annotated[
        int, parameter("business days", "between what was done and the alert", "judged: a CRM takes a day", ge=1, le=90)
    ] = 2
    proposal_stage: Annotated[
        str,
        Meta(
            max_length=100,
            description="the stage of a deal whose proposal is out; empty: none is proposed",
            extra={"unit": "name", "origin": "the usual name"},
        ),
    ] = "Proposal"
    proposal_position: Annotated[
        int,
        parameter("rank", "of that stage on the sales ladder; deals before it are asked about", "judged", ge=0, le=99),
    ] = 4


def updates(view: View, closings: Closings | None = None) -> tuple[Update, ...]:
    """Return what is proposed for an open deal, what says most first; a close date only where `closings` are given."""
    if not view.facts.is_open:
        return ()
    found = (*overdue_updates(view), *_close_date(view, closings), *_next_step(view))
    return tuple(each for each in found if each.id not in view.facts.rejected)


def overdue_updates(view: View) -> Iterator[Update]:
    """What the stream has seen happen and the record does not say: the end of the deal, or its stage."""
    facts = view.facts
    if facts.signed_at is not None:
        yield _update(
            view, "status", "won", facts.signed_at, "Mark it as won?", f"the buyer signed {day(facts.signed_at)}"
        )
        return
    sent, entered = facts.last_proposal_at, facts.stage_entered_at or 0
    if sent is None or sent <= entered or facts.position is None:
        return
    settings = view.settings_of(RecordBehind)
    stage, rank = settings.proposal_stage, settings.proposal_position
    if not stage or stage == facts.stage or facts.position >= rank:
        return
    met = (f"{count(facts.meetings_held, 'meeting')} held",) if facts.meetings_held else ()
    proposed = _update(view, "stage", stage, sent, f"Move to {stage}?", f"a proposal was sent {day(sent)}", *met)
    yield msgspec.structs.replace(proposed, position=rank)


def _close_date(view: View, closings: Closings | None) -> Iterator[Update]:
    """A date to close by, where there is none, it is over, or it is doubted aloud."""
    facts, due = view.facts, view.facts.close_due
    if closings is None or view.resting:
        return
    doubted = due is None or due <= view.now or view.told("slipping") is not None
    said = foresee(facts, view.now, closings) if doubted else None
    if said is None or said.proposed is None:
        return
    if due is not None and said.proposed - due < (0 if due <= view.now else _LATER):
        return
    on = day_of(said.proposed, facts, view.policy.timezone)
    why = "there is no close date" if due is None else f"the close date {facts.close_date[:10]} "
    if due is not None:
        why += "is over" if due <= view.now else "is doubtful"
    since = facts.born_at if due is None else due
    # Which day it is moves on daily, the question does not: so the day is no part of the id.
    proposed = _update(view, "close_date", "", since, f"Close it by {on.isoformat()}?", why, said.reason)
    yield msgspec.structs.replace(proposed, value=on.isoformat())


def _next_step(view: View) -> Iterator[Update]:
    """A meeting that is planned, where no step is written down that is still due."""
    facts, meeting = view.facts, view.facts.meeting_at
    if meeting is None or meeting <= view.now:
        return
    due = facts.next_step_due
    if facts.next_step and (due is None or due > view.now):
        return
    why = f"a meeting is planned for {moment_of(meeting):%Y-%m-%d %H:%M} UTC"
    proposed = _update(view, "next_step", _MEETING, meeting, f"Next step: {_MEETING.lower()}, {day(meeting)}?", why)
    yield msgspec.structs.replace(proposed, due=meeting)


def _update(view: View, field: Field, value: str, since: int, title: str, *evidence: str) -> Update:
    named = update_id(view.facts.id, field, value, since)
    return Update(id=named, field=field, value=value, title=title, evidence=evidence, since=since)


def accepted(update: Update) -> tuple[type[Event], Struct]:
    """The event that somebody accepts an update with, and its data."""
    match update.field:
        case "status":
            return Won, WonData(update=update.id)
        case "stage":
            return StageChanged, StageData(stage=update.value, position=update.position, update=update.id)
        case "close_date":
            return CloseDateChanged, CloseDateData(close_date=date.fromisoformat(update.value), update=update.id)
        case "next_step":
            due = None if update.due is None else moment_of(update.due)
            return NextStepChanged, NextStepData(text=update.value, due=due, update=update.id)
        case _:
            assert_never(update.field)
