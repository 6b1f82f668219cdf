"""All deals of a log as they were on record: the fold without models, questions or alerts. What revenue is made from.

It takes a log at a few microseconds an event, so that a question about any day of the past can be answered from the log
alone. What it says of a deal is what the worker's state says of it, but for people's answers to alerts: whether an
answer met an alert is known to the worker only. They are seen here as they were sent, and the deal is not told of them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from heapq import merge

from msgspec import Struct

from streams.events.action import is_action
from streams.events.control import ForecastAdjusted, RulesChanged, is_control
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.partition import Record
from streams.revenue.seen import Announced, Passed, Seen, Story
from streams.state.admit import Admission, admit, fingerprint
from streams.state.fold import Arrival, fold
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity

#: The horizon of questions, which nobody asks here.
_NO_HORIZON = 1


class Sight:
    """One partition's deals. `timezone` is the tenant's, for close dates of deals that name none."""

    def __init__(self, timezone: str = "UTC", until: int | None = None) -> None:
        """See what was known at `until` (milliseconds), the end of the log where none is named."""
        self.clock: int | None = None
        """How far time has come, in milliseconds; none before the first event."""
        self.over = False
        """Whether the log has come to what was not known at `until`: nothing after it is taken."""
        self._timezone = timezone
        self._until = until
        self._deals: dict[str, DealState] = {}

    @property
    def deals(self) -> Iterator[Opportunity]:
        """Every deal that was heard of, leads and ended ones too."""
        return (each.facts for each in self._deals.values())

    def take(self, record: Record) -> Story | None:
        """Take in the next record; return what was seen or announced, none for repeats, refused and other events.

        What is announced is told by each partition, and again where it is repeated.
        """
        if self.over:
            return None
        event = decode(record.value, record.key, record.timestamp)
        if isinstance(event, Rejection):
            return None
        if isinstance(event, RulesChanged | ForecastAdjusted):  # its place counts, not its time
            return Announced(event.at if self.clock is None else self.clock, record.offset, event)
        if self._until is not None and event.at > self._until:
            self.over = True
            return None
        now = event.at if self.clock is None else max(self.clock, event.at)
        self.clock = now
        if is_control(event):
            return None
        state = self._deals.get(event.subject)
        before = None if state is None else state.facts
        mark = fingerprint(event)
        if admit(state, mark, event.at, record.offset, now) is not Admission.FRESH:
            return None
        if is_action(event):
            return None if before is None else Seen(now, record.offset, event, before, before)
        state = fold(state, event, Arrival(mark, record.offset, now), self._timezone, _NO_HORIZON)
        self._deals[event.subject] = state
        return Seen(now, record.offset, event, before, state.facts)


def told_of(records: Iterable[Record], sight: Sight) -> Generator[Story | Passed, None, None]:
    """Yield what a partition's records have to tell, and at last how far its time came."""
    for record in records:
        if (found := sight.take(record)) is not None:
            yield found
        elif sight.over:
            break
    if sight.clock is not None:
        yield Passed(sight.clock)


class Telling(Iterable[Story]):
    """What one or several partitions have to tell, as one story in order of time; each comes in its own order."""

    def __init__(self, *partitions: Iterable[Story | Passed]) -> None:
        """Tell it once."""
        self.at: int | None = None
        """How far time has come (milliseconds), none before the first event; heartbeats count at the end."""
        self._partitions = partitions

    def __iter__(self) -> Iterator[Story]:
        """Go through all of it."""
        for told in merge(*self._partitions, key=lambda told: told.at):
            self.at = told.at
            if not isinstance(told, Passed):
                yield told

    @property
    def deals(self) -> Iterator[Seen]:
        """Go through what was seen of deals, without what was announced."""
        return (told for told in self if isinstance(told, Seen))


class Line(Struct, frozen=True, gc=False):
    """A line of an event file as the record that it will be."""

    offset: int
    timestamp: int
    value: bytes
    key: None = None


def read_story(lines: Iterable[bytes], now: int, timezone: str = "UTC", until: int | None = None) -> Telling:
    """Return what an event file has to tell, read at `now` (milliseconds) as one partition would."""
    records = (Line(offset, now, value) for offset, value in enumerate(lines))
    return Telling(told_of(records, Sight(timezone, until)))
