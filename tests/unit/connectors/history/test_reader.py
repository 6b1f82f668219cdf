"""Foreign CSV files: every common way of writing one is read, and every damage is reported with file and line."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.connectors.errors import LogUnreadable, MappingInvalid
from streams.connectors.history.reader import read_mapping, read_rows
from streams.connectors.history.spec import File

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=10)


def log(directory: Path, content: bytes) -> Path:
    """Return a log file with these bytes."""
    path = directory / "log.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (b"a,b\n1,x\n", File()),
        (b"a,b\r\n1,x", File()),
        (b"a,b\r1,x\r", File()),
        (b"\n\na , b\n\n1,x\n\n", File()),
        (b'"a","b"\n"1","x"\n', File()),
        (b"\xef\xbb\xbfa,b\n1,x\n", File()),
        (b"a;b\n1;x\n", File(delimiter=";")),
        (b"a\tb\n1\tx\n", File(delimiter="\t")),
        (b"'a'|'b'\n'1'|'x'\n", File(delimiter="|", quote="'")),
        ("a,b\n1,x\n".encode("utf-16"), File(encoding="utf-16")),
        (b"1,x\n", File(header=("a", "b"))),
        (gzip.compress(b"a,b\n1,x\n", mtime=0), File()),
    ],
)
def test_a_log_may_be_written_in_many_ways(tmp_path: Path, content: bytes, file: File) -> None:
    """Line ends, quotes, delimiters, encodings and compression make no difference to the cells."""
    assert list(read_rows(log(tmp_path, content), file)) == [["a", "b"], ["1", "x"]]


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    """What stands between quotes is one cell."""
    content = b'a,b\n1,"x, ""y""\r\nz"\n2,w\n'

    assert list(read_rows(log(tmp_path, content), File()))[1:] == [["1", 'x, "y"\r\nz'], ["2", "w"]]


def test_quotes_can_be_made_to_mean_nothing(tmp_path: Path) -> None:
    """A log of free text with stray quotes is read with an empty `quote`."""
    assert list(read_rows(log(tmp_path, b'a,b\n1,"x\n'), File(quote="")))[1:] == [["1", '"x']]


def test_bytes_of_other_letters_are_read_in_their_encoding(tmp_path: Path) -> None:
    """An older export is not UTF-8."""
    rows = list(read_rows(log(tmp_path, "a\nGröße\n".encode("cp1252")), File(encoding="cp1252")))

    assert rows == [["a"], ["Größe"]]


def test_rows_may_have_more_or_fewer_cells_than_the_header(tmp_path: Path) -> None:
    """Whether that matters is not the reader's to say."""
    assert list(read_rows(log(tmp_path, b"a,b\n1\n1,2,3\n"), File()))[1:] == [["1"], ["1", "2", "3"]]


@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_csv_module_writes_is_read_back(tmp_path: Path, rows: list[list[str]]) -> None:
    """Any cells survive the way through a file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path = log(tmp_path, text.getvalue().encode())

    assert list(read_rows(path, File(header=("a",))))[1:] == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"log\.csv: the file is empty; name a log with a header line"),
        (b"\n\n", r"log\.csv: the file is empty"),
        (b'a,b\n1,x\n2,"y\n3,z\n', r"log\.csv, line 3: a quote is opened and never closed; .*file\.quote"),
        (b'a,b\n1,"' + b"x" * 200_000 + b'"\n', r"log\.csv, line 2: field larger than field limit"),
        (b"a,b\n1,\xff\n", r"log\.csv, after line \d: not utf-8: .*set file\.encoding"),
        (gzip.compress(b"a,b\n" + b"1,x\n" * 9, mtime=0)[:-9], r"log\.csv.*: Compressed file ended.*complete"),
        (gzip.compress(b"a,b\n", mtime=0)[:-8] + b"12345678", r"log\.csv.*CRC"),
    ],
)
def test_damage_is_reported_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    """An error says which file, which line, and what to do."""
    with pytest.raises(LogUnreadable, match=message):
        list(read_rows(log(tmp_path, content), File()))


def test_a_missing_log_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A name that is no file is reported as it was given."""
    with pytest.raises(LogUnreadable, match=r"none\.csv: No such file or directory; name a CSV log"):
        list(read_rows(tmp_path / "none.csv", File()))


def test_a_missing_mapping_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A mapping that is not there is no empty mapping."""
    with pytest.raises(MappingInvalid, match=r"none\.toml: No such file or directory; name a mapping file"):
        read_mapping(tmp_path / "none.toml")


def test_a_mapping_in_another_encoding_is_an_error_that_says_so(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    path = tmp_path / "m.toml"
    path.write_bytes('source = "/größe"'.encode("latin-1"))

    with pytest.raises(MappingInvalid, match=r"m\.toml: not UTF-8 at byte 13; save the file as UTF-8"):
        read_mapping(path)
