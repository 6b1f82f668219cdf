"""How far a delivery is on its way out, as `deal.notifications.sent` has it under the delivery's id."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from streams.notify.delivery import Delivery
from streams.notify.told import Told
from streams.records import read_value

#: Keys of the topic that are no delivery's id begin so: alerts that a channel holds, by channel and alert.
STANDING = "~standing|"
#: Header of a delivery on `deal.notifications` that was refused and is asked for again.
RETRY = "dealwatch_retry"
#: Reason of a delivery that was left out: its destination has heard a later word of the same alert.
OVERTAKEN = "overtaken"


class Handled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery. Instants are milliseconds since 1970 UTC.

    `since` is when it was first read, or asked for again; `at` when it last changed; `next_at` when it may be tried.
    One that was sent has no content any more; `told` is what its destination knows of its alert since then. One that is
    `left_out` is never tried again, whoever asks for it.
    """

    status: Literal["waiting", "sent", "refused", "left_out"]
    channel: str
    since: int
    at: int
    attempts: int = 0
    next_at: int = 0
    reason: str = ""
    detail: str = ""
    delivery: Delivery | None = None
    told: Told | None = None

    @property
    def topic(self) -> str:
        """What messages have in common that must go in order: the alert, or else the delivery itself."""
        if self.delivery is None:
            return ""
        return self.delivery.id if self.delivery.notice is None else self.delivery.notice.id

    @property
    def sequence(self) -> int:
        """Its place among the messages of its alert."""
        notice = None if self.delivery is None else self.delivery.notice
        return 0 if notice is None else notice.sequence


def is_delivery_key(key: bytes) -> bool:
    """Whether a key of the topic is a delivery's id."""
    return not key.startswith(STANDING.encode())


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Handled] = msgspec.json.Decoder(Handled)


def encode_handled(handled: Handled) -> bytes:
    """Return the bytes that `decode_handled` reads back equal."""
    return _encoder.encode(handled)


def decode_handled(value: bytes) -> Handled:
    """Read how far a delivery is; raises `msgspec.DecodeError`."""
    return read_value(_decoder, value)
