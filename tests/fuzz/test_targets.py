"""Nothing that comes from outside breaks what reads it: each target for a while, and all that broke one before."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from models.snapshot import SnapshotRefused, decode_models
from streams.alerts.alert import decode_alert
from streams.connectors.errors import ConnectorError
from streams.connectors.eventfile import read_lines
from streams.connectors.history.reader import read_rows
from streams.connectors.history.spec import File
from streams.events.decode import MAX_EVENT_BYTES, decode
from streams.events.rejection import Rejection
from streams.labels.lesson import decode_lesson
from streams.notify.delivery import decode_delivery
from streams.state.codec import decode_deal, decode_partition
from tests.fuzz.targets import TARGETS
from tests.strategies import law

#: What broke a target once, `found/<target>/<why>`: kept for good.
FOUND = Path(__file__).with_name("found")


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_the_bytes_it_is_refused_with_a_reason_or_can_be_used(name: str) -> None:
    """The same examples in every run; `make fuzz` looks elsewhere."""
    target = TARGETS[name]
    law(target.examples)(given(target.values)(target.holds))()


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_broke_it_once_does_not_again(path: Path) -> None:
    """Every input that a run of `make fuzz` found and that was mended."""
    TARGETS[path.parent.name].holds(path.read_bytes())


@pytest.mark.parametrize("filler", [b"[", b'{"a":', b'"', b"9", b" ", b"\\u0000", b'"a":1,', b"\xff"], ids=repr)
def test_the_largest_value_takes_memory_in_proportion(filler: bytes) -> None:
    """256 KiB of one thing, as an event and within one: no reader makes gigabytes of it."""
    rest = MAX_EVENT_BYTES - 100
    values = (filler * (rest // len(filler)), b'{"type":"deal.won.v1","x":' + filler * (rest // len(filler)))
    readers = (decode_alert, decode_lesson, decode_delivery, decode_deal, decode_partition, decode_models)
    for value in values:
        tracemalloc.start()
        try:
            assert isinstance(decode(value, None, 0), Rejection)
            for read in readers:
                with pytest.raises((msgspec.DecodeError, SnapshotRefused)):
                    read(value)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 40 * MAX_EVENT_BYTES


@pytest.mark.parametrize("read", [lambda path: list(read_lines(path)), lambda path: list(read_rows(path, File()))])
def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    """Some kilobytes of gzip that would be forty megabytes of one line."""
    path = tmp_path / "log.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(40):
            file.write(b"a" * (1 << 20))
    with pytest.raises(ConnectorError, match=r"log\.gz, line 1: longer than 16,777,216 "):
        read(path)
