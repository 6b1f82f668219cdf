"""What is to be said through one channel, as it lies on `deal.notifications`: data, not yet words.

Its id is a hash of what it is about, so whoever decides or sends it again does so under the same id: an alert's of
alert, sequence and channel; a digest's of owner, day and channel.
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from streams.notify.notice import Line, Notice
from streams.records import read_value

#: alert: to be acted on. update: a later word on one, for channels that keep a state. digest: all the rest of a day.
#: test: from `dealwatch notify test`.
Kind = Literal["alert", "update", "digest", "test"]


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message for one channel. `at` is when it was decided (ms since 1970 UTC), `act_by` an ISO date.

    Of a digest `lines` are the alerts that fell under the budget and those that ended; `omitted` is how many more there
    are, and `sent` how many alerts were sent on that day.
    """

    id: str
    kind: Kind
    channel: str
    owner: str
    at: int
    notice: Notice | None = None
    act_by: str = ""
    day: str = ""
    lines: tuple[Line, ...] = ()
    omitted: int = 0
    sent: int = 0


def for_alert(notice: Notice, channel: str, at: int, act_by: int | None, kind: Kind = "alert") -> Delivery:
    """The delivery of an alert, or of a later word on it, through a channel; `act_by` is a day."""
    named = identify("alert", notice.id, str(notice.sequence), channel)
    by = "" if act_by is None else date.fromordinal(act_by).isoformat()
    return Delivery(id=named, kind=kind, channel=channel, owner=notice.owner, at=at, notice=notice, act_by=by)


def for_digest(
    owner: str, day: int, channel: str, at: int, lines: tuple[Line, ...], omitted: int, sent: int
) -> Delivery:
    """The digest of an owner's day through a channel."""
    on = date.fromordinal(day).isoformat()
    return Delivery(
        id=identify("digest", owner, on, channel),
        kind="digest",
        channel=channel,
        owner=owner,
        at=at,
        day=on,
        lines=lines,
        omitted=omitted,
        sent=sent,
    )


def identify(*parts: str) -> str:
    """Return the id of what the parts name."""
    return "dn-" + blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Delivery] = msgspec.json.Decoder(Delivery)


def encode_delivery(delivery: Delivery) -> bytes:
    """Return the bytes that `decode_delivery` reads back equal."""
    return _encoder.encode(delivery)


def decode_delivery(value: bytes) -> Delivery:
    """Read a delivery; raises `msgspec.DecodeError` for anything else."""
    return read_value(_decoder, value)
