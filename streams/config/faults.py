"""How files of people are found wanting: a fault has its place, what stands there, and what may have been meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_SHOWN = 40


def unknown(key: str, place: str, known: Collection[str]) -> str:
    """The fault of a key that is not known at a place (empty, or ending with a dot)."""
    return f"{place}{key}: is not known{hint(key, known) or '; there are ' + ', '.join(known)}"


def hint(name: object, known: Collection[str]) -> str:
    """What may have been meant by a name; empty where nothing is like it."""
    alike = get_close_matches(str(name), sorted(known), n=1)
    return f"; did you mean {alike[0]}?" if alike else ""


def short(value: object) -> str:
    """A value as it stands in a file, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
