"""Characters that do something instead of showing something, in text that comes from outside.

Controls steer terminals. Marks of direction turn the reading of what follows, so that a name could make a line say
something else than it does (CVE-2021-42574, "Trojan Source"); text of any script reads right without them.
"""

from __future__ import annotations

from typing import Final

#: C0 without tab and line feed, DEL and C1.
CONTROLS: Final = frozenset((*range(0x20), *range(0x7F, 0xA0))) - {0x09, 0x0A}
#: Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
DIRECTIONS: Final = frozenset((0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)))
_SHOWN: Final = dict.fromkeys(CONTROLS | DIRECTIONS, "\N{REPLACEMENT CHARACTER}")


def printable(text: str) -> str:
    """Return the text with a replacement character for each that would steer; tabs and line feeds stay."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)
