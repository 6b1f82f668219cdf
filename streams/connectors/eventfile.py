"""Event files: JSON Lines, one event a line, gzip or not. `-` is standard input or output.

Compression is recognised by content when reading and by the suffix `.gz` when writing, so standard output is plain. The
same events give the same bytes: the gzip header carries neither a time nor a name.
"""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from io import BufferedReader, RawIOBase
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from streams.connectors.errors import EventFileUnreadable, EventFileUnwritable, FileWithoutEvents
from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection

STANDARD_STREAM = Path("-")
#: Bytes of a line that are read at most: some kilobytes of gzip can be a line that fills the memory.
LONGEST_LINE = 16 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b\x08"
#: A good part of the time of level 9 for nearly all of its gain.
_COMPRESSION_LEVEL = 6


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the record values of an event file, one a line, without the line's end; blank lines are none.

    What a line holds is not looked at: a malformed one is for the dead letters. Raises `EventFileUnreadable`, with file
    and line, where the file is missing, its compression is damaged, or a line has no end.
    """
    number = 0
    try:
        with ExitStack() as stack:
            opened = _opened(path, stack)
            while line := opened.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise EventFileUnreadable(
                        f"{path}, line {number}: longer than {LONGEST_LINE:,} bytes; name a file of events, one a line"
                    )
                value = line.rstrip(b"\r\n")
                if value:
                    yield value
    except (OSError, EOFError, zlib.error) as error:
        place = f"{path}, after line {number}" if number else str(path)
        raise EventFileUnreadable(f"{place}: {_cause(error)}; name an event file that is there and complete") from error


def _opened(path: Path, stack: ExitStack) -> IO[bytes]:
    raw = _standard_input() if path == STANDARD_STREAM else stack.enter_context(path.open("rb"))
    if raw.peek(len(_GZIP_MAGIC))[: len(_GZIP_MAGIC)] != _GZIP_MAGIC:
        return raw
    return cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw, mode="rb")))


def _standard_input() -> BufferedReader:
    source = sys.stdin.buffer
    return source if isinstance(source, BufferedReader) else BufferedReader(cast(RawIOBase, source))


def with_events(lines: Iterable[bytes], name: str, now: int) -> Iterator[bytes]:
    """Yield the lines of a file that holds at least one event, all of them, also those that are none.

    Raises `FileWithoutEvents`, before the first line, where no line is an event at `now` (milliseconds): then the whole
    file is something else, and nobody is helped by as many dead letters. Lines before the first event are kept.
    """
    begin: list[bytes] = []
    refused: Counter[str] = Counter()
    first = ""
    rest = iter(lines)
    for line in rest:
        begin.append(line)
        event = decode(line, None, now)
        if not isinstance(event, Rejection):
            yield from begin
            yield from rest
            return
        refused[event.reason.value] += 1
        first = first or event.detail
    if not begin:
        raise FileWithoutEvents(f"{name}: there is no line in it; name a file of events")
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in refused.most_common())
    raise FileWithoutEvents(
        f"{name}: none of its lines is an event: {reasons}; the first: {first}. `dealwatch convert` makes events of a "
        "CSV log, docs/topics.md has their form"
    )


def _cause(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


class EventWriter:
    """Writes an event file as a whole or not at all.

    A context manager: lines go to a temporary file beside `path`, which takes its place when the block ends well and is
    removed when it does not. A path that is no regular file (a pipe, `/dev/null`) and `-` are written directly. Raises
    `EventFileUnwritable` where the directory is missing or not writable.
    """

    def __init__(self, path: Path) -> None:
        """Write to `path`, compressed where its name ends in `.gz`."""
        self.lines = 0
        self._path = path
        self._final: Path | None = None
        self._temporary: Path | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the temporary file."""
        try:
            raw = self._open()
        except OSError as error:
            message = f"{self._path}: {_cause(error)}; name a file in a directory that is there and may be written to"
            raise EventFileUnwritable(message) from error
        self._raw = raw
        self._out: IO[bytes] = raw
        if self._path.suffix == ".gz":
            packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_COMPRESSION_LEVEL, fileobj=raw, mtime=0)
            self._out = cast(IO[bytes], self._stack.enter_context(packed))
        return self

    def _open(self) -> IO[bytes]:
        if self._path == STANDARD_STREAM:
            return sys.stdout.buffer
        final = self._path.resolve()
        if final.exists() and not final.is_file():
            return self._stack.enter_context(final.open("wb"))
        # Beside the target, because a rename is atomic only within one file system.
        temporary = final.with_name(f".{final.name}.{os.getpid()}.part")
        raw = self._stack.enter_context(temporary.open("wb"))
        self._final, self._temporary = final, temporary
        return raw

    def write(self, event: Event) -> None:
        """Append one event."""
        self.write_line(encode(event))

    def write_line(self, value: bytes) -> None:
        """Append one record value; it must not hold a line feed."""
        self._out.write(value + b"\n")
        self.lines += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the file in its place, or leave no trace of it after an error."""
        try:
            if kind is None and self._out is not self._raw:
                self._out.close()
            if kind is None:
                self._raw.flush()
                if self._temporary is not None:
                    os.fsync(self._raw.fileno())
            self._stack.close()
            if kind is None and self._temporary is not None and self._final is not None:
                self._temporary.replace(self._final)
        except OSError as failure:
            raise EventFileUnwritable(f"{self._path}: {_cause(failure)}; nothing was written") from failure
        finally:
            if self._temporary is not None:
                self._temporary.unlink(missing_ok=True)
