"""Telling our brokers from other processes; here a sleeping Python stands for Java."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.broker import process
from streams.broker.java import directory_mark
from streams.broker.ports import choose, is_free

SLEEP = "import time; time.sleep(60)"
LISTEN = "import socket; s = socket.create_server(('127.0.0.1', {port}));"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a directory with a name that is hard to find in a list of processes."""
    home = tmp_path / "a home, größer"
    home.mkdir()
    return home


@pytest.fixture
def pid(home: Path) -> Iterator[int]:
    """Return a process that looks like the broker of `home`."""
    pid = spawn(home)
    yield pid
    process.kill(pid, home)
    process.wait_until_gone(pid, home, timeout_s=10)


def spawn(home: Path, program: str = SLEEP) -> int:
    """Start a process that carries the mark of `home`."""
    command = [sys.executable, "-c", program, directory_mark(home), "-Xmx1m"]
    return process.spawn(command, directory=home, environment=os.environ, console=home / "console.log")


def wait_until_it_listens(home: Path) -> None:
    """Wait for its word. Asking whether the port is free would take it for a moment, maybe the one it needs it in."""
    while "listening" not in (said := (home / "console.log").read_text()):
        assert "Error" not in said, said
        time.sleep(0.01)


def test_a_broker_is_known_from_its_first_moment(home: Path) -> None:
    """A process that was just born has no command line yet; it must not be taken for one that has ended."""
    for _ in range(50):
        pid = spawn(home)
        assert process.is_broker_of(pid, home)
        process.kill(pid, home)
        assert process.wait_until_gone(pid, home, timeout_s=10)


def test_a_broker_is_gone_only_when_its_port_is_free(home: Path) -> None:
    """A large process takes its time to die; a restart in that moment would lose the port its clients know."""
    port = choose()
    program = f"{LISTEN.format(port=port)} m = bytearray(300_000_000); print('listening', flush=True); {SLEEP}"
    pid = spawn(home, program)
    wait_until_it_listens(home)

    os.kill(pid, signal.SIGKILL)

    assert not process.is_broker_of(pid, home) or process.wait_until_gone(pid, home, timeout_s=10)
    assert is_free(port)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about Linux' way of dying")
def test_a_broker_is_not_gone_while_one_of_its_threads_lives(home: Path) -> None:
    """A process looks dead when its first thread is; the others may still hold the port."""
    port = choose()
    program = (
        f"import ctypes, threading, time; {LISTEN.format(port=port)} print('listening', flush=True);"
        "threading.Thread(target=time.sleep, args=(60,)).start(); ctypes.CDLL(None).pthread_exit(None)"
    )
    pid = spawn(home, program)
    wait_until_it_listens(home)
    while Path(f"/proc/{pid}/cmdline").read_bytes():
        time.sleep(0.01)
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()

    assert not process.is_broker_of(pid, home)
    assert is_free(port)
    killer.join()


def test_a_corpse_that_nobody_buries_is_gone(home: Path) -> None:
    """If the parent of a dead broker does not care, its entry stays in the process table; that is no reason to wait."""
    program = f"import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); {SLEEP}"
    command = [sys.executable, "-c", program, sys.executable, "-c", SLEEP, directory_mark(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert process.is_broker_of(pid, home)

        process.kill(pid, home)
        began = time.monotonic()
        assert process.wait_until_gone(pid, home, timeout_s=10)
        assert time.monotonic() - began < 3
        parent.kill()


def test_a_broker_of_another_directory_is_a_stranger(pid: int, home: Path) -> None:
    """The mark names the whole directory: neither a parent nor a directory whose name goes on is meant."""
    assert not process.is_broker_of(pid, home.parent)
    assert not process.is_broker_of(pid, home / "inner")
    assert not process.is_broker_of(pid, home.with_name(home.name[:-1]))


def test_a_stranger_is_never_signalled(pid: int, home: Path, tmp_path: Path) -> None:
    """A number that belongs to somebody else now is left in peace."""
    process.kill(pid, tmp_path)
    process.ask_to_end(pid, tmp_path)

    assert not process.wait_until_gone(pid, home, timeout_s=0.3)


def test_a_dead_child_is_gone(pid: int, home: Path) -> None:
    """A broker killed by somebody else does not live on in the process table until we end."""
    os.kill(pid, signal.SIGKILL)

    assert process.wait_until_gone(pid, home, timeout_s=10)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_another_child_s_exit_code_is_not_taken(home: Path) -> None:
    """A number in an old file may by chance be a child of ours; its parent code still gets its exit code."""
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", "raise SystemExit(7)"], os.environ)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)

    assert not process.is_broker_of(child, home)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_what_it_prints_is_in_the_console_file(home: Path) -> None:
    """Both output streams of the process end in the file, none in ours."""
    pid = spawn(home, "import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr)")
    process.wait_until_gone(pid, home, timeout_s=10)

    assert (home / "console.log").read_text().split() == ["out", "err"]


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
def test_ps_tells_the_same_as_proc(pid: int, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no /proc, the list of processes says whose broker it is, spaces in the name or not."""
    monkeypatch.setattr(process, "_arguments", process._arguments_from_ps)

    assert process.is_broker_of(pid, home)
    assert not process.is_broker_of(pid, tmp_path)
