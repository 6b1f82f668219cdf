"""How long a partition that had something to do committed nothing, and where the time went. Pure; times in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Standstill:
    """One partition from its last progress on."""

    partition: int
    since: float
    seconds: float = 0.0
    spent: Counter[str] = field(default_factory=Counter)
    """Milliseconds by what was the case."""

    def told(self) -> list[tuple[str, str]]:
        """Return what the time went into, the longest first, as rows of a table."""
        return [(phase, f"{ms / 1000:.1f} s") for phase, ms in self.spent.most_common()]


class Standstills:
    """Keeps the present standstill of each partition, and the longest there was."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.longest: Standstill | None = None
        self._now: dict[int, tuple[int, Standstill]] = {}
        self._behind: frozenset[int] = frozenset()
        self._at: float | None = None

    def standing(self, committed: Mapping[int, int], ends: Mapping[int, int]) -> frozenset[int]:
        """Return the partitions that have something to do and are where they were at the last look."""
        return frozenset(
            number
            for number, end in ends.items()
            if number in self._now and self._now[number][0] == committed.get(number, 0) < end
        )

    def note(
        self, now: float, committed: Mapping[int, int], ends: Mapping[int, int], phases: Mapping[int, str]
    ) -> None:
        """Take in one look: the next offset to be committed, the end of the log, and what is the case."""
        standing = self.standing(committed, ends)
        self._behind = frozenset(number for number, end in ends.items() if committed.get(number, 0) < end)
        for number in ends:
            if number not in standing:
                self._now[number] = (committed.get(number, 0), Standstill(number, now))
        self._spend(now, {number: phases.get(number, "unknown") for number in standing})

    def blind(self, now: float, phase: str) -> None:
        """Take in that nothing could be seen; what had something to do at the last look has not got on."""
        self._spend(now, dict.fromkeys(self._behind, phase))

    def _spend(self, now: float, phases: Mapping[int, str]) -> None:
        last = now if self._at is None else self._at
        self._at = now
        for number, phase in phases.items():
            _, still = self._now[number]
            still.seconds = now - still.since
            still.spent[phase] += round((now - max(last, still.since)) * 1000)
            if self.longest is None or still.seconds > self.longest.seconds:
                self.longest = still
