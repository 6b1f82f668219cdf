"""What must come out: the pure fold of the source, and the invariants of a log, a changelog and committed offsets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

ANNOUNCE_EVERY = 3
EMPTY_EVERY = 4


class Count(msgspec.Struct, frozen=True):
    """The state of a key: how many records, their sum, and the offset of the last one."""

    n: int = 0
    total: int = 0
    seen: int = -1

    def after(self, offset: int, value: int) -> "Count":
        """Return the state with one more record."""
        return Count(self.n + 1, self.total + value, offset)

    @property
    def shown(self) -> bytes | None:
        """Return what the board says of the key at this state; nothing at every fourth."""
        return None if self.n % EMPTY_EVERY == 0 else b"%d:%d" % (self.n, self.total)

    def announcement(self, key: bytes) -> bytes | None:
        """Return the id of what is announced at this state, if anything is."""
        return b"%s:%d:%d" % (key, self.n, self.total) if self.n % ANNOUNCE_EVERY == 0 else None


@dataclass(slots=True)
class Expected:
    """The fold of one partition of the source, record by record."""

    histories: dict[bytes, list[Count]] = field(default_factory=dict)
    announcements: list[tuple[int, bytes]] = field(default_factory=list)

    def append(self, offset: int, key: bytes, value: int) -> None:
        """Fold one more record in."""
        history = self.histories.setdefault(key, [])
        count = (history[-1] if history else Count()).after(offset, value)
        history.append(count)
        if (said := count.announcement(key)) is not None:
            self.announcements.append((offset, said))

    @property
    def board(self) -> dict[bytes, bytes]:
        """Return what the board must say in the end."""
        shown = {key: history[-1].shown for key, history in self.histories.items()}
        return {key: value for key, value in shown.items() if value is not None}

    def gaps(self, upto: int, states: Mapping[bytes, Count], said: Sequence[bytes] | set[bytes]) -> list[str]:
        """Return what is missing of what follows from the records below `upto`, or wrong in any state."""
        found = [
            f"{announcement!r} was not announced"
            for at, announcement in self.announcements
            if at < upto and announcement not in said
        ]
        for key, history in self.histories.items():
            below = [count for count in history if count.seen < upto]
            state = states.get(key)
            if below and (state is None or state.seen < below[-1].seen):
                found.append(f"{key!r} is remembered as {state}, but had {below[-1]} below {upto}")
            if state is not None and state not in history:
                found.append(f"{key!r} is remembered as {state}, which it never was")
        return found
