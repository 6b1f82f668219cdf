"""What is known of an owner between two alerts: what waits, what was told, and how much of the day's budget is gone."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from streams.notify.delivery import Delivery
from streams.notify.notice import Notice
from streams.records import read_value
from streams.state.watch import Severity


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alert that is not resolved, as its owner knows it.

    It waits since `waiting_since` (none: nothing is to be told). `passed`: a round gave others the preference, so the
    next digest names it. `told` is how its owner last heard of it, and `told_as` how severe it was when it was sent.
    `holders` are channels that keep a state of it.
    """

    notice: Notice
    waiting_since: int | None = None
    passed: bool = False
    told: Literal["", "sent", "digest"] = ""
    told_as: Severity | None = None
    holders: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether it waits for its first chance."""
        return self.waiting_since is not None and not self.passed


class Gone(Struct, frozen=True, array_like=True):
    """An alert that was resolved, or went to somebody else: with which message, when, and which channels held it.

    What is older is a repeat. The holders are for who has it now, should a crash come between the two owners' records:
    `earlier` has the times it went before, since a crash may leave the other one further behind than the last of them.
    """

    sequence: int
    at: int
    holders: tuple[str, ...] = ()
    earlier: tuple[Gone, ...] = ()


class OwnerState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of one owner. Days are ordinals in the owner's time zone, instants milliseconds since 1970 UTC.

    `sent` alerts went out on `day`. `ended` are alerts that were told and have ended since the last digest. `due` is
    the next instant at which something can go out without another alert.
    """

    owner: str
    entries: dict[str, Entry] = {}
    ended: tuple[Notice, ...] = ()
    gone: dict[str, Gone] = {}
    day: int = 0
    sent: int = 0
    round_day: int = 0
    digest_day: int = 0
    due: int | None = None


class Kept(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An owner as `deal.notifier` has it: the state, and deliveries that were decided with it and are not out yet."""

    state: OwnerState
    decided: tuple[Delivery, ...] = ()


#: Keys of owners on `deal.notifier` begin so.
OWNER = b"owner|"


def is_owner_key(key: bytes) -> bool:
    """Whether a key of the topic is an owner's."""
    return key.startswith(OWNER)


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Kept] = msgspec.json.Decoder(Kept)


def encode_owner(kept: Kept) -> bytes:
    """Return the bytes that `decode_owner` reads back equal."""
    return _encoder.encode(kept)


def decode_owner(value: bytes) -> Kept:
    """Read an owner; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)
