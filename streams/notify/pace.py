"""How soon a message is tried again, and how many leave a channel in a second. Pure: chance comes from the id."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

#: First and longest pause between two attempts, in milliseconds.
FIRST_MS = 2_000
LONGEST_MS = 15 * 60_000


def pause_ms(delivery: str, attempt: int) -> int:
    """Return how long to wait after a failed `attempt` (1 is the first): doubling, the upper half of it by chance.

    The chance (jitter, so that what failed together is not tried together again) is a hash of id and attempt.
    """
    whole: int = min(LONGEST_MS, FIRST_MS * 2 ** min(attempt - 1, 20))
    share = int.from_bytes(blake2b(f"{delivery}\0{attempt}".encode(), digest_size=4).digest()) / 2**32
    return int(whole * (0.5 + 0.5 * share))


class Bucket(Struct, frozen=True):
    """A token bucket: `rate` messages a second, at most `size` at once. `left` were left at `at` (milliseconds)."""

    rate: float
    size: float
    left: float
    at: int = 0

    def filled(self, now: int) -> Bucket:
        """The bucket as it is at `now`."""
        gained = max(0, now - self.at) / 1000 * self.rate
        return replace(self, left=min(self.size, self.left + gained), at=max(now, self.at))

    def taken(self) -> Bucket | None:
        """The bucket after one message; none where it has to wait."""
        return replace(self, left=self.left - 1) if self.left >= 1 else None


def bucket(rate: float) -> Bucket:
    """A full bucket; at least one message can go at once."""
    size = max(1.0, rate)
    return Bucket(rate, size, size)
