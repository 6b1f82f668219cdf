"""One process at a time, by a lock on a file; the operating system lets go of it when its holder dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.broker.errors import DirectoryBusy

_POLL_S = 0.05


@contextmanager
def exclusive(path: Path, *, wait_s: float, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock on `path`; call `on_wait` once if somebody else holds it, raise DirectoryBusy after `wait_s`."""
    with path.open("a") as file:
        if not _try_lock(file.fileno()):
            on_wait()
            _wait_for_lock(file.fileno(), path, wait_s)
        yield  # closing the file releases the lock


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_lock(descriptor: int, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise DirectoryBusy(f"another process has held {path} for {wait_s:.0f} s; see what it does, then try again")
        time.sleep(_POLL_S)
