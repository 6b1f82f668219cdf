"""Door: raw event lines -> records for partitions, with the clock announced to all of them.

Every partition must know what time it is, also one without events: otherwise its deadlines wait, and no epoch can
close. So the clock is announced at the start, at every UTC midnight, and at the end. Control events go to every
partition. Before a line that is out of order its partition is told how far time has come in the others, so that what is
late does not depend on the number of partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.events.contract import encode
from streams.events.control import PLACED, ClockAdvanced, is_control
from streams.events.decode import decode
from streams.events.envelope import moment_of
from streams.events.rejection import Rejection
from streams.replay.partitioner import partition_of
from streams.state.opportunity import DAY


class Outbound(NamedTuple):
    """One record to send. `at` is the event's time in milliseconds, none where it cannot be read."""

    partition: int
    key: bytes | None
    value: bytes
    at: int | None
    #: Whether the record stands for a line of the file (of a control event: the copy for the first partition).
    is_line: bool
    #: Whether it is about a feed or about time: such a record goes to every partition.
    is_control: bool = False


class Sequencer:
    """Turns lines into records; remembers how far time has come so that midnights are announced once."""

    def __init__(self, partitions: int, source: str = "/replay") -> None:
        """Send to `partitions` partitions; announcements of time name `source`."""
        self._partitions = partitions
        self._source = source
        self.clock: int | None = None
        self._told: dict[int, int] = {}

    def take(self, line: bytes, appended_at: int, key: bytes | None = None) -> Iterator[Outbound]:
        """Yield the records of one line, preceded by the announcements of time that are due.

        A line of a file has no key; a record that was in Kafka before may have one.
        """
        event = decode(line, key, appended_at)
        if isinstance(event, Rejection):
            yield Outbound(partition_of(key, line, self._partitions), key, line, None, True)
            return
        at = event.at
        if isinstance(event, PLACED):  # its place counts, not its time: it moves no clock
            for partition in range(self._partitions):
                yield Outbound(partition, None, line, None, partition == 0, is_control=True)
            return
        yield from self.pass_to(at)
        assert self.clock is not None
        if is_control(event):
            for partition in range(self._partitions):
                yield Outbound(partition, None, line, at, partition == 0, is_control=True)
            return
        key = event.subject.encode()
        partition = partition_of(key, line, self._partitions)
        if at < self.clock and self._told.get(partition, 0) < self.clock:
            yield from self._say(self.clock, (partition,))
        self._told[partition] = max(at, self._told.get(partition, at))
        yield Outbound(partition, key, line, at, True)

    def pass_to(self, at: int) -> Iterator[Outbound]:
        """Yield the announcements of time that are due until `at`, and let time have come there."""
        if self.clock is None or at > self.clock:
            yield from self._announce(at)
            self.clock = at

    def finish(self) -> Iterator[Outbound]:
        """Yield the last announcement: the log ends here."""
        if self.clock is not None:
            yield from self._say(self.clock, range(self._partitions))

    def _announce(self, at: int) -> Iterator[Outbound]:
        if self.clock is None:
            yield from self._say(at, range(self._partitions))
            return
        for day in range(self.clock // DAY + 1, at // DAY + 1):
            yield from self._say(day * DAY, range(self._partitions))

    def _say(self, at: int, partitions: Iterable[int]) -> Iterator[Outbound]:
        event = ClockAdvanced(id=f"clock-{at}", source=self._source, time=moment_of(at))
        value = encode(event)
        for partition in partitions:
            self._told[partition] = at
            yield Outbound(partition, None, value, at, False, is_control=True)


def sequence(lines: Iterable[bytes], partitions: int, appended_at: int) -> Iterator[Outbound]:
    """Yield the records of a whole file; absurd times are judged against `appended_at` (milliseconds)."""
    sequencer = Sequencer(partitions)
    for line in lines:
        yield from sequencer.take(line, appended_at)
    yield from sequencer.finish()
