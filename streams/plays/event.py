"""What happened to a run of a play, as others read it on `deal.plays`."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from streams.plays.definition import Who
from streams.records import read_value

#: `touch_due` and `woke` ask for something; `replied` and `calmed` are observed; the last three end a run.
Happened = Literal["started", "followed", "touch_due", "woke", "replied", "calmed", "succeeded", "failed", "withdrawn"]
Arm = Literal["played", "held_out"]


class PlayEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened to one run of a play. Instants are milliseconds since 1970-01-01 UTC."""

    #: The same for every replay of the same log.
    id: str
    #: Which run of which play it is about.
    run: str
    happened: Happened
    opportunity: str
    play: str
    version: int
    #: The play's title.
    title: str
    #: Whether the play is shown, or withheld from this deal to see what difference it makes.
    arm: Arm
    #: When it happened.
    at: int
    #: When the run began.
    started_at: int
    #: When the run will have failed, as known at the time; none while it has no end.
    ends_at: int | None = None
    #: The alert with which the run began, and the rule of its leading reason; empty where no alert called for it.
    alert: str = ""
    rule: str = ""
    #: For whom the play is.
    who: Who = "owner"
    #: Who that is; empty where nobody is known.
    owner: str = ""
    #: Why, in words, for what asks for something or ends the run.
    why: str = ""


def event_id(run: str, happened: str, at: int) -> str:
    """The id that every replay gives to what happened to a run at an instant."""
    return "pl-" + blake2b(f"{run}\0{happened}\0{at}".encode(), digest_size=10).hexdigest()


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[PlayEvent] = msgspec.json.Decoder(PlayEvent)


def encode_play_event(event: PlayEvent) -> bytes:
    """Return the bytes that `decode_play_event` reads back equal."""
    return _encoder.encode(event)


def decode_play_event(value: bytes) -> PlayEvent:
    """Read what happened to a play; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)
