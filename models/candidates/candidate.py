"""The protocol of a candidate: one target, learned a day at a time, asked in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from models.case import Case
from models.norms import Norms
from models.schema import Vector


class Question(NamedTuple):
    """A deal as it was measured when the question was asked."""

    deal: str
    vector: Vector


class Day(NamedTuple):
    """What became known on a UTC day: the cases whose answer fell due, in the product's order, and what is usual.

    The cases are those of all targets, as the product has them: words are counted in all. `predicted` is what the
    candidate itself had said where the case is of its own target. `taken_back` are cases of earlier days whose label
    does not hold any more: who cannot unlearn lets them be.
    """

    cases: Sequence[Case]
    norms: Norms
    taken_back: Sequence[Case] = ()


class Terms(NamedTuple):
    """What a candidate is told before it begins; the horizon (days) is that of the inactivity question."""

    target: str
    horizon_days: int
    seed: int = 1


class Candidate(Protocol):
    """One way to predict one target. Deterministic: the same days and questions give the same bits."""

    def learn(self, day: Day) -> None:
        """Learn a day's cases; called once at the end of every UTC day, also where nothing fell due."""

    def predict(self, question: Question) -> float:
        """Say how likely it is, or, where the candidate only ranks, a number that grows with it."""

    def size(self) -> int | None:
        """Bytes of what it has to remember, roughly; none where that is not cheap to say."""


def own(day: Day, target: str) -> list[Case]:
    """The cases of one target."""
    return [case for case in day.cases if case.target == target]
