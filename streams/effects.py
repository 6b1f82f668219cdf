"""What a step asks of the shell, as values. Nothing has happened yet when they exist."""

from __future__ import annotations

from msgspec import Struct

from streams.alerts.alert import Alert
from streams.events.rejection import Rejection
from streams.facts import Fact
from streams.labels.lesson import Lesson
from streams.plays.event import PlayEvent
from streams.state.memory import DealState


class Publish(Struct, frozen=True, gc=False):
    """Say an alert on `deal.alerts`, at once."""

    alert: Alert


class Follow(Struct, frozen=True, gc=False):
    """Say on `deal.plays` what happened to a play."""

    event: PlayEvent


class Teach(Struct, frozen=True, gc=False):
    """Send a lesson to the learner on `deal.examples`."""

    lesson: Lesson


class Reject(Struct, frozen=True, gc=False):
    """Put the record into the dead letters with this reason."""

    rejection: Rejection


Effect = Publish | Follow | Teach | Reject


class Step(Struct, frozen=True, gc=False):
    """The outcome of one look at a deal: its state afterwards, what to do, and what was noticed.

    `state` none means: forget the deal (or there was none and still is none).
    """

    state: DealState | None
    effects: tuple[Effect, ...] = ()
    facts: tuple[Fact, ...] = ()
