"""Erasing from answers of revenue: what names it goes, and is made anew without; what was said stays, without the name.

The program makes all answers again from the log, which was written anew, but for what was said on the days of the
weekly lock. In those a person gives way to a stand-in, in the key, too; deals are not in them.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from streams.admin.scrub import Scrubber
from streams.revenue.answers import TOPICS, Said, decode_answer, key_of

#: The roles of their topics in `Topics`.
ANSWERS: frozenset[str] = frozenset(TOPICS)
#: Where deals stand in them.
_NAMING = frozenset({"deal", "deals"})


class Without(NamedTuple):
    """An answer without what is erased: its key and its value, and whether it is to be kept at all."""

    key: bytes | None
    value: bytes | None
    stays: bool


def without(key: bytes | None, value: bytes | None, scrubber: Scrubber) -> Without:
    """Return a record's key and value without it; the very same where it has nothing of it, and then it stays.

    Raises `msgspec.DecodeError` where what is left could not be read any more.
    """
    mine = Scrubber(scrubber.erasure, _NAMING, frozenset())
    called = key if key is None or mine.erasure.kind == "opportunity" else mine.key(key)
    if value is None:
        return Without(called, None, called == key)
    try:
        answer = decode_answer(value)
    except msgspec.DecodeError:  # nothing of ours; it is none that anybody needs
        left = mine.record(value)
        return Without(called, left, (called, left) == (key, value))
    plain = msgspec.json.decode(value)
    scrubbed = mine.scrubbed(plain)
    if scrubbed is plain and called == key:
        return Without(key, value, stays=True)
    left = msgspec.json.encode(scrubbed)
    again = decode_answer(left)
    return Without(key_of(again), left, isinstance(answer, Said))
