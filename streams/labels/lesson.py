"""What travels to the learner on `deal.examples`: questions, answers, spans, votes, how far a partition came, pins.

A question carries what was measured when it was asked; its answer follows when it falls due, never before, and may be
taken back. Everything is identified by deal and step, and belongs to the epoch (UTC day) in which it fell due, so that
repeats are recognised.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from models.ballots import Vote
from models.dwell import Stay
from models.schema import Vector
from models.snapshot import Weights
from streams.labels.outcome import Target
from streams.records import read_value


class Asked(Struct, frozen=True, tag="asked", omit_defaults=True):
    """The models were asked about a deal at `at`, grid step `step`; what they said, per target."""

    opportunity: str
    step: int
    at: int
    vector: Vector
    predicted: dict[str, float]


class Answered(Struct, frozen=True, tag="answered", omit_defaults=True):
    """The outcome of the steps `first`..`last` for one target, known since `due`; none where it was withdrawn.

    `revision` is how often answers of this deal had been taken back before.
    """

    opportunity: str
    target: Target
    first: int
    last: int
    due: int
    label: bool | None
    revision: int = 0


class TakenBack(Struct, frozen=True, tag="taken_back", omit_defaults=True):
    """Answers of the steps `first`..`last` for one target hold no more since `at`: the deal was reopened, or is gone.

    Meant are those with this `label` (none: with any) that were given up to this `revision`. `instead` holds from `at`
    on; none: a question is open again, and a later answer counts.
    """

    opportunity: str
    target: Target
    first: int
    last: int
    at: int
    revision: int
    label: bool | None = None
    instead: bool | None = None


class GapEnded(Struct, frozen=True, tag="gap_ended"):
    """A silence of `days` ended with a contact at `ended`, noticed at `at`."""

    opportunity: str
    at: int
    ended: int
    stage: str
    owner: str
    days: float


class StayEnded(Struct, frozen=True, tag="stay_ended"):
    """A deal left a stage at `ended`, after `days`, noticed at `at`."""

    opportunity: str
    at: int
    ended: int
    stage: str
    days: float


class StaysChanged(Struct, frozen=True, tag="stays_changed"):
    """The record at `offset`, taken in at `at`, changed the stays of a deal: each counts so often more (-1: less)."""

    opportunity: str
    at: int
    offset: int
    stays: tuple[tuple[Stay, int], ...]


class VotesChanged(Struct, frozen=True, tag="votes_changed"):
    """The record at `offset`, taken in at `at`, changed what people said of rules: votes, each so often more.

    -1 takes a vote back: somebody undid what they did, or said something else of the same episode.
    """

    opportunity: str
    at: int
    offset: int
    votes: tuple[tuple[Vote, int], ...]


class EpochReached(Struct, frozen=True, tag="epoch_reached"):
    """A partition promises: every lesson of epochs before `epoch` was sent. Its next record is in epoch `heading`."""

    partition: int
    partitions: int
    epoch: int
    heading: int


class Pinned(Struct, frozen=True, tag="pinned"):
    """Somebody (`by`, at `at`) pinned the weights of a target: from the next epoch on they are said, and no others.

    `features` is the fingerprint of the list of features that the weights know.
    """

    target: Target
    at: int
    by: str
    reason: str
    features: str
    weights: Weights


class Resumed(Struct, frozen=True, tag="resumed"):
    """Somebody (`by`, at `at`) lets what is learned be said again, from the next epoch on."""

    target: Target
    at: int
    by: str
    reason: str


#: Lessons that wait for their epoch to close.
Span = GapEnded | StayEnded | StaysChanged | VotesChanged
Lesson = Asked | Answered | TakenBack | Span | EpochReached
#: What a person does to the models.
Handling = Pinned | Resumed
#: Everything that the learner hears.
Heard = Lesson | Handling

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Heard] = msgspec.json.Decoder(Heard)


def encode_lesson(lesson: Heard) -> bytes:
    """Return the bytes that `decode_lesson` reads back equal."""
    return _encoder.encode(lesson)


def decode_lesson(value: bytes) -> Heard:
    """Read a lesson; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)
