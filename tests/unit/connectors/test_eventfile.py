"""Event files: whole or not at all, the same bytes for the same events, and any line passed through untouched."""

import gzip
import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.connectors.errors import EventFileUnreadable, EventFileUnwritable, FileWithoutEvents
from streams.connectors.eventfile import EventWriter, read_lines, with_events
from streams.events.contract import encode
from streams.events.deal import Won
from streams.events.decode import decode

VALUES = st.binary(min_size=1, max_size=40).filter(lambda value: not set(value) & set(b"\r\n"))
# A file that begins like gzip is taken for one, whatever follows.
LINES = st.lists(VALUES, max_size=20).filter(lambda lines: not lines or not lines[0].startswith(b"\x1f\x8b\x08"))


@given(lines=LINES, suffix=st.sampled_from(["jsonl", "jsonl.gz"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_come_back_as_they_were_written(tmp_path: Path, lines: list[bytes], suffix: str) -> None:
    """Whatever bytes a line has, compressed or not, they are read back untouched."""
    path = tmp_path / f"events.{suffix}"
    with EventWriter(path) as writer:
        for line in lines:
            writer.write_line(line)

    assert list(read_lines(path)) == lines
    assert writer.lines == len(lines)


def test_an_event_is_written_as_the_contract_reads_it(tmp_path: Path) -> None:
    """What `write` puts into the file decodes to the same event."""
    event = Won(id="1", source="/crm", subject="D-1", time=datetime(2025, 2, 3, tzinfo=UTC))
    with EventWriter(tmp_path / "events.jsonl") as writer:
        writer.write(event)

    [line] = read_lines(tmp_path / "events.jsonl")
    assert decode(line, b"D-1", event.at) == event


def test_compressed_files_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Neither the time nor the name of the file is in its bytes."""
    for name in ("a.gz", "b.gz"):
        with EventWriter(tmp_path / name) as writer:
            writer.write_line(b"{}")

    content = (tmp_path / "a.gz").read_bytes()
    assert content == (tmp_path / "b.gz").read_bytes()
    assert content[4:8] == b"\0\0\0\0"


def test_blank_lines_and_windows_line_ends_are_no_part_of_a_value(tmp_path: Path) -> None:
    """A line's value has no line end, and a blank line is no record."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a":1}\r\n\n\r\nnot json\n{"b":2}')

    assert list(read_lines(path)) == [b'{"a":1}', b"not json", b'{"b":2}']


def test_compression_is_recognised_by_content(tmp_path: Path) -> None:
    """A compressed file is read as such whatever its name."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(gzip.compress(b"{}\n"))

    assert list(read_lines(path)) == [b"{}"]


def test_an_error_leaves_the_earlier_file_and_no_other(tmp_path: Path) -> None:
    """A writer that fails changes nothing and leaves nothing behind."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"earlier\n")

    with pytest.raises(ValueError, match="in the middle"), EventWriter(path) as writer:
        writer.write_line(b"later")
        raise ValueError("in the middle")

    assert path.read_bytes() == b"earlier\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    """While events are written there is no file of that name."""
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        writer.write_line(b"{}")
        assert not path.exists()

    assert path.read_bytes() == b"{}\n"


def test_a_device_is_written_to_and_not_replaced() -> None:
    """`/dev/null` is still a device afterwards."""
    with EventWriter(Path("/dev/null")) as writer:
        writer.write_line(b"{}")

    assert Path("/dev/null").is_char_device()


def test_a_link_still_points_to_the_file_that_is_written(tmp_path: Path) -> None:
    """Writing through a symbolic link replaces what it points to."""
    link, target = tmp_path / "link.jsonl", tmp_path / "target.jsonl"
    link.symlink_to(target)
    with EventWriter(link) as writer:
        writer.write_line(b"{}")

    assert link.is_symlink()
    assert target.read_bytes() == b"{}\n"


def test_a_dash_is_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads from and writes to the process's own streams, which stay open."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}\n")))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written))
    with EventWriter(Path("-")) as writer:
        for line in read_lines(Path("-")):
            writer.write_line(line)

    assert written.getvalue() == b"{}\n"


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Reading what is not there says which file, and what to do."""
    with pytest.raises(EventFileUnreadable, match=r"gone\.jsonl: No such file.*name an event file"):
        list(read_lines(tmp_path / "gone.jsonl"))


def test_a_truncated_file_gives_its_lines_and_then_the_place(tmp_path: Path) -> None:
    """Damage is reported with the line after which it is."""
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 3)[:-6])

    with pytest.raises(EventFileUnreadable, match=r"events\.jsonl\.gz.*complete"):
        list(read_lines(path))


def test_a_missing_directory_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    """Writing where there is no directory says so before anything else happens."""
    with pytest.raises(EventFileUnwritable, match=r"events\.jsonl: No such file or directory"):
        EventWriter(tmp_path / "none" / "events.jsonl").__enter__()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input_may_be_compressed(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    """It is recognised by its first bytes, as a file is."""
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(pack(b"one\ntwo\n"))))
    monkeypatch.setattr(sys, "stdin", stream)
    assert list(read_lines(Path("-"))) == [b"one", b"two"]


def test_a_file_without_any_event_is_refused_with_the_reasons() -> None:
    """It names how many lines were refused for what, and how the first one reads."""
    with pytest.raises(FileWithoutEvents, match=r"x\.csv: none of its lines is an event: 3 not_json"):
        list(with_events([b"deal,when", b"x,2026", b""], "x.csv", 0))
    with pytest.raises(FileWithoutEvents, match="no line"):
        list(with_events([], "x.csv", 0))


@given(st.lists(st.booleans()))
def test_a_file_with_an_event_is_passed_through_whole(kinds: list[bool]) -> None:
    """Lines that are none, before or after, are for the dead letters."""
    event = encode(Won(id="1", source="/crm", subject="D-1", time=datetime(2025, 2, 3, tzinfo=UTC)))
    lines = [*(event if each else b"{" for each in kinds), event, b"nonsense"]
    assert list(with_events(lines, "x", 2_000_000_000_000)) == lines
