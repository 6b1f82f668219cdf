"""Events of people's judgement: a known stall, whether the buyer is ready at all, an update that is not wanted."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from streams.events.envelope import Event, Identifier, Text, UpdateId

HoldReason = Literal["budget", "holiday", "legal", "procurement", "reorganisation", "other"]
Readiness = Literal["ready", "not_ready"]


class HoldData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the deal rests, and the calendar date on which it resumes (open-ended where none)."""

    reason: HoldReason
    resume_date: date | None = None
    note: Text = ""


class HoldClearedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing more to say."""


class ReadinessData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the buyer is ready to buy."""

    readiness: Readiness
    note: Text = ""


class UpdateRejectedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which proposed update is not wanted."""

    update: UpdateId
    note: Text = ""


class HoldSet(Event, tag="deal.hold_set.v1", frozen=True, kw_only=True):
    """The deal rests for a known reason; its silence is no surprise until it resumes."""

    data: HoldData


class HoldCleared(Event, tag="deal.hold_cleared.v1", frozen=True, kw_only=True):
    """The reason to rest is gone."""

    data: HoldClearedData = HoldClearedData()


class ReadinessChanged(Event, tag="deal.readiness_changed.v1", frozen=True, kw_only=True):
    """Somebody judged whether the buyer is ready."""

    data: ReadinessData


class UpdateRejected(Event, tag="deal.update_rejected.v1", frozen=True, kw_only=True):
    """Somebody rejected a proposed update: it is not proposed again until something new speaks for it."""

    actor: Identifier
    data: UpdateRejectedData
