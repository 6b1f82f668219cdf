"""What a step asks of the shell, as values. Nothing has happened yet when they exist."""

from __future__ import annotations

from dataclasses import dataclass

from streams.alerts.alert import Alert
from streams.events.rejection import Rejection
from streams.facts import Fact
from streams.labels.lesson import Lesson
from streams.state.memory import DealState


@dataclass(frozen=True, slots=True)
class Publish:
    """Say an alert on `deal.alerts`, at once."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Teach:
    """Send a lesson to the learner on `deal.examples`."""

    lesson: Lesson


@dataclass(frozen=True, slots=True)
class Reject:
    """Put the record into the dead letters with this reason."""

    rejection: Rejection


Effect = Publish | Teach | Reject


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of one look at a deal: its state afterwards, what to do, and what was noticed.

    `state` none means: forget the deal (or there was none and still is none).
    """

    state: DealState | None
    effects: tuple[Effect, ...] = ()
    facts: tuple[Fact, ...] = ()
