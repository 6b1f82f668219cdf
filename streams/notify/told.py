"""How far each destination has been told of each alert: what is older than that must not be said to it any more.

Through a crash whoever decides may write a later word of an alert before an earlier one: the records of two owners
belong to one checkpoint, and one of them may be written without the other. Whoever reads that it began after they read
that it ended believes that it is still open.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

_DAY = 86_400_000
#: How long it is known what a destination was told, in milliseconds of the alerts' own time. What a crash has read
#: again comes at once, and the alerts' time stands still until it has.
REMEMBERED = 30 * _DAY


class Told(Struct, frozen=True, array_like=True):
    """A destination was told of an alert, up to its message `sequence`.

    `lived` is the latest time of an alert (ms since 1970 UTC) that the sender knew of at that moment.
    """

    destination: str
    alert: str
    sequence: int
    lived: int


class Destinations:
    """What all destinations were told, the furthest of each alert only, as long as it is remembered."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._furthest: dict[tuple[str, str], Told] = {}
        self._lived = 0

    @property
    def lived(self) -> int:
        """The latest time of an alert that is known of (ms since 1970 UTC)."""
        return self._lived

    def live(self, at: int) -> None:
        """Note the time of an alert."""
        self._lived = max(self._lived, at)

    def tell(self, told: Told) -> None:
        """Note what a destination was told."""
        self.live(told.lived)
        if told.sequence > self.furthest(told.destination, told.alert):
            self._furthest[told.destination, told.alert] = told

    def furthest(self, destination: str, alert: str) -> int:
        """The last message of an alert that a destination was told; -1 where none is known."""
        known = self._furthest.get((destination, alert))
        return -1 if known is None else known.sequence

    def needs(self, told: Told) -> bool:
        """Whether this is the furthest of its alert, and remembered."""
        return self._furthest.get((told.destination, told.alert)) == told

    def forget(self, wanted: Collection[tuple[str, str]] = ()) -> None:
        """Remember no more what was told long ago, by the alerts' own time.

        `wanted` are destinations and alerts of which an earlier word may still be asked for.
        """
        until = self._lived - REMEMBERED
        for key in [key for key, told in self._furthest.items() if told.lived < until and key not in wanted]:
            del self._furthest[key]
