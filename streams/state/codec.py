"""States as bytes: JSON with a schema version, readable with kcat, refused where the version is unknown.

A deal's mark is written in front of the deal, where it is found without reading the rest.

What a deal was before its recent events is written whole beside what it is. To write only the fields that differ, in
Python, took a third longer than to write all of them in C, and packed or compressed it came out no smaller.
"""

from __future__ import annotations

import re
import struct
from typing import Final, Literal

import msgspec
from msgspec import Struct

from streams.records import read_value
from streams.state.feeds import PartitionState
from streams.state.memory import DealState, Mark, mark_of

#: Version of the state's schema; it rises when an old reader could misread a new value, or lose what it does not know.
#: States of 8, which know neither votes nor runs of plays, of 9, which know no proposed updates, and of 10, which know
#: no products, are read.
SCHEMA: Final = 11
#: Key under which a partition keeps its own state among the deals'; no opportunity id starts with "~".
PARTITION_KEY = b"~partition"

#: A deal's mark as the engine's store keeps it beside the deal: events seen, and when it falls due (milliseconds).
_GIST = struct.Struct("<qq")
_NEVER = -(1 << 63)
#: How the value of a deal begins. Numbers of more digits than an instant has are nobody's.
_MARKED = re.compile(rb'\{"schema":(?:[89]|1[01]),"mark":\[(\d{1,18}),(-?\d{1,18}|null)\],"deal":\{')


class DealRecord(Struct, frozen=True):
    """The value of a deal on `deal.state`."""

    schema: Literal[8, 9, 10, 11]
    mark: Mark
    deal: DealState


class PartitionRecord(Struct, frozen=True):
    """The value of a partition's own state on `deal.state`."""

    schema: Literal[8, 9, 10, 11]
    partition: PartitionState


_encoder = msgspec.json.Encoder()
_deals: msgspec.json.Decoder[DealRecord] = msgspec.json.Decoder(DealRecord)
_partitions: msgspec.json.Decoder[PartitionRecord] = msgspec.json.Decoder(PartitionRecord)


def encode_deal(state: DealState) -> bytes:
    """Return the bytes that `decode_deal` reads back equal."""
    return _encoder.encode(DealRecord(SCHEMA, mark_of(state), state))


def decode_deal(value: bytes) -> DealState:
    """Read a deal's state; raises `msgspec.ValidationError` for another schema or anything malformed."""
    return read_value(_deals, value).deal


def gist_of(key: bytes, value: bytes) -> bytes:
    """Return the mark of an encoded deal in 16 bytes, from the first bytes of its value.

    Nothing for a partition's own state, and for what does not begin as a deal does: whoever wants to know must read it.
    """
    marked = _MARKED.match(value)
    if marked is None or key == PARTITION_KEY:
        return b""
    events, due = marked.groups()
    return _GIST.pack(int(events), _NEVER if due == b"null" else int(due))


def mark_in(gist: bytes) -> Mark | None:
    """Return the mark that a gist of `gist_of` says; none for an empty one."""
    if not gist:
        return None
    events, due = _GIST.unpack(gist)
    return Mark(events, None if due == _NEVER else due)


def encode_partition(state: PartitionState) -> bytes:
    """Return the bytes that `decode_partition` reads back equal."""
    return _encoder.encode(PartitionRecord(SCHEMA, state))


def decode_partition(value: bytes) -> PartitionState:
    """Read a partition's state; raises `msgspec.ValidationError` for another schema or anything malformed."""
    return read_value(_partitions, value).partition
