"""Real brokers for tests of every folder, none of which outlives the tests, and a nursery of workers."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.broker.fetch import fetch
from streams.broker.jars import jar_directory, shipped_lock, verified_class_path
from streams.broker.server import Broker
from streams.broker.start import start
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery

PROJECT = Path(__file__).parents[1]
#: Set by xdist in each process that runs tests.
ONE_OF_MANY = "PYTEST_XDIST_WORKER"
#: One broker has the topics of all tests.
HEAP_MB = 512

# Waits for the end of its input, which comes when the tests end, in whatever way: a time limit that exits on the spot
# and `kill -9` run no teardown, and would leave a Java process behind. Where a broker is used by many processes each
# holds a shared lock, and whoever is last stops it; who died holds its lock for an instant after its pipe closed.
STOP_WHEN_INPUT_ENDS = """
import fcntl, shutil, sys, time
from pathlib import Path
from streams.broker.stop import stop
sys.stdin.read()
directory, *users = sys.argv[1:]
for each in users:
    lock = open(each)
    until = time.monotonic() + 1
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > until:
                sys.exit()
            time.sleep(0.1)
stop(Path(directory))
# The logs stay for whoever looks into a failure; the data could be gigabytes.
shutil.rmtree(Path(directory) / "data", ignore_errors=True)
"""


@contextmanager
def stopped_in_any_case(directory: Path) -> Iterator[Path]:
    """Stop the broker of `directory` afterwards, if one runs, even if this process does not live to see it."""
    with _guarded(directory):
        yield directory


@contextmanager
def stopped_by_the_last(directory: Path) -> Iterator[Path]:
    """Stop the broker of `directory` when no process uses it any more, of all that do so by this function."""
    users = directory.with_name(f"{directory.name}.users")
    with users.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with _guarded(directory, users):
            try:
                yield directory
            finally:
                fcntl.flock(held, fcntl.LOCK_UN)


@contextmanager
def _guarded(directory: Path, *users: Path) -> Iterator[None]:
    command = [sys.executable, "-c", STOP_WHEN_INPUT_ENDS, str(directory), *map(str, users)]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=PROJECT, start_new_session=True)
    try:
        yield
    finally:
        guard.communicate(timeout=60)
    assert guard.returncode == 0


@pytest.fixture(scope="session")
def jars() -> Path:
    """Return the project's jar cache, filled; all tests share it: a download once, not once per run."""
    directory = jar_directory(PROJECT)
    verified_class_path(shipped_lock(), directory, fetch)
    return directory


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Broker]:
    """Return our own broker, shared by all tests of all processes of this run; they must leave it running."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if ONE_OF_MANY in os.environ else folder
    with stopped_by_the_last(shared / "kafka") as directory:
        yield start(directory, jars=jars, heap_mb=HEAP_MB)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Return a process that forks workers."""
    with Nursery() as made:
        yield made


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, jars: Path) -> Iterator[Stage]:
    """Return a broker that tests may kill; each leaves it running."""
    with stopped_in_any_case(tmp_path_factory.mktemp("stage")) as directory:
        made = Stage(directory, jars)
        made.start()
        yield made
