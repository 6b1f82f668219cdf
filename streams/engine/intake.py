"""What recovery still has to read of the changelogs, and what has been fetched and waits to be loaded."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import NamedTuple

from faust.types import TP

from streams.engine.errors import RecoveryFailed
from streams.engine.partition import Stretch

AHEAD = 8
"""Fetched parts of changelogs that may wait to be loaded."""


class Arrived(NamedTuple):
    """A stretch of a changelog that waits to be loaded."""

    tp: TP
    stretch: Stretch


class Intake:
    """Takes what is fetched of the changelogs being read, and forgets the rest."""

    def __init__(self) -> None:
        """Have nothing to read."""
        self._unread: dict[TP, int] = {}
        self._at: dict[TP, int] = {}
        self._arrived: deque[Arrived] = deque()
        self._since = 0
        self.news = asyncio.Event()
        self.n_read: Counter[int] = Counter()

    @property
    def done(self) -> bool:
        """Whether all is loaded up to its end."""
        return not self._unread

    def begin(self, spans: Mapping[TP, tuple[int, int]], since: int) -> None:
        """Read these changelogs from an offset to before another; what is from before seek `since` does not count."""
        self._at = {tp: begin for tp, (begin, _) in spans.items()}
        self._unread, self._since = {tp: end for tp, (_, end) in spans.items()}, since
        self._arrived.clear()
        self.n_read.clear()

    def wants(self, tp: TP) -> bool:
        """Whether more of this changelog should be fetched now."""
        return tp in self._unread and len(self._arrived) < AHEAD

    def absorb(self, tp: TP, stretch: Stretch, seek: int) -> None:
        """Take what was fetched. Raises RecoveryFailed where it does not go on where the last one ended."""
        if seek < self._since or tp not in self._unread:
            return
        if stretch.begin != self._at[tp]:
            raise RecoveryFailed(
                f"{tp.topic}/{tp.partition}: expected states from offset {self._at[tp]}, got those from "
                f"{stretch.begin}; what lies between was fetched and did not arrive"
            )
        self._at[tp] = stretch.end
        if stretch.records or stretch.end >= self._unread[tp]:
            self._arrived.append(Arrived(tp, stretch))
            self.news.set()

    def take(self) -> Arrived | None:
        """Return what is to be loaded next, if anything has arrived. What comes after the end is left in the log."""
        self.news.clear()
        while self._arrived:
            arrived = self._arrived.popleft()
            if arrived.tp in self._unread:
                return arrived
        return None

    def loaded(self, arrived: Arrived) -> None:
        """Note that this is loaded."""
        self.n_read[arrived.tp.partition] += len(arrived.stretch.records)
        if arrived.stretch.end >= self._unread[arrived.tp]:
            del self._unread[arrived.tp]
