"""Which of two environments leads: the record on `deal.generation` that the programs of each go by.

An environment that is rebuilt *follows* the one it is made from: it keeps deals and writes alerts, but asks for no
rules, moves no time by the wall clock, and tells nobody. Then it *leads*, and the other has *retired*: it goes on
keeping its deals, so that it can be gone back to, and tells nobody. One that was never part of a rebuild leads.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from streams.records import read_value

KEY = b"generation"

Role = Literal["leads", "follows", "retired"]


class Generation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An environment's role since an instant (ms since 1970 UTC), and the other one's prefix (none: there is none)."""

    role: Role
    other: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]*$")] | None = None
    since: int = 0


#: An environment that nothing is said of.
LEADS = Generation(role="leads")

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Generation] = msgspec.json.Decoder(Generation)


def encode_generation(generation: Generation) -> bytes:
    """Return the bytes that `decode_generation` reads back equal."""
    return _encoder.encode(generation)


def decode_generation(value: bytes | None) -> Generation:
    """Read the record; one without a value says nothing. Raises `msgspec.DecodeError`."""
    return LEADS if value is None else read_value(_decoder, value)
