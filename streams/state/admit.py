"""Door of room 2: is this event new to the deal? Fresh | Duplicate | Conflict | Late.

Two fences. The ring of event ids: the same event sent twice, or offered again after a crash (then its record's offset
is not after the last one folded). The lateness bound: an event older than it can no longer be sorted into the deal's
history, because the events it would stand between are summed up already.
"""

from __future__ import annotations

from enum import Enum
from hashlib import blake2b
from math import ceil
from zlib import crc32

from streams.events.contract import encode
from streams.events.envelope import Event
from streams.state.memory import DealState
from streams.state.opportunity import DAY

#: Events may arrive this long after they happened (Salesforce keeps changes for 72 h; a call is logged within a week).
LATENESS = 7 * DAY
#: Ids remembered per deal; more than the longest real deal of the measured logs has events (175).
SEEN_EVENTS = 512
#: Of the id: among the 175 events of a long deal two of 2^48 agree once in 20 billion deals.
_ID_BYTES = 6
#: Of the content: one contradiction in 65,536 is taken for a repeat.
_CONTENT_BYTES = 2
_ENTRY_BYTES = _ID_BYTES + _CONTENT_BYTES


class Admission(Enum):
    """What the deal makes of an event."""

    FRESH = "fresh"
    REPLAYED = "replayed"
    DUPLICATE = "duplicate"
    CONFLICT = "conflicting_duplicate"
    LATE = "late"


def fingerprint(event: Event) -> bytes:
    """8 bytes that stand for the event: 6 for (source, id), which name it, and 2 for its content.

    They are most of what cannot be packed of a quiet deal, so they are no more than they have to be.
    """
    name = f"{event.source}\0{event.id}".encode()
    return blake2b(name, digest_size=_ID_BYTES).digest() + crc32(encode(event)).to_bytes(4, "big")[:_CONTENT_BYTES]


def admit(state: DealState | None, mark: bytes, at: int, offset: int, clock: int) -> Admission:
    """Decide about an event with fingerprint `mark`, time `at` and record `offset`, at partition time `clock`."""
    if state is not None:
        known = _find(state.seen, mark[:_ID_BYTES])
        if known is not None:
            if known != mark[_ID_BYTES:]:
                return Admission.CONFLICT
            return Admission.REPLAYED if offset <= state.offset else Admission.DUPLICATE
    if is_late(at, clock):
        return Admission.LATE
    if state is not None and offset <= state.offset:
        return Admission.REPLAYED  # its id has left the ring since
    return Admission.FRESH


def knows(state: DealState, mark: bytes) -> bool:
    """Whether the deal has taken in the event with fingerprint `mark`, as far back as it remembers."""
    return _find(state.seen, mark[:_ID_BYTES]) == mark[_ID_BYTES:]


def is_late(at: int, clock: int) -> bool:
    """Whether an event of that time is too old to be folded once the partition's clock (milliseconds) has come so far.

    A clock never goes back, so an event that is late stays late.
    """
    return at < clock - LATENESS


def lateness(at: int, clock: int) -> str:
    """Say how late an event is, rounded up, so that what is refused never reads as if it were in time."""
    return (
        f"{ceil((clock - at) * 10 / DAY) / 10:g} days behind the partition's clock; at most {LATENESS // DAY} are taken"
    )


def remember(seen: bytes, mark: bytes) -> bytes:
    """Return the ring with one more fingerprint, the oldest dropped where it is full."""
    return (seen + mark)[-SEEN_EVENTS * _ENTRY_BYTES :]


def _find(seen: bytes, name: bytes) -> bytes | None:
    """The content bytes remembered for an id, or none."""
    start = seen.find(name)
    while start >= 0:
        if start % _ENTRY_BYTES == 0:
            return seen[start + _ID_BYTES : start + _ENTRY_BYTES]
        start = seen.find(name, start + 1)
    return None
