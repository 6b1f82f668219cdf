"""How many different deals there were, counted in a kilobyte.

Linear counting (Whang, Vander-Zanden and Taylor, "A linear-time probabilistic counting algorithm for database
applications", ACM TODS 15, 1990): every deal sets one of `PLACES` bits, and how many bits are still unset tells how
many deals there were. Within 2 % up to some ten thousand deals; beyond, it says that there are many.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from math import log

PLACES = 8192
_NONE = bytes(PLACES // 8)


class DistinctDeals:
    """The deals met so far, as a set of bits; restorable from its bytes."""

    def __init__(self, bits: bytes = _NONE) -> None:
        """Begin with none, or go on; raises ValueError for bytes of another length."""
        if len(bits) != len(_NONE):
            raise ValueError(f"{len(_NONE)} bytes of deals were expected, not {len(bits)}")
        self._bits = bytearray(bits)
        self._unset = PLACES - sum(each.bit_count() for each in bits)

    def meet(self, deals: Iterable[str]) -> None:
        """Count deals; one that was met before changes nothing."""
        for deal in deals:
            place = int.from_bytes(blake2b(deal.encode(), digest_size=2).digest()) % PLACES
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._bits[byte] & bit:
                self._bits[byte] |= bit
                self._unset -= 1

    @property
    def count(self) -> float:
        """How many deals there were, about."""
        return PLACES * log(PLACES / max(self._unset, 1))

    def state(self) -> bytes:
        """The bits, to continue from."""
        return bytes(self._bits)
