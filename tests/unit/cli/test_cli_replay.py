"""Waiting for a worker: as long as it shows a sign of life, and no longer."""

from itertools import count, repeat

import pytest

from streams.cli.replay import Sent, _said, until_handled
from streams.errors import WorkerAbsent


class Seconds:
    """A clock that goes on while somebody sleeps."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def test_a_worker_that_passes_day_after_day_is_waited_for() -> None:
    """One record may take minutes; it is said once what goes on, and nobody asks whether a worker runs."""
    clock, left, signs, said = Seconds(), iter([5] * 1000 + [0]), count(), list[str]()
    until_handled(lambda: next(left), lambda: next(signs), lambda _: None, said.append, clock, clock.sleep)
    assert clock.now > 400
    assert len(said) == 1
    assert "5 records wait while it passes day after day" in said[0]


def test_waiting_ends_without_any_sign() -> None:
    """A minute after the last record or sign."""
    clock, left, signs = Seconds(), repeat(3), iter([*range(100), *repeat(7, 1000)])
    with pytest.raises(WorkerAbsent, match="3 records wait"):
        until_handled(lambda: next(left), lambda: next(signs), lambda _: None, lambda _: None, clock, clock.sleep)
    assert 60 < clock.now < 120


def test_a_worker_that_handles_records_is_left_alone() -> None:
    """Nothing is said while the number of waiting records moves."""
    clock, left, said = Seconds(), iter(range(500, -1, -1)), list[str]()
    until_handled(lambda: next(left), lambda: 0, lambda _: None, said.append, clock, clock.sleep)
    assert said == []


def test_what_is_sent_adds_up_to_the_lines_of_the_file() -> None:
    """Most lines of a generated file are heartbeats: who counted 10,411 lines should not miss 8,372."""
    assert _said(Sent(2_039, 33_840, 35_879, 8_372)) == (
        "2,039 events and 8,372 lines about the feeds (heartbeats and the like)"
    )
    assert _said(Sent(5, 4, 9, 0)) == "5 events"
