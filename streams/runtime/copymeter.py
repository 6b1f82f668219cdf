"""How far copying is, how fast it goes, and how long it will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from streams.replay.generation import Role
from streams.replay.rekey import Place

#: Looks over which the speed is taken, about one a second.
_LOOKS = 15


class Progress(NamedTuple):
    """How far it is: records copied, of so many; a second; seconds left (none: unknown, or it follows).

    `clock` is the event time that everything copied has reached (ms), `held` how many records wait for others, and
    `overtaken` how many came too late to be copied in step: their partition had said nothing for long.
    """

    done: int
    total: int
    per_second: float
    left_s: float | None
    clock: int | None
    held: int
    role: Role
    follows: bool
    overtaken: int = 0


class Meter:
    """Counts what is copied of each old partition."""

    def __init__(self, begins: Mapping[int, int], places: Mapping[int, Place]) -> None:
        """Begin where Kafka keeps the first record of each, with what is copied already."""
        self._begins = dict(begins)
        self._ends = dict(begins)
        self._first_ends: dict[int, int] = {}
        self._positions: dict[int, int] = {}
        self._copied = {number: place.offset for number, place in places.items()}
        self._looks: deque[tuple[float, int]] = deque(maxlen=_LOOKS)

    def took(self, partition: int, offset: int) -> None:
        """Note that a record was read."""
        self._positions[partition] = offset + 1

    def look(
        self, ends: Mapping[int, int], positions: Mapping[int, int], places: Mapping[int, Place], now_s: float
    ) -> None:
        """Note where the partitions end, where reading stands, and what is copied; `now_s` counts seconds."""
        self._ends = dict(ends)
        self._first_ends = self._first_ends or self._ends
        self._positions = dict(positions)
        self._copied = {number: place.offset for number, place in places.items()}
        self._looks.append((now_s, self._done()))

    def has_read(self, partition: int) -> bool:
        """Whether everything that was written to a partition at the last look is read."""
        return bool(self._first_ends) and self._positions.get(partition, 0) >= self._ends[partition]

    @property
    def read_all(self) -> bool:
        """Whether everything that was written at the last look is read."""
        return all(map(self.has_read, self._ends))

    @property
    def copied_what_was_there(self) -> bool:
        """Whether everything that was written at the first look is copied, whatever has come since."""
        return bool(self._first_ends) and all(
            self._copied.get(each, 0) >= end for each, end in self._first_ends.items() if end > self._begins[each]
        )

    def progress(self, clock: int | None, held: int, role: Role, overtaken: int = 0) -> Progress:
        """Return how far it is."""
        done, total = self._done(), self._total()
        (first_s, first), (last_s, last) = self._looks[0], self._looks[-1]
        speed = (last - first) / (last_s - first_s) if last_s > first_s else 0.0
        left = (total - done) / speed if speed > 0 and not self.read_all else None
        return Progress(done, total, speed, left, clock, held, role, self.read_all, overtaken)

    def _done(self) -> int:
        return sum(max(0, self._copied.get(each, 0) - begin) for each, begin in self._begins.items())

    def _total(self) -> int:
        return sum(max(0, end - self._begins[each]) for each, end in self._ends.items())
