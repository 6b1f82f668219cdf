"""States in memory: packed small, but for those written lately, which will be written again before long.

Packing a state takes about as long as making it, and most of what a worker writes are the same few states, again and
again. So a state is packed when it has been left alone for a while: when newer ones need its room.
"""

from collections.abc import Iterator, Mapping
from sys import maxsize

from streams.engine.packing import Packer
from streams.engine.store import Standing
from streams.engine.task import Gist, no_gist

_FRESH = b""
"""Stands for a state that is not packed; what is packed has at least one byte."""


class Allowance:
    """Bytes of states that the shelves of one worker may keep as they are, in equal shares."""

    def __init__(self, total: int) -> None:
        """Have `total` bytes for all."""
        self._total = total
        self.shelves = 0
        """How many there are to share."""

    @property
    def share(self) -> int:
        """What one shelf may keep."""
        return self._total // max(1, self.shelves)


class MemoryShelf:
    """A `Shelf` in a dictionary. Before each packed state is its gist, and before that the gist's length."""

    def __init__(self, packer: Packer, gist: Gist = no_gist, allowance: Allowance | None = None) -> None:
        """Begin empty, as one more that shares the allowance until it is closed; without one, pack everything."""
        self.gist = gist
        self._packer = packer
        self._allowance = Allowance(0) if allowance is None else allowance
        self._kept: dict[bytes, bytes] = {}
        self._fresh: dict[bytes, bytes] = {}
        self._fresh_bytes = 0
        self._packed_bytes = 0
        self.standing: Standing | None = None
        self._allowance.shelves += 1

    def get(self, key: bytes) -> bytes | None:
        """Return a state."""
        kept = self._kept.get(key)
        return kept if kept is None else self._unpacked(key, kept)

    def _unpacked(self, key: bytes, kept: bytes) -> bytes:
        return self._packer.unpack(kept[1 + kept[0] :]) if kept else self._fresh[key]

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Return all states."""
        for key, kept in self._kept.items():
            yield key, self._unpacked(key, kept)

    def gists(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the gists of all states."""
        for key, kept in self._kept.items():
            yield key, kept[1 : 1 + kept[0]] if kept else self.gist(key, self._fresh[key])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    @property
    def size(self) -> int:
        """How many bytes the states take, packed or not, with their gists."""
        return self._packed_bytes + self._fresh_bytes

    def write(self, states: Mapping[bytes, bytes | None], standing: Standing | None) -> None:
        """Take changes and the new standing."""
        fresh = self._fresh
        for key, value in states.items():
            before = fresh.pop(key, None)
            if before is not None:
                self._fresh_bytes -= len(before)
            else:
                self._packed_bytes -= len(self._kept.get(key, _FRESH))
            if value is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = _FRESH
                fresh[key] = value
                self._fresh_bytes += len(value)
        self.standing = standing

    def tidy(self, at_most: int = maxsize) -> bool:
        """Pack those written longest ago, until the others are within the allowance."""
        share = self._allowance.share
        if self._fresh_bytes <= share:
            return False
        leaving: dict[bytes, bytes] = {}
        for key, value in self._fresh.items():
            if self._fresh_bytes <= share or len(leaving) == at_most:
                break
            leaving[key] = value
            self._fresh_bytes -= len(value)
        for (key, value), packed in zip(leaving.items(), self._packer.pack(list(leaving.values())), strict=True):
            gist = self.gist(key, value)
            kept = self._kept[key] = b"%c%b%b" % (len(gist), gist, packed)
            self._packed_bytes += len(kept)
            del self._fresh[key]
        return self._fresh_bytes > share

    def clear(self) -> None:
        """Forget everything."""
        self._kept, self._fresh, self._fresh_bytes, self._packed_bytes = {}, {}, 0, 0
        self.standing = None

    def close(self) -> None:
        """Forget everything, and leave the allowance to the others."""
        self.clear()
        self._allowance.shelves -= 1
