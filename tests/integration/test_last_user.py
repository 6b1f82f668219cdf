"""A broker that many processes of one run of the tests use ends with the last of them, however that one ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.broker.status import status
from tests.brokers import PROJECT
from tests.integration.product.conftest import eventually

pytestmark = pytest.mark.kafka

STOPS_WITHIN_S = 60.0
USE_UNTIL_INPUT_ENDS = """
import sys
from pathlib import Path
from streams.broker.start import start
from tests.brokers import stopped_by_the_last
with stopped_by_the_last(Path(sys.argv[1])) as directory:
    start(directory, jars=Path(sys.argv[2]))
    print("uses it", flush=True)
    sys.stdin.read()
"""


@contextmanager
def user(directory: Path, jars: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that uses the broker until its input ends."""
    command = [sys.executable, "-c", USE_UNTIL_INPUT_ENDS, str(directory), str(jars)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "uses it\n"
        try:
            yield process
        finally:
            process.kill()


def test_it_is_left_to_who_still_uses_it_and_stopped_after_the_last_who_is_killed(tmp_path: Path, jars: Path) -> None:
    """The first may not take it from the others, and the last has no time to stop it."""
    directory = tmp_path / "kafka"
    with user(directory, jars) as last, user(directory, jars) as first:
        first.communicate("", timeout=STOPS_WITHIN_S)
        assert first.returncode == 0
        assert status(directory).ready
        last.kill()
        last.wait(STOPS_WITHIN_S)
        eventually(lambda: not status(directory).running, STOPS_WITHIN_S)
        eventually(lambda: not (directory / "data").exists(), STOPS_WITHIN_S)
