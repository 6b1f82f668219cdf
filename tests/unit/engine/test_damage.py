"""Batches of an answer that are not where they belong are damage, whatever their checksum says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.damage import BatchesInOrder


class Answer:
    """Batches in the shape of aiokafka's."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        """Hold batches with these first and next offsets."""
        self._batches = [SimpleNamespace(base_offset=first, next_offset=end) for first, end in spans]

    def has_next(self) -> bool:
        """Whether there is one more."""
        return bool(self._batches)

    def next_batch(self) -> Any:
        """Return it."""
        return self._batches.pop(0)


def read(spans: list[tuple[int, int]], asked_for: int) -> list[tuple[int, int]]:
    """Return the batches that come through."""
    batches, found = BatchesInOrder(Answer(spans), asked_for, "log/0"), []
    while batches.has_next():
        batch = batches.next_batch()
        found.append((batch.base_offset, batch.next_offset))
    return found


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Batches as a log has them, with the gaps that compaction leaves."""
    at, spans = draw(st.integers(0, 50)), []
    for gap, many in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), min_size=1, max_size=12)):
        spans.append((at + gap, at + gap + many))
        at += gap + many
    return spans


@given(logs(), st.data())
def test_what_a_log_has_comes_through(spans: list[tuple[int, int]], data: st.DataObject) -> None:
    """Asked for any offset up to the end of the first batch, a broker may answer with it and all that follow."""
    assert read(spans, data.draw(st.integers(0, spans[0][1] - 1))) == spans


@given(logs(), st.data())
def test_a_batch_that_claims_offsets_of_others_is_refused(spans: list[tuple[int, int]], data: st.DataObject) -> None:
    """One whose offsets lie before the end of the one before, or all before what was asked for."""
    number = data.draw(st.integers(0, len(spans) - 1))
    first, end = spans[number]
    before = spans[number - 1][1] if number else end
    back = data.draw(st.integers(first - before + 1, first + 100)) if number else data.draw(st.integers(1, 100))
    moved = [*spans[:number], (first - back, end - back), *spans[number + 1 :]]
    with pytest.raises(CorruptRecordException, match="log/0"):
        read(moved, asked_for=end - 1 if not number else spans[0][0])
