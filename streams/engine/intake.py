"""What recovery still has to read of the changelogs, and what has been fetched and waits to be loaded."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from faust.types import TP

from streams.engine.task import Record

AHEAD = 8
"""Fetched parts of changelogs that may wait to be loaded."""


class Arrived(NamedTuple):
    """Changelog records that wait to be loaded, and where the changelog goes on after them."""

    tp: TP
    records: Sequence[Record]
    position: int


class Intake:
    """Takes what is fetched of the changelogs being read, and forgets the rest."""

    def __init__(self) -> None:
        """Have nothing to read."""
        self._unread: dict[TP, int] = {}
        self._arrived: deque[Arrived] = deque()
        self._since = 0
        self.news = asyncio.Event()
        self.n_read: Counter[int] = Counter()

    @property
    def done(self) -> bool:
        """Whether all is loaded up to its end."""
        return not self._unread

    def begin(self, ends: Mapping[TP, int], since: int) -> None:
        """Read these changelogs to before their ends; what was fetched before seek number `since` does not count."""
        self._unread, self._since = dict(ends), since
        self._arrived.clear()
        self.n_read.clear()

    def wants(self, tp: TP) -> bool:
        """Whether more of this changelog should be fetched now."""
        return tp in self._unread and len(self._arrived) < AHEAD

    def absorb(self, tp: TP, records: Sequence[Record], position: int, seeks: int) -> None:
        """Take changelog records, and where the consumer stands after them."""
        if seeks >= self._since and tp in self._unread and (records or position >= self._unread[tp]):
            self._arrived.append(Arrived(tp, records, position))
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
        self.n_read[arrived.tp.partition] += len(arrived.records)
        if arrived.position >= self._unread[arrived.tp]:
            del self._unread[arrived.tp]
