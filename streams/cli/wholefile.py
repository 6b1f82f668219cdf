"""Files that appear when all of them is written, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from streams.errors import FileUnusable


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its place when the block ends well, and leaves no trace when it does not."""
    draft = path.with_name(f".{path.name}.part")
    try:
        stream = draft.open("wb")
    except OSError as error:
        raise FileUnusable(
            f"{path}: {error.strerror}; name a file in a folder that is there and can be written"
        ) from error
    try:
        with stream:
            yield stream
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
