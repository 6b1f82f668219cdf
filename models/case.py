"""A case: what the learner learns from, and what everybody who only brings or counts cases needs to know of it."""

from __future__ import annotations

from msgspec import Struct

from models.schema import Vector


class Case(Struct, frozen=True):
    """What was measured of a deal, what was said then (none where no model was ready), and what came of it."""

    target: str
    deal: str
    vector: Vector
    label: bool
    predicted: float | None = None
    asked: int | None = None
    """The UTC day of the question."""
    foreign: bool = False
    """Whether weights that were not this learner's own said it (pinned ones): their mistakes are not its mistakes."""
    horizon: float | None = None
    """Days from the question to its answer, where it is known."""
    taken_back: int | None = None
    """The UTC day on which this label was learned, where it does not hold any more: it is to be unlearned."""
