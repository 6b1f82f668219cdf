"""One at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from streams.broker.errors import DirectoryBusy
from streams.broker.exclusive import exclusive

HOLD_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from streams.broker.exclusive import exclusive
with exclusive(Path(sys.argv[1]), wait_s=1):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_waits_then_gives_up(tmp_path: Path) -> None:
    """Who has to wait is told once, and after a time gets an error instead of waiting for ever."""
    lock = tmp_path / "lock"
    told: list[str] = []

    with (
        exclusive(lock, wait_s=1),
        pytest.raises(DirectoryBusy, match="lock"),
        exclusive(lock, wait_s=0.2, on_wait=lambda: told.append("waiting")),
    ):
        raise AssertionError("two at once")

    assert told == ["waiting"]


def test_nobody_waits_for_an_earlier_holder(tmp_path: Path) -> None:
    """The lock is free again after its holder, error or not."""
    lock = tmp_path / "lock"
    with pytest.raises(KeyError), exclusive(lock, wait_s=1):
        raise KeyError

    with exclusive(lock, wait_s=0, on_wait=lambda: pytest.fail("had to wait")):
        pass


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """A lock file left behind by a process that was killed locks nobody out."""
    lock = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD_UNTIL_KILLED, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()

    with exclusive(lock, wait_s=5):
        pass
