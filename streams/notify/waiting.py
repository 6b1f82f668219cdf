"""The deliveries of one channel that wait for their turn: first come, first served, but each alert in its own order."""

from __future__ import annotations

from collections.abc import Iterator

from streams.notify.handled import Handled


class WaitingLine:
    """Names of deliveries. Those of one alert go one after the other, in the order of the alert's messages.

    One that was tried stays before all others of its alert, also before older ones that come after it: whether it has
    arrived is not known, so what is older must wait until it is.
    """

    def __init__(self) -> None:
        """Begin with nothing that waits."""
        #: Each delivery with the alert it is about, as they came.
        self._topics: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._places: dict[str, tuple[bool, int]] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._topics)

    def __iter__(self) -> Iterator[str]:
        """All that wait, as they came."""
        return iter(self._topics)

    def put(self, name: str, handled: Handled) -> None:
        """Let a delivery wait; one that waits already keeps its place."""
        if name in self._topics:
            return
        self._topics[name] = handled.topic
        self._places[name] = (handled.attempts == 0, handled.sequence)
        line = self._lines.setdefault(handled.topic, [])
        place = len(line)
        while place and self._places[line[place - 1]] > self._places[name]:
            place -= 1
        line.insert(place, name)

    def tried(self, name: str) -> None:
        """Note that a delivery which is the next of its alert is tried: nothing goes before it any more."""
        self._places[name] = (False, self._places[name][1])

    def drop(self, name: str) -> None:
        """Let a delivery wait no more."""
        topic = self._topics.pop(name, None)
        if topic is None:
            return
        del self._places[name]
        self._lines[topic].remove(name)
        if not self._lines[topic]:
            del self._lines[topic]

    def heads(self) -> Iterator[str]:
        """The next delivery of each alert, in the order in which their first ones came.

        Not to be used while deliveries are put or dropped.
        """
        spoken: set[str] = set()
        for topic in self._topics.values():
            if topic not in spoken:
                spoken.add(topic)
                yield self._lines[topic][0]

    def behind(self, topic: str) -> tuple[str, ...]:
        """All that waits to be said of an alert, the next one first."""
        return tuple(self._lines.get(topic, ()))
