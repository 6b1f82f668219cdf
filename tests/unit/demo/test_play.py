"""Pacing of lines over wall time."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.demo.play import paced
from streams.demo.world import Line


def lines(*instants: int) -> list[Line]:
    """Lines delivered at those milliseconds."""
    return [Line(at, b"opp", b"{}") for at in instants]


def test_simulated_time_is_divided_by_the_speed() -> None:
    """At 3,600 times the speed an hour takes a second."""
    batches = list(paced(lines(0, 3_600_000, 7_200_000), 3_600.0, batch_seconds=0.5))

    assert [(offset, len(batch)) for offset, batch in batches] == [(0.5, 1), (1.5, 1), (2.5, 1)]


def test_lines_before_the_beginning_are_due_at_once() -> None:
    """Whoever begins in the middle gets what is older in the first batch."""
    batches = list(paced(lines(0, 5_000, 60_000), 1.0, start_at=50_000, batch_seconds=1.0))

    assert [[line.at for line in batch] for _, batch in batches] == [[0, 5_000], [60_000]]


@given(st.lists(st.integers(0, 10**9)).map(sorted), st.floats(0.1, 1e6), st.floats(0.01, 10.0))
def test_no_line_is_lost_early_or_out_of_order(instants: list[int], speed: float, batch_seconds: float) -> None:
    """All lines come out in order, none before it is due, none more than a batch late, and no batch is empty."""
    given_lines = lines(*instants)
    batches = list(paced(given_lines, speed, batch_seconds=batch_seconds))

    assert [line for _, batch in batches for line in batch] == given_lines
    assert [offset for offset, _ in batches] == sorted({offset for offset, _ in batches})
    for offset, batch in batches:
        assert batch
        for line in batch:
            due = (line.at - instants[0]) / 1_000.0 / speed
            assert offset - batch_seconds * 1.01 - 1e-6 <= due <= offset + 1e-6


def test_an_endless_source_is_read_only_as_far_as_needed() -> None:
    """The first batch comes out although the lines never end."""

    def endless() -> Iterator[Line]:
        at = 0
        while True:
            yield Line(at, None, b"{}")
            at += 100

    assert next(paced(endless(), 1.0))[0] == pytest.approx(0.1)


@pytest.mark.parametrize(("speed", "batch_seconds"), [(0.0, 0.1), (-1.0, 0.1), (float("nan"), 0.1), (1.0, 0.0)])
def test_a_speed_that_goes_nowhere_is_refused(speed: float, batch_seconds: float) -> None:
    """Speed and batch length must be positive."""
    with pytest.raises(ValueError, match="must be positive"):
        list(paced(lines(0), speed, batch_seconds=batch_seconds))
