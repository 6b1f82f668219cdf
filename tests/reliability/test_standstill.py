"""The longest standstill is told with where its time went."""

from __future__ import annotations

from tests.reliability.standstill import Standstills


def test_the_longest_standstill_is_told_with_its_partition_and_what_it_waited_for() -> None:
    """A partition that gets on or has nothing to do ends its standstill; the time in between is not lost."""
    stills = Standstills()
    ends = {0: 10, 1: 10, 2: 5}
    stills.note(100, {0: 1, 1: 1, 2: 5}, ends, {})
    stills.note(102, {0: 1, 1: 2, 2: 5}, ends, {0: "joining"})
    stills.note(103, {0: 1, 1: 2, 2: 5}, ends, {0: "recovering", 1: "recovering"})
    stills.blind(107, "no broker")
    stills.note(108, {0: 9, 1: 2, 2: 5}, ends, {1: "joining"})
    longest = stills.longest
    assert longest is not None
    assert (longest.partition, longest.seconds) == (0, 7)
    assert longest.told() == [("no broker", "4.0 s"), ("joining", "2.0 s"), ("recovering", "1.0 s")]


def test_a_longer_one_takes_its_place_and_a_shorter_one_does_not() -> None:
    """The first is kept until another partition stands still for longer."""
    stills = Standstills()
    for now in range(6):
        stills.note(now, {0: 0, 1: now}, {0: 9, 1: 9}, {0: "a"})
    for now in range(6, 20):
        stills.note(now, {0: 9, 1: 6}, {0: 9, 1: 9}, {1: "b"})
    assert stills.longest is not None
    assert (stills.longest.partition, stills.longest.told()) == (1, [("b", "13.0 s")])


def test_who_has_nothing_to_do_does_not_stand_still() -> None:
    """Not with the broker there, and not without."""
    stills = Standstills()
    for now in range(0, 40, 10):
        stills.note(now, {0: 5}, {0: 5}, {})
        stills.blind(now + 5, "no broker")
    assert stills.longest is None
