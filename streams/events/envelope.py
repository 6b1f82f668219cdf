"""The one envelope of every event: CloudEvents 1.0 attributes in structured JSON mode, keyed by opportunity id.

`type` is `deal.<what happened>.v1` and selects the Python type (msgspec tagged union). Unknown optional fields are
ignored; unknown types are dead letters. The extension attributes `actor`, `side` and `origin` say who did it, on which
side of the deal, and how the edit came about.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

Side = Literal["buyer", "seller", "both", "none"]
Origin = Literal["human", "automation", "import", "default"]
Identifier = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=500)]
Instant = Annotated[datetime, Meta(tz=True)]
#: A non-negative decimal number of the currency's main unit, as a string: money is never a float.
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,6})?\Z")]
#: The proposed update that somebody accepted or rejected.
UpdateId = Annotated[str, Meta(pattern=r"^up-[0-9a-f]{20}\Z")]
#: ISO 4217 code.
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = -62_135_596_800_000  # 0001-01-01
_LAST = 253_402_300_799_999  # the last millisecond of 9999
TYPE_PREFIX = "deal."
TYPE_SUFFIX = ".v1"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every event has: who says what happened to which opportunity, and when.

    `subject` is the opportunity id; control events, which concern a whole feed, leave it empty.
    """

    id: Identifier
    source: Identifier
    time: Instant
    subject: Annotated[str, Meta(max_length=200)] = ""
    specversion: Literal["1.0"] = "1.0"
    actor: Annotated[str, Meta(max_length=200)] = ""
    side: Side = "none"
    origin: Origin = "human"

    @property
    def at(self) -> int:
        """The event's time in milliseconds since 1970-01-01 UTC."""
        return millis(self.time)

    @property
    def kind(self) -> str:
        """The middle of the CloudEvents type: `call_logged` for `deal.call_logged.v1`."""
        return kind_of(type(self))


def event_type(kind: str) -> str:
    """Return the CloudEvents type of an event kind: `won` -> `deal.won.v1`."""
    return f"{TYPE_PREFIX}{kind}{TYPE_SUFFIX}"


@cache
def kind_of(event: type[Event]) -> str:
    """Return the kind of an event type: `Won` -> `won`."""
    tag = str(event.__struct_config__.tag)
    return tag[len(TYPE_PREFIX) : -len(TYPE_SUFFIX)]


def millis(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC of an aware datetime, rounded down (exact: integer arithmetic)."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(at: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970-01-01; inverse of `millis`, held within the calendar."""
    return EPOCH + min(max(at, _FIRST), _LAST) * MILLISECOND
