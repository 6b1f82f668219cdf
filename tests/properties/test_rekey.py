"""Law: a log that is copied into any other number of partitions comes to the same states, models and alerts.

Not so a file of records sorted by the time of writing: what was in time in one partition is late in it.
"""

from __future__ import annotations

from collections import deque
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.alert import encode_alert
from streams.alerts.rules.dates import Slipping
from streams.alerts.rules.silence import GoingQuiet
from streams.backtest.run import Host, Result
from streams.events.contract import encode
from streams.events.control import CONTROL, ClockAdvanced
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.replay.rekey import Copy, Original, Place, Rekeyer
from streams.replay.sequence import Outbound, Sequencer
from tests.builders import APPENDED_AT, a_clock, a_figure, a_market, a_policy, a_second_thought, new_rules
from tests.strategies import law

OLD = 4
POLICY = a_policy(GoingQuiet(min_cases=30), Slipping(min_cases=30))
LOG = a_second_thought(a_market(deals=8, days=24))
#: Records that a producer writes within a millisecond.
_A_MS = 20


def disordered(swaps: list[tuple[int, int]]) -> list[bytes]:
    """The log with events that come late, and a line that is none."""
    log: list[Event] = list(LOG)
    for place, further in swaps:
        event = log.pop(place % len(log))
        log.insert(min(place % len(log) + further, len(log)), event)
    log.insert(len(log) // 2, a_figure(12, "1000.00"))
    log.append(a_clock(32))
    lines = [encode(each) for each in log]
    return [*lines[:50], b"no event", *lines[50:]]


def lived(lines: list[bytes]) -> tuple[Result, list[Original]]:
    """What the running group makes of the log, and what lies in its partitions, in the order of writing."""
    host, ends = Host(OLD, POLICY), [0] * OLD
    written: list[Original] = []
    sequencer = Sequencer(OLD)
    for line in lines:
        for each in sequencer.take(line, APPENDED_AT):
            at = APPENDED_AT + len(written) // _A_MS
            host.send(each, at)
            written.append(Original(each.partition, ends[each.partition], at, each.key, each.value))
            ends[each.partition] += 1
    return host.finish(), written


def outbound(copy: Copy) -> Outbound:
    """A copy as the host takes it."""
    return Outbound(copy.partition, copy.key, copy.value or b"", None, True)


class Copying:
    """Copies partitions that are read in any order, and may be killed: what was sent since its place was kept stays."""

    def __init__(self, written: list[Original], partitions: int) -> None:
        self.host = Host(partitions, POLICY)
        self.partitions = partitions
        self.kept: dict[int, Place] = {}
        self.there: dict[tuple[int, int], int] = {}
        self._written = written
        self.start()

    def start(self) -> None:
        """Begin where the places say."""
        self.rekeyer = Rekeyer(range(OLD), self.partitions, self.kept)
        self.unread: dict[int, deque[Original]] = {each: deque() for each in range(OLD)}
        for each in self._written:
            if each.partition not in self.kept or each.offset >= self.kept[each.partition].offset:
                self.unread[each.partition].append(each)

    def send(self, copies: list[Copy]) -> None:
        """Append copies, but for those that are there."""
        for each in copies:
            if each.of is not None:
                if each.of[1] <= self.there.get((each.partition, each.of[0]), -1):
                    continue
                self.there[each.partition, each.of[0]] = each.of[1]
            self.host.send(outbound(each), each.timestamp)

    def run(self, chance: Random, kills: int) -> Result:
        """Copy everything."""
        while any(self.unread.values()):
            line = self.unread[chance.choice([each for each, left in self.unread.items() if left])]
            for _ in range(min(len(line), chance.randint(1, 60))):
                self.rekeyer.take(line.popleft())
            self.send(list(self.rekeyer.ready()))
            if chance.random() < 0.2:
                self.kept = dict(self.rekeyer.places)
            if kills and chance.random() < 0.2:
                kills -= 1
                self.start()
        self.send(list(self.rekeyer.ready(range(OLD))))
        self.send(list(self.rekeyer.tell_time()))
        assert self.rekeyer.overtaken == 0
        return self.host.finish()


def assert_same(one: Result, other: Result) -> None:
    """States, alerts and models are the same; only offsets are others."""
    assert sorted(map(encode_alert, one.alerts)) == sorted(map(encode_alert, other.alerts))
    assert {name: (deal.facts, deal.base, deal.recent, deal.seen, deal.watch) for name, deal in one.deals.items()} == {
        name: (deal.facts, deal.base, deal.recent, deal.seen, deal.watch) for name, deal in other.deals.items()
    }
    assert one.models == other.models
    assert len(one.rejections) == len(other.rejections) > 0


@law(5)
@given(
    partitions=st.sampled_from([1, 2, 4, 7, 12]),
    swaps=st.lists(st.tuples(st.integers(0, 500), st.integers(1, 80)), max_size=12),
    seed=st.integers(0, 1000),
    kills=st.integers(0, 3),
)
def test_more_or_fewer_partitions_come_to_the_same(
    partitions: int, swaps: list[tuple[int, int]], seed: int, kills: int
) -> None:
    """Whatever is late, in whatever order the partitions are read, and however often the copying is killed."""
    old, written = lived(disordered(swaps))
    new = Copying(written, partitions).run(Random(seed), kills)
    assert len(old.alerts) > 10
    assert_same(old, new)


def test_a_file_sorted_by_the_time_of_writing_does_not_come_to_the_same() -> None:
    """Why records are merged by time of their partition: within a millisecond they change places, and become late."""
    old, written = lived(disordered([]))
    host, sequencer = Host(7, POLICY), Sequencer(7)
    for each in sorted(written, key=lambda each: (each.timestamp, each.partition)):
        for sent in sequencer.take(each.value or b"", each.timestamp):
            host.send(sent, each.timestamp)
    new = host.finish()
    assert sorted(map(encode_alert, old.alerts)) != sorted(map(encode_alert, new.alerts))


def originals(*events: tuple[int, Event]) -> list[Original]:
    """Records of partitions, each with the next offset of its own."""
    made: list[Original] = []
    for number, event in events:
        offset = sum(each.partition == number for each in made)
        key = None if isinstance(event, tuple(CONTROL)) else event.subject.encode()
        made.append(Original(number, offset, APPENDED_AT, key, encode(event)))
    return made


def test_nothing_is_given_that_something_may_still_come_before() -> None:
    """A partition that says nothing is waited for, until somebody says not to."""
    rekeyer = Rekeyer([0, 1], 3)
    for each in originals((0, LOG[0]), (0, LOG[9]), (0, LOG[20])):
        rekeyer.take(each)
    assert list(rekeyer.ready()) == []
    assert rekeyer.held(0) == 3
    [between] = originals((1, a_clock(1.0)))
    rekeyer.take(between)
    given_back = [each.of for each in rekeyer.ready() if each.of is not None]
    assert (0, 0) in given_back and (0, 2) not in given_back
    assert any(each.of == (0, 2) for each in rekeyer.ready([1]))
    assert rekeyer.held(0) == 0


def test_rules_change_where_they_change_in_the_first_partition() -> None:
    """Each partition has a copy of its own; one of them counts, for all."""
    rules = {"rule": {"silent": {"factor": 1.2}}}
    rekeyer = Rekeyer([0, 1], 3)
    for each in originals((0, a_clock(1)), (1, a_clock(1)), (0, new_rules(1, rules)), (1, new_rules(1, rules))):
        rekeyer.take(each)
    copies = [each for each in rekeyer.ready() if each.of is not None]
    assert [(each.partition, each.of) for each in copies] == [(0, (0, 1)), (1, (0, 1)), (2, (0, 1))]


def test_a_managers_figure_goes_to_each_new_partition_once() -> None:
    """The copies of the old partitions are one event; what is said after it is another."""
    first, second = a_figure(1, "10.00"), a_figure(2, None)
    rekeyer = Rekeyer([0, 1], 3)
    for each in originals((0, first), (1, first), (0, second), (1, second), (0, a_clock(3)), (1, a_clock(3))):
        rekeyer.take(each)
    copies = [each for each in rekeyer.ready([0, 1]) if each.of is not None]
    assert [(each.partition, each.value, each.key) for each in copies] == [
        (number, encode(event), None) for event in (first, second) for number in range(3)
    ]


def test_time_is_told_once() -> None:
    """All new partitions hear how far it has come, and not again before it has come further."""
    rekeyer = Rekeyer([0], 3)
    for each in originals((0, a_clock(1)), (0, a_clock(1.3))):
        rekeyer.take(each)
    assert all(each.of is None for each in rekeyer.ready())
    told = list(rekeyer.tell_time())
    assert [each.partition for each in told] == [0, 1, 2]
    assert {decode(each.value, None, each.timestamp).__class__ for each in told} == {ClockAdvanced}
    assert list(rekeyer.tell_time()) == []


@pytest.mark.parametrize("value", [None, b"no event"])
def test_what_is_no_event_goes_along(value: bytes | None) -> None:
    """A dead letter of the old log is one of the new, with its key."""
    rekeyer = Rekeyer([0], 5)
    rekeyer.take(Original(0, 0, APPENDED_AT, b"opp-1", value))
    [copy] = rekeyer.ready()
    assert (copy.key, copy.value, copy.of) == (b"opp-1", value, (0, 0))
