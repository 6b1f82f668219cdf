"""Door: a learner <-> one file, to warm-start a system with.

A seed is a line of JSON, which says what it was learned from, and after it a checkpoint of the learner
(`models.checkpoint`). Nothing in it can be executed. What is truncated, altered or something else is refused, with why.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Literal

import msgspec
from msgspec import Struct

from models.checkpoint import CheckpointRefused, pack_learner, unpack_learner
from models.learn import Learner, LearnerState

SCHEMA: Final = 1
KIND: Final = "dealwatch-seed"
_END_OF_HEAD = b"\n"


class SeedRefused(ValueError):
    """A file is no seed that can be used; the message says why."""


class Seed(Struct, frozen=True):
    """A learner, and what it was learned from: `history` as people call it, so many `deals` and `cases`.

    `until` is the first UTC day (days since 1970) of which it knows nothing.
    """

    learner: LearnerState
    until: int
    history: str
    deals: int
    cases: int


class _Head(Struct, frozen=True, kw_only=True):
    kind: Literal["dealwatch-seed"]
    schema: Literal[1]
    until: int
    history: str
    deals: int
    cases: int
    checksum: str = ""


_encoder = msgspec.json.Encoder()
_heads: msgspec.json.Decoder[_Head] = msgspec.json.Decoder(_Head)


def pack_seed(seed: Seed) -> bytes:
    """Return the bytes of a seed's file."""
    head = _Head(kind=KIND, schema=SCHEMA, until=seed.until, history=seed.history, deals=seed.deals, cases=seed.cases)
    learner = b"".join(pack_learner(seed.learner))
    return b"".join((_encoder.encode(_sealed(head, learner)), _END_OF_HEAD, learner))


def unpack_seed(raw: bytes) -> Seed:
    """Read a seed back, equal to the last bit; raises `SeedRefused` for anything else."""
    first, _, learner = raw.partition(_END_OF_HEAD)
    try:
        head = _heads.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SeedRefused(f"it does not begin as a seed of Dealwatch does: {error}") from error
    if _sealed(head, learner) != head:
        raise SeedRefused("it is not whole, or was altered: its checksum does not match")
    try:
        state = unpack_learner([learner])
        Learner(state)
    except CheckpointRefused as error:
        raise SeedRefused(str(error)) from error
    except ValueError as error:
        raise SeedRefused(f"the learner cannot be used: {error}") from error
    return Seed(state, head.until, head.history, head.deals, head.cases)


def _sealed(head: _Head, learner: bytes) -> _Head:
    """The head with the checksum of everything else."""
    open_head = msgspec.structs.replace(head, checksum="")
    digest = blake2b(_encoder.encode(open_head), digest_size=16)
    digest.update(learner)
    return msgspec.structs.replace(head, checksum=digest.hexdigest())
