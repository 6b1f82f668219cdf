"""Door: the whole learner <-> records that fit into a topic.

A checkpoint is a line of JSON, the learner without its arrays, and after it the arrays of all targets, memory after
memory, means before covariances, as plain numbers (`models.recursive.RecursiveState` says how they are written). It is
cut into parts. The line carries the checksum of all of it: what is truncated, altered or foreign is refused, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from models.learn import LearnerState
from models.recursive import RecursiveState
from models.schema import fingerprint
from models.target import TargetState

SCHEMA: Final = 1
#: A part is well below the megabyte that Kafka takes by default.
PART_BYTES = 512 * 1024
#: JSON on one line has none of it.
_END_OF_HEAD = b"\n"
_CHALLENGER = "|challenger"
#: Of a target; no recipe has as many.
_MOST_MEMORIES = 64
_MEAN_BYTES, _COVARIANCE_BYTES = 8, 4


class CheckpointRefused(ValueError):
    """A learner's checkpoint cannot be used; the message says why."""


class _Head(Struct, frozen=True):
    schema: Literal[1]
    checksum: str
    memories: dict[str, int]
    learner: msgspec.Raw


_encoder = msgspec.json.Encoder()
_heads: msgspec.json.Decoder[_Head] = msgspec.json.Decoder(_Head)
_learners: msgspec.json.Decoder[LearnerState] = msgspec.json.Decoder(LearnerState)


def pack_learner(state: LearnerState) -> tuple[bytes, ...]:
    """Return the parts of a learner's checkpoint."""
    memories = _memories_of(state)
    arrays: list[bytes] = []
    for memory in memories.values():
        for mean, covariance in zip(memory.means, memory.covariances, strict=True):
            arrays += [mean, covariance]
    row = b"".join(arrays)
    bare = {name: RecursiveState(memory.slots, (), ()) for name, memory in memories.items()}
    learner = _encoder.encode(_with_memories(state, bare))
    counts = {name: len(memory.means) for name, memory in memories.items()}
    head = _encoder.encode(_Head(SCHEMA, _checksum(learner, row), counts, msgspec.Raw(learner)))
    whole = b"".join((head, _END_OF_HEAD, row))
    return tuple(whole[first : first + PART_BYTES] for first in range(0, len(whole), PART_BYTES))


def unpack_learner(parts: Sequence[bytes]) -> LearnerState:
    """Read a learner back, equal to the last bit; raises `CheckpointRefused` where parts are not whole or not ours."""
    first, _, row = b"".join(parts).partition(_END_OF_HEAD)
    try:
        head = _heads.decode(first)
        learner = bytes(head.learner)
        bare = _learners.decode(learner)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CheckpointRefused(f"the learner's head cannot be read: {error}") from error
    if bare.features != fingerprint():
        raise CheckpointRefused(f"the learner knows other features ({bare.features}, here {fingerprint()})")
    slots = {name: memory.slots for name, memory in _memories_of(bare).items()}
    if head.memories.keys() != slots.keys() or not all(0 <= each <= _MOST_MEMORIES for each in head.memories.values()):
        raise CheckpointRefused("the learner's head names other memories than the learner has")
    wanted = sum(head.memories[name] * sum(_sizes(len(each))) for name, each in slots.items())
    if len(row) != wanted:
        raise CheckpointRefused(f"the learner's arrays have {len(row)} bytes, not {wanted}")
    if _checksum(learner, row) != head.checksum:
        raise CheckpointRefused("the learner was altered: its checksum does not match")
    memories: dict[str, RecursiveState] = {}
    at = 0
    for name, each in slots.items():
        means: list[bytes] = []
        covariances: list[bytes] = []
        for _ in range(head.memories[name]):
            for found, size in zip((means, covariances), _sizes(len(each)), strict=True):
                found.append(row[at : at + size])
                at += size
        memories[name] = RecursiveState(each, tuple(means), tuple(covariances))
    return _with_memories(bare, memories)


def _memories_of(state: LearnerState) -> dict[str, RecursiveState]:
    """Everything with arrays, by name: each target's, and its challenger's where there is one."""
    memories: dict[str, RecursiveState] = {}
    for name, target in state.targets.items():
        memories[name] = target.memory
        if target.trial is not None:
            memories[name + _CHALLENGER] = target.trial.memory
    return memories


def _with_memories(state: LearnerState, memories: Mapping[str, RecursiveState]) -> LearnerState:
    targets: dict[str, TargetState] = {}
    for name, target in state.targets.items():
        trial = None if target.trial is None else replace(target.trial, memory=memories[name + _CHALLENGER])
        targets[name] = replace(target, memory=memories[name], trial=trial)
    return replace(state, targets=targets)


def _sizes(slots: int) -> tuple[int, int]:
    """Bytes of a memory's means, and of its covariances."""
    return _MEAN_BYTES * slots, _COVARIANCE_BYTES * slots * (slots + 1) // 2


def _checksum(learner: bytes, row: bytes) -> str:
    digest = blake2b(learner, digest_size=16)
    digest.update(row)
    return digest.hexdigest()
