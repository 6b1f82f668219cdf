"""Each changelog is loaded up to its end, once, however the fetches fall."""

import pytest
from faust.types import TP

from streams.engine.errors import RecoveryFailed
from streams.engine.intake import AHEAD, Intake
from streams.engine.partition import Stretch
from tests.unit.engine.fakes import PlainRecord

ONE, TWO = TP("changelog", 1), TP("changelog", 2)


def records(*offsets: int) -> list[PlainRecord]:
    """Return records at these offsets."""
    return [PlainRecord(offset) for offset in offsets]


def load(intake: Intake) -> list[tuple[int, int]]:
    """Load all that has arrived; return each part's partition and position."""
    parts = []
    while (arrived := intake.take()) is not None:
        intake.loaded(arrived)
        parts.append((arrived.tp.partition, arrived.stretch.end))
    return parts


def test_it_is_done_when_every_changelog_is_loaded_to_its_end() -> None:
    """Also where the log ends without a record: what compaction removed."""
    intake = Intake()
    intake.begin({ONE: (0, 5), TWO: (0, 3)}, since=1)
    intake.absorb(ONE, Stretch(0, records(0, 1), 2), 1)
    intake.absorb(TWO, Stretch(0, records(0), 3), 1)
    assert (load(intake), intake.done) == ([(1, 2), (2, 3)], False)
    intake.absorb(ONE, Stretch(2, [], 5), 1)
    assert (load(intake), intake.done) == ([(1, 5)], True)
    assert intake.n_read == {1: 2, 2: 1}


def test_what_is_fetched_before_the_end_is_loaded_comes_to_nothing() -> None:
    """Loading is slower than fetching: the end may be seen again, and more behind it, before it is reached."""
    intake = Intake()
    intake.begin({ONE: (0, 2), TWO: (0, 9)}, since=1)
    intake.absorb(ONE, Stretch(0, records(0, 1), 2), 1)
    intake.absorb(ONE, Stretch(2, [], 2), 1)
    intake.absorb(ONE, Stretch(2, records(2), 3), 1)
    assert load(intake) == [(1, 2)]


def test_what_was_fetched_before_the_seek_does_not_count() -> None:
    """Records from an earlier position would be taken for those of this one."""
    intake = Intake()
    intake.begin({ONE: (0, 2)}, since=4)
    intake.absorb(ONE, Stretch(7, records(7, 8), 9), 3)
    assert load(intake) == []
    assert not intake.done


def test_no_more_is_fetched_than_waits_to_be_loaded() -> None:
    """A slow disk bounds what is in memory."""
    intake = Intake()
    intake.begin({ONE: (0, 99)}, since=1)
    for offset in range(AHEAD):
        assert intake.wants(ONE)
        intake.absorb(ONE, Stretch(offset, records(offset), offset + 1), 1)
    assert not intake.wants(ONE)
    assert not intake.wants(TWO)
    load(intake)
    assert intake.wants(ONE)


def test_states_that_were_fetched_and_did_not_arrive_are_noticed() -> None:
    """Offsets without a record are no hole, also where a fetch brings nothing but them; what is skipped is one."""
    intake = Intake()
    intake.begin({ONE: (0, 99)}, since=1)
    intake.absorb(ONE, Stretch(0, records(0, 1), 4), 1)
    intake.absorb(ONE, Stretch(4, [], 6), 1)
    intake.absorb(ONE, Stretch(6, records(6), 7), 1)
    with pytest.raises(RecoveryFailed, match="from offset 7, got those from 9"):
        intake.absorb(ONE, Stretch(9, records(9), 10), 1)
