"""What a worker still has of a partition is used where that is safe, and nowhere else."""

import pytest

from streams.engine.resume import Log, Reading, how_to_read, may_go_on
from streams.engine.store import Standing

HOUR = 3_600_000
NOW = 1_790_000_000_000
STANDING = Standing(position=100, written_ms=NOW - HOUR)


@pytest.mark.parametrize(
    ("standing", "log", "reading"),
    [
        (STANDING, Log(0, 100, None), Reading.NOTHING),
        (STANDING, Log(0, 130, 100), Reading.TAIL),
        (STANDING, Log(100, 130, 104), Reading.TAIL),
        (None, Log(0, 130, None), Reading.WHOLE),
        (STANDING, Log(0, 99, None), Reading.WHOLE),
        (STANDING, Log(101, 130, 101), Reading.WHOLE),
        (STANDING, Log(0, 130, 0), Reading.WHOLE),
        (STANDING, Log(0, 100, 99), Reading.WHOLE),
        (Standing(0, 0), Log(0, 0, None), Reading.NOTHING),
        (Standing(100, NOW - 13 * HOUR), Log(0, 101, 100), Reading.WHOLE),
        (Standing(100, NOW - 13 * HOUR), Log(0, 100, None), Reading.NOTHING),
    ],
    ids=[
        "at the end",
        "the end moved on",
        "compacted up to us",
        "nothing known",
        "the log lost its end",
        "the log lost what we had not read",
        "recreated and longer",
        "recreated and as long",
        "empty from the start",
        "too old for the tail",
        "old, but nothing was written since",
    ],
)
def test_how_much_is_read(standing: Standing | None, log: Log, reading: Reading) -> None:
    """The tail where the store is a fold of this very changelog, everything where that cannot be told."""
    assert how_to_read(standing, log, NOW, 12 * HOUR) is reading


@pytest.mark.parametrize(
    ("committed", "start", "reading", "goes_on"),
    [
        (7, 7, Reading.NOTHING, True),
        (7, 8, Reading.NOTHING, False),
        (7, 7, Reading.TAIL, False),
        (7, 7, Reading.WHOLE, False),
    ],
)
def test_a_task_goes_on_only_if_nothing_happened(committed: int, start: int, reading: Reading, goes_on: bool) -> None:
    """Neither the offset nor the changelog may have moved."""
    assert may_go_on(committed, start, reading) is goes_on
