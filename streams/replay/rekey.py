"""Door: a log in its partitions -> the same log in other partitions, such that every deal lives through the same.

The theory. What becomes of a deal depends on its own events in their order, and on how far its partition's clock had
come at each of them: a deal hears what is late at the time to which the *other* deals of its partition had moved the
clock. So it is not enough to keep the order of each key. Records are merged by the clock that their own partition had
with them (the greatest event time up to and including each), which never falls within a partition; and a record that is
behind that clock is preceded by an announcement of it. Then the clock of any new partition is, at every event, what it
was in the old one, whatever other deals are in it; deadlines pass at their own times anyway. Merging by the time of
writing, as a file of exported records is sorted, does not do: many records have the same millisecond, and where those
of two partitions change places, what was in time becomes late.

Two things are of a partition and not of a deal. Feeds: the first copy of a control event counts, for all partitions.
Rules: they change in all new partitions where they changed in the first of the old ones. So around a change of rules,
or where the copies of a control event lay at different times, deals of other partitions hear of it earlier or later.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import NamedTuple

from streams.events.control import PLACED, ClockAdvanced, RulesChanged, is_control
from streams.events.decode import decode
from streams.events.rejection import Rejection
from streams.replay.sequence import Outbound, Sequencer

SOURCE = "/dealwatch/rebuild"
#: The header of a copy: topic, partition and offset of the record that it is of, with colons between.
COPIED_FROM = "dealwatch_copied_from"
#: Control events that are remembered, to know the copies of other partitions.
_REMEMBERED = 10_000
_BEFORE_ALL_TIME = -1


class Original(NamedTuple):
    """A record of the old log; `timestamp` in milliseconds. One that came from the new log is `there` already."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    there: bool = False


class Place(NamedTuple):
    """How far a partition of the old log is copied: its next offset, and its clock there (ms; none: no event yet)."""

    offset: int
    clock: int | None


class Copy(NamedTuple):
    """A record of the new log; `of` is the partition and offset it is a copy of, none for an announcement of time.

    Before one that `begins_day` everything that was given back must be in its place: the learner goes by what is there.
    """

    partition: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    of: tuple[int, int] | None
    begins_day: bool = False


class Rekeyer:
    """Takes the records of each old partition in their order, gives those of the new ones, in theirs."""

    def __init__(self, sources: Iterable[int], partitions: int, places: Mapping[int, Place] | None = None) -> None:
        """Copy the partitions `sources` into as many as `partitions`, from `places` on (none: from the beginning)."""
        known = places or {}
        self._reached: dict[int, int | None] = {each: known[each].clock if each in known else None for each in sources}
        self._sequencer = Sequencer(partitions, SOURCE)
        passed = [place.clock for place in known.values() if place.clock is not None]
        self._sequencer.clock = max(passed, default=None)
        self._told = self._sequencer.clock
        self._waiting: list[tuple[int, int, int, Original]] = []
        self._held = dict.fromkeys(self._reached, 0)
        self._heard = _Heard()
        self._first = min(self._reached)
        self.places: dict[int, Place] = dict(known)
        """Up to where what was given back covers each old partition."""
        self.rules_go_along = True
        """Whether rules are copied; an environment that leads asks for its own."""
        self.overtaken = 0
        """Records that came when time had passed their partition's clock, after nobody had waited for it."""

    @property
    def clock(self) -> int | None:
        """How far time has come in what was given back, in milliseconds."""
        return self._sequencer.clock

    def held(self, partition: int) -> int:
        """How many records of an old partition wait for the others."""
        return self._held[partition]

    def take(self, original: Original) -> None:
        """Take the next record of its partition."""
        number = original.partition
        clock = self._reached[number]
        event = decode(original.value, original.key, original.timestamp)
        if not isinstance(event, (Rejection, *PLACED)):
            clock = event.at if clock is None else max(clock, event.at)
            self._reached[number] = clock
        order = _BEFORE_ALL_TIME if clock is None else clock
        heappush(self._waiting, (order, number, original.offset, original))
        self._held[number] += 1

    def ready(self, silent: Collection[int] = ()) -> Iterator[Copy]:
        """Yield what nothing can come before any more: every old partition has come as far in time.

        Those that are `silent` are not waited for.
        """
        speaking = (each for number, each in self._reached.items() if number not in silent)
        reached = [_BEFORE_ALL_TIME if each is None else each for each in speaking]
        yield from self._merged(min(reached, default=None))

    def tell_time(self) -> Iterator[Copy]:
        """Tell all new partitions how far time has come, where it has come further than they were told."""
        clock = self._sequencer.clock
        if clock is None or clock == self._told:
            return
        self._told = clock
        for each in self._sequencer.finish():
            yield Copy(each.partition, clock, each.key, each.value, None)

    def _merged(self, until: int | None) -> Iterator[Copy]:
        waiting = self._waiting
        while waiting and (until is None or waiting[0][0] <= until):
            order, number, _, original = heappop(waiting)
            self._held[number] -= 1
            clock = None if order == _BEFORE_ALL_TIME else order
            if clock is not None and self._sequencer.clock is not None and clock < self._sequencer.clock:
                self.overtaken += 1
            yield from self._copied(original, clock)
            self.places[number] = Place(original.offset + 1, clock)

    def _copied(self, original: Original, clock: int | None) -> Iterator[Copy]:
        if clock is not None:  # what is late is preceded by the time at which it is heard
            for each in self._sequencer.pass_to(clock):
                yield _announced(each, original)._replace(begins_day=each.partition == 0)
        if not self._goes_along(original):
            return
        for each in self._sequencer.take(original.value or b"", original.timestamp, original.key):
            if each.value != (original.value or b""):
                yield _announced(each, original)
            else:
                place = original.partition, original.offset
                yield Copy(each.partition, original.timestamp, each.key, original.value, place)

    def _goes_along(self, original: Original) -> bool:
        """Whether more of it is copied than how far it moves time."""
        event = decode(original.value, original.key, original.timestamp)
        if original.there or isinstance(event, ClockAdvanced):
            return False
        if isinstance(event, RulesChanged):
            return self.rules_go_along and original.partition == self._first
        control = not isinstance(event, Rejection) and is_control(event)
        return not (control and self._heard.before(original.value or b""))


class _Heard:
    """Control events that came lately, to know the copies of other partitions."""

    def __init__(self) -> None:
        self._values: OrderedDict[bytes, None] = OrderedDict()

    def before(self, value: bytes) -> bool:
        """Whether it was heard before; now it is."""
        if value in self._values:
            return True
        self._values[value] = None
        if len(self._values) > _REMEMBERED:
            self._values.popitem(last=False)
        return False


def _announced(outbound: Outbound, original: Original) -> Copy:
    return Copy(outbound.partition, original.timestamp, outbound.key, outbound.value, None)
