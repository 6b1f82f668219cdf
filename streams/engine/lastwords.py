"""A topic on which the last record of a key counts, although several owners write it, and a former one may write late.

The theory. Outgoing records are sent at least once: a worker that has lost a partition without knowing it may still
have some on their way, and they arrive when the new owner has long gone on. Whoever tells messages apart by their ids
loses nothing by it. On a topic that is read for its last records it is a fault: an alert that is over stands again.

So what is said on such a topic carries the *tenure* under which it was said: the partition, and its owner's term (see
`store`). Of one partition's records in one log, one whose term is lower than that of a record before it was said too
late; the key that it names is *overrun*. Whoever owns the partition hears that, since it reads the topic as everybody
else does, looks in the log for what was said last in time, and says it again.

It must not say again what it has said anew meanwhile. What it has said and not heard back yet is *in flight*, and such
a key is left alone: the owner's own word comes last anyway. Between looking and saying nothing is awaited.

Pure: the topic is heard through `hear`, looked through with `Recall`, and what is to be written is returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from streams.engine.task import Outgoing, Record

TENURE = "tenure"
"""The header that says under which tenure a record was said: a partition of the source and a term, in decimals."""

_LONGEST = 40
"""Bytes of a tenure: a partition and a term of 64 bits have fewer. Whatever anybody wrote must be read quickly."""

Headers = Sequence[tuple[str, bytes]]


class Place(NamedTuple):
    """Where the words of one owner lie: a partition of the topic, and the partition of the source they are about."""

    log: int
    number: int


@dataclass(slots=True)
class _Tenure:
    """That under which we own a partition of the source."""

    term: int
    header: bytes
    in_flight: dict[bytes, int]
    """How often we have said something of a key that we have not heard back."""


Wanted = Mapping[Place, Mapping[bytes, int]]
"""Keys that are overrun, each with a number of its own: another one when it was right meanwhile."""


def tenure_of(headers: Headers) -> tuple[int, int] | None:
    """Return partition and term from a record's headers; none where no owner of ours can have written it."""
    for name, value in headers:
        # In Kafka a header's value may be missing, whatever the client's types say.
        if name == TENURE and value and len(value) <= _LONGEST:
            number, _, term = value.partition(b" ")
            if number.isdigit() and term.isdigit():
                return int(number), int(term)
    return None


class Terms:
    """Tells words that were said in time from those that came too late, in the order of the log."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._highest: dict[Place, int] = {}

    def in_time(self, place: Place, term: int) -> bool:
        """Whether a record was said in time; ask for every record in order."""
        if term < self._highest.get(place, 0):
            return False
        self._highest[place] = term
        return True

    def outranked(self, place: Place, term: int) -> bool:
        """Whether a later owner than that of this term has said something here."""
        return self._highest.get(place, 0) > term


class LastWords:
    """What a worker knows of one such topic."""

    def __init__(self, topic: str) -> None:
        """Begin before the topic's first record."""
        self.topic = topic
        self._terms = Terms()
        self._tenures: dict[int, _Tenure] = {}
        self._overrun: dict[Place, dict[bytes, int]] = {}
        self._numbers = count(1)

    def own(self, number: int, term: int) -> None:
        """Own a partition of the source, in the term of its store. What we said in an earlier one is acknowledged."""
        self._tenures[number] = _Tenure(term, b"%d %d" % (number, term), {})

    def say(self, number: int, records: Sequence[Outgoing]) -> list[Outgoing]:
        """Return the records as they are to be written; those of other topics as they are."""
        return [self._signed(number, each) if each.topic == self.topic else each for each in records]

    def _signed(self, number: int, record: Outgoing) -> Outgoing:
        tenure = self._tenures[number]
        if record.key is not None:
            tenure.in_flight[record.key] = tenure.in_flight.get(record.key, 0) + 1
        return record._replace(headers=(*record.headers, (TENURE, tenure.header)))

    def hear(self, record: Record) -> None:
        """Take a record of the topic in. One without a key, or that no owner of ours wrote, says nothing of owners."""
        found, key = tenure_of(record.headers), record.key
        if found is None or key is None:
            return
        number, term = found
        place = Place(record.partition, number)
        if not self._terms.in_time(place, term):
            self._overrun.setdefault(place, {}).setdefault(key, next(self._numbers))
            return
        if (overrun := self._overrun.get(place)) is not None:
            overrun.pop(key, None)
        tenure = self._tenures.get(number)
        if tenure is not None and tenure.term == term and (left := tenure.in_flight.get(key, 0)):
            if left == 1:
                del tenure.in_flight[key]
            else:
                tenure.in_flight[key] = left - 1

    def wanted(self, owned: Mapping[int, int]) -> Wanted:
        """Return what is overrun of the partitions that are owned, each in its store's term, and to be looked up.

        What a later owner has said something of is not ours any more, whatever we believe.
        """
        found: dict[Place, dict[bytes, int]] = {}
        for place, overrun in self._overrun.items():
            tenure = self._tenures.get(place.number)
            if not overrun or tenure is None or owned.get(place.number) != tenure.term:
                continue
            if not self._terms.outranked(place, tenure.term):
                found[place] = {key: each for key, each in overrun.items() if key not in tenure.in_flight}
        return {place: keys for place, keys in found.items() if keys}

    def mend(self, wanted: Wanted, said: "Recall", owned: Mapping[int, int]) -> list[Outgoing]:
        """Return what is to be written so that the last records of keys are those that were said last in time."""
        still = self.wanted(owned)
        mended: list[Outgoing] = []
        for place, keys in wanted.items():
            same = [key for key, number in keys.items() if still.get(place, {}).get(key) == number]
            again = (said.again(self.topic, place, key) for key in same)
            mended += [self._signed(place.number, each) for each in again]
        return mended


class Recall:
    """The topic looked through for what was said last in time of some keys."""

    def __init__(self, wanted: Wanted) -> None:
        """Look for these; `take` every record of the topic, in order."""
        self._wanted = {(place.log, key) for place, keys in wanted.items() for key in keys}
        self._terms = Terms()
        self._said: dict[tuple[int, bytes], Record] = {}

    def take(self, record: Record) -> None:
        """Look at a record. One that no owner of ours wrote counts as said in time."""
        found = tenure_of(record.headers)
        if found is not None and not self._terms.in_time(Place(record.partition, found[0]), found[1]):
            return
        if record.key is not None and (record.partition, record.key) in self._wanted:
            self._said[record.partition, record.key] = record

    def again(self, topic: str, place: Place, key: bytes) -> Outgoing:
        """Return what was said of a key, to be said again; a tombstone where nothing was, or it is gone."""
        record = self._said.get((place.log, key))
        if record is None:
            return Outgoing(topic, key, None, (), place.log)
        headers = tuple((name, value) for name, value in record.headers if name != TENURE and value is not None)
        return Outgoing(topic, key, record.value, headers, place.log)
