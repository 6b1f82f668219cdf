"""The learn program: lessons in, models out. One task, since `deal.examples` has one partition.

What it remembers goes to `deal.learner`: every question under its own key, the learner in parts, pinned weights by
their version, and one record with the epochs' progress. Order of a checkpoint: questions added or answered, parts,
weights that were pinned, then that record, then the tombstones of questions that were learned and of weights that are
not pinned any more. The record says under which of two sets of keys its parts are, in turn the one and the other, so
the parts of the record before it stay whole until it is there. Cut short anywhere, a restart reads
the lessons again and learns each exactly once: either the epoch is not closed yet and its questions are all there, or
it is closed and its lessons are recognised as repeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from models.checkpoint import CheckpointRefused, pack_learner, unpack_learner
from models.learn import Learner, LearnerState
from models.pins import Pins, PinState
from models.snapshot import ModelSet, Weights, encode_models
from streams.config.topics import Topics
from streams.engine.task import Outgoing, Record, StateStore
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.envelope import moment_of
from streams.flow import on_lesson
from streams.labels.classroom import Classroom, Progress, QuestionKey
from streams.labels.lesson import Span, decode_lesson
from streams.labels.question import Question
from streams.records import read_value
from streams.runtime.shelf import models_key
from streams.state.opportunity import DAY
from streams.telemetry.emit import Metrics

LEARNER_KEY = b"~learner"
PART_PREFIX = b"~part|"
_PIN_PREFIX = b"~pin|"
SOURCE = "/dealwatch/learner"
#: A partition that is behind the others for this long has nobody who tells it the time.
TELL_TIME_AFTER_MS = 2_000


class Remembered(Struct, frozen=True):
    """The learner between two checkpoints, apart from the questions."""

    schema: Literal[3, 4, 5]
    turn: int
    """Which of the two sets of keys holds the parts."""
    parts: int
    progress: Progress
    spans: tuple[Span, ...]
    pins: PinState


#: In a checkpoint of 3 no question is kept to be taken back, in one of 4 there are no votes.
SCHEMA: Final = 5
_encoder = msgspec.json.Encoder()
_remembered: msgspec.json.Decoder[Remembered] = msgspec.json.Decoder(Remembered)
_questions: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)
_weights: msgspec.json.Decoder[Weights] = msgspec.json.Decoder(Weights)


class LearnTask:
    """The engine's task for `deal.examples`."""

    def __init__(self, store: StateStore, topics: Topics, metrics: Metrics) -> None:
        """Begin with nothing learned but what is in the store, once ready."""
        self._store = store
        self._topics = topics
        self._metrics = metrics
        self._classroom = Classroom()
        self._learner = Learner()
        self._parts = 0
        self._turn = 0
        self._kept_pins: set[bytes] = set()
        self._learned = True
        self._out: list[Outgoing] = []
        self._changed = False
        self._waited_for: tuple[int, list[int]] = (0, [])
        self._waiting_since = 0

    def ready(self) -> Iterator[None]:
        """Take back the learner and the questions, but for those that were learned just before a crash.

        Raises where one cannot be read.
        """
        parts: dict[bytes, bytes] = {}
        pinned: dict[str, Weights] = {}
        remembered: Remembered | None = None
        for key, value in self._store.items():
            if key == LEARNER_KEY:
                remembered = decode_remembered(value)
            elif key.startswith(PART_PREFIX):
                parts[key] = value
            elif key.startswith(_PIN_PREFIX):
                weights = read_value(_weights, value)
                pinned[weights.version] = weights
                self._kept_pins.add(key)
            else:
                self._classroom.restore(_question_key(key), read_value(_questions, value))
            yield
        if remembered is not None:
            self._take_back(remembered, parts, pinned)
        self._classroom.tidy()
        self._metrics.classroom(len(self._classroom.questions))

    def _take_back(self, kept: Remembered, parts: Mapping[bytes, bytes], pinned: Mapping[str, Weights]) -> None:
        self._turn, self._parts, self._learned = kept.turn, kept.parts, False
        self._learner = Learner(learner_of(kept, parts))
        if gone := {held.version for held in kept.pins.held.values()} - pinned.keys():
            raise CheckpointRefused(f"the weights pinned as {', '.join(sorted(gone))} are missing")
        self._classroom.resume(kept.progress, kept.spans, Pins(kept.pins, pinned))

    def process(self, records: Sequence[Record], start: int) -> int:
        """Handle all lessons; a record that is none ends the worker, since only our own program writes there."""
        for record in records[start:]:
            if record.value is None:
                continue
            for models in on_lesson(self._classroom, self._learner, decode_lesson(record.value)):
                self._publish(replace(models, offset=record.offset))
                self._learned = True
            self._changed = True
        self._metrics.classroom(len(self._classroom.questions))
        return len(records)

    def outbox(self) -> list[Outgoing]:
        """Models published since the last call."""
        outgoing, self._out = self._out, []
        return outgoing

    def dirty(self) -> list[tuple[bytes, bytes | None]]:
        """What changed, in the order that the head of this file explains."""
        if not self._changed:
            return []
        self._changed = False
        kept: list[tuple[bytes, bytes | None]] = []
        gone: list[tuple[bytes, bytes | None]] = []
        for key in self._classroom.changed:
            question = self._classroom.questions.get(key)
            if question is None:
                gone.append((_key_bytes(key), None))
            else:
                kept.append((_key_bytes(key), _encoder.encode(question)))
        self._classroom.changed.clear()
        if self._learned:
            self._learned = False
            parts = pack_learner(self._learner.state())
            self._parts, self._turn = len(parts), 1 - self._turn
            kept += [(part_key(self._turn, number), part) for number, part in enumerate(parts)]
        pinned = {_pin_key(version): weights for version, weights in self._classroom.pins.weights.items()}
        kept += [(key, _encoder.encode(weights)) for key, weights in pinned.items() if key not in self._kept_pins]
        gone += [(key, None) for key in sorted(self._kept_pins - pinned.keys())]
        self._kept_pins = set(pinned)
        spans = tuple(self._classroom.spans.values())
        pins = self._classroom.pins.state()
        remembered = Remembered(SCHEMA, self._turn, self._parts, self._classroom.progress, spans, pins)
        return [*kept, (LEARNER_KEY, _encoder.encode(remembered)), *gone]

    def resume_offset(self) -> int | None:
        """Nothing to hold back: what is not learned yet is remembered."""
        return None

    def look(self, wall_ms: int, caught_up: bool) -> None:
        """Tell the time to partitions that nobody tells it to: all the others would wait for them at midnight."""
        waited_for = self._classroom.laggards()
        if waited_for != self._waited_for:
            self._waited_for, self._waiting_since = waited_for, wall_ms
        lead, laggards = waited_for
        if not laggards or wall_ms - self._waiting_since < TELL_TIME_AFTER_MS:
            return
        self._waiting_since = wall_ms
        event = ClockAdvanced(id=f"clock-{lead}", source=SOURCE, time=moment_of(lead * DAY))
        for partition in laggards:
            self._out.append(Outgoing(self._topics.activity.name, None, encode(event), (), partition))

    def _publish(self, models: ModelSet) -> None:
        self._out.append(Outgoing(self._topics.models.name, models_key(models.epoch), encode_models(models), (), 0))
        self._metrics.notices(models.notices)


def decode_remembered(value: bytes) -> Remembered:
    """Read the record of the learner's progress; raises `msgspec.DecodeError`."""
    return read_value(_remembered, value)


def learner_of(kept: Remembered, parts: Mapping[bytes, bytes]) -> LearnerState:
    """Put the parts together that a record names; raises `CheckpointRefused` where one is missing or altered."""
    keys = [part_key(kept.turn, number) for number in range(kept.parts)]
    missing = [key.decode() for key in keys if key not in parts]
    if missing:
        raise CheckpointRefused(f"of the learner's {kept.parts} parts {len(missing)} are missing, first {missing[0]}")
    return unpack_learner([parts[key] for key in keys])


def part_key(turn: int, number: int) -> bytes:
    """The key of a part of the learner."""
    return PART_PREFIX + f"{turn}|{number}".encode()


def _pin_key(version: str) -> bytes:
    return _PIN_PREFIX + version.encode()


def _key_bytes(key: QuestionKey) -> bytes:
    opportunity, step = key
    return f"{step}|{opportunity}".encode()


def _question_key(key: bytes) -> QuestionKey:
    step, _, opportunity = key.decode().partition("|")
    return opportunity, int(step)
