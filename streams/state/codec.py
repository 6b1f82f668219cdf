"""States as bytes: JSON with a schema version, readable with kcat, refused where the version is unknown."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Struct

from streams.state.feeds import PartitionState
from streams.state.memory import DealState, Mark

#: Version of the state's schema; it rises when an old reader could misread a new value.
SCHEMA: Final = 1
#: Key under which a partition keeps its own state among the deals'; no opportunity id starts with "~".
PARTITION_KEY = b"~partition"


class _DealRecord(Struct, frozen=True):
    schema: Literal[1]
    deal: DealState


class _FactsMark(Struct, frozen=True):
    events: int = 0


class _WatchMark(Struct, frozen=True):
    due: int | None = None


class _DealMark(Struct, frozen=True):
    facts: _FactsMark
    watch: _WatchMark


class _MarkRecord(Struct, frozen=True):
    schema: Literal[1]
    deal: _DealMark


class _PartitionRecord(Struct, frozen=True):
    schema: Literal[1]
    partition: PartitionState


_encoder = msgspec.json.Encoder()
_deals: msgspec.json.Decoder[_DealRecord] = msgspec.json.Decoder(_DealRecord)
_marks: msgspec.json.Decoder[_MarkRecord] = msgspec.json.Decoder(_MarkRecord)
_partitions: msgspec.json.Decoder[_PartitionRecord] = msgspec.json.Decoder(_PartitionRecord)


def encode_deal(state: DealState) -> bytes:
    """Return the bytes that `decode_deal` reads back equal."""
    return _encoder.encode(_DealRecord(SCHEMA, state))


def decode_deal(value: bytes) -> DealState:
    """Read a deal's state; raises `msgspec.ValidationError` for another schema or anything malformed."""
    return _deals.decode(value).deal


def decode_mark(value: bytes) -> Mark:
    """Read of a deal's state only its mark, in a fraction of the time; raises as `decode_deal`, but sees less."""
    deal = _marks.decode(value).deal
    return Mark(deal.facts.events, deal.watch.due)


def encode_partition(state: PartitionState) -> bytes:
    """Return the bytes that `decode_partition` reads back equal."""
    return _encoder.encode(_PartitionRecord(SCHEMA, state))


def decode_partition(value: bytes) -> PartitionState:
    """Read a partition's state; raises `msgspec.ValidationError` for another schema or anything malformed."""
    return _partitions.decode(value).partition
