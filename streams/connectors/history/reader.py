"""Files of a conversion, nothing else: the mapping file, and a foreign CSV log, gzip or not, as a stream of rows."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from streams.connectors.errors import LogUnreadable, MappingInvalid
from streams.connectors.history.parse import parse
from streams.connectors.history.spec import File, LogMapping

_GZIP_MAGIC = b"\x1f\x8b\x08"
#: Characters of a line that are read at most: some kilobytes of gzip can be a line that fills the memory.
LONGEST_LINE = 16 * 1024 * 1024
#: Put behind the last line: it comes back as a row of its own unless a quote was left open.
_END = "\x00end of log\x00"
_QUOTE_HINT = 'correct that line, or set file.quote = "" in the mapping if quotes mean nothing in this log'


def read_mapping(path: Path) -> LogMapping:
    """Return the mapping in a file; raises `MappingInvalid`, which names file and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MappingInvalid(f"{path}: {error.strerror}; name a mapping file that is there") from error
    except UnicodeDecodeError as error:
        raise MappingInvalid(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    return parse(text, str(path))


def read_rows(path: Path, file: File) -> Generator[list[str], None, None]:
    """Yield the header's names, then the cells of each row, which may be more or fewer than the names.

    Blank lines are no rows. Raises `LogUnreadable` with file and line where the file is missing, damaged, not in the
    encoding, or leaves a quote open.
    """
    line = 0
    with ExitStack() as stack:
        try:
            reader = csv.reader(
                _lines(path, file.encoding, stack),
                delimiter=file.delimiter,
                quotechar=file.quote or None,
                quoting=csv.QUOTE_MINIMAL if file.quote else csv.QUOTE_NONE,
            )
            if file.header:
                yield list(file.header)
            has_header = bool(file.header)
            for cells in reader:
                if cells == [_END]:
                    break
                if cells and cells[-1].endswith(_END):
                    raise LogUnreadable(f"{path}, line {line + 1}: a quote is opened and never closed; {_QUOTE_HINT}")
                line = reader.line_num
                if cells:
                    yield cells if has_header else [name.strip() for name in cells]
                    has_header = True
            if not has_header:
                raise LogUnreadable(f"{path}: the file is empty; name a log with a header line")
        except csv.Error as error:
            raise LogUnreadable(f"{path}, line {line + 1}: {error}; {_QUOTE_HINT}") from error
        except UnicodeError as error:
            message = f"{path}, after line {line}: not {file.encoding}: {error}; set file.encoding in the mapping"
            raise LogUnreadable(message) from error
        except (OSError, EOFError, zlib.error) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            place = f"{path}, after line {line}" if line else str(path)
            raise LogUnreadable(f"{place}: {cause}; name a CSV log that is there and complete") from error


def _lines(path: Path, encoding: str, stack: ExitStack) -> Iterator[str]:
    raw = stack.enter_context(path.open("rb"))
    stream: IO[bytes] = raw
    if raw.peek(len(_GZIP_MAGIC))[: len(_GZIP_MAGIC)] == _GZIP_MAGIC:
        stream = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw, mode="rb")))
    # Excel marks UTF-8 with bytes that would become part of the first column's name.
    codec = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
    # Line ends are left to the CSV reader, which keeps those inside of quotes.
    text = stack.enter_context(io.TextIOWrapper(stream, encoding=codec, newline=""))
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise csv.Error(f"longer than {LONGEST_LINE:,} characters")
        yield line
    yield _END
