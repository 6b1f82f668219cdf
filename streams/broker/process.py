"""Java processes seen through the operating system's process table, which is the only witness that survives us.

A process number alone proves nothing: after a reboot it belongs to somebody else. Our brokers carry their directory on
their command line, and that is what is asked for.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from streams.broker.java import directory_mark

_POLL_S = 0.02
_IN_BETWEEN_TIMEOUT_S = 5.0


def spawn(command: Sequence[str], *, directory: Path, environment: Mapping[str, str], console: Path) -> int:
    """Start `command` in `directory` as a session of its own and return its process number.

    A session of its own: Ctrl-C in the terminal is for our workers, which drain into a broker that must still be there.
    """
    with console.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # It is meant to outlive this object, and maybe this process; without this Popen warns that nobody waited for it.
    process.returncode = 0
    return process.pid


def is_broker_of(pid: int, directory: Path) -> bool:
    """Whether `pid` is, now, a live broker of `directory`.

    Just born, and while it dies, a process has no command line. Those moments are waited out: a new broker must not be
    taken for gone, and one that was killed not for gone before it has let go of its ports and files.
    """
    deadline = time.monotonic() + _IN_BETWEEN_TIMEOUT_S
    while True:
        arguments = _arguments(pid)
        if arguments or arguments is None or time.monotonic() > deadline:
            return directory_mark(directory) in (arguments or ())
        time.sleep(_POLL_S)


def wait_until_gone(pid: int, directory: Path, timeout_s: float) -> bool:
    """Wait for the broker to end; return whether it did."""
    deadline = time.monotonic() + timeout_s
    while is_broker_of(pid, directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def ask_to_end(pid: int, directory: Path) -> None:
    """Ask the broker for an orderly shutdown, if it is still there."""
    _signal(pid, directory, signal.SIGTERM)


def kill(pid: int, directory: Path) -> None:
    """End the broker at once, if it is still there."""
    _signal(pid, directory, signal.SIGKILL)


def _signal(pid: int, directory: Path, number: signal.Signals) -> None:
    if is_broker_of(pid, directory):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _arguments(pid: int) -> list[str] | None:
    """Return the command line; None if there is no such process any more, nothing in it if it is just born or dying."""
    if not Path("/proc/self").exists():
        return _arguments_from_ps(pid)
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        if raw:
            return os.fsdecode(raw).split("\0")
        if not _is_corpse(pid):
            return []
        _bury(pid)
        return None
    except (FileNotFoundError, ProcessLookupError):
        return None


def _is_corpse(pid: int) -> bool:
    # The state stands behind the program's name, which is in parentheses and may hold anything. A process is a zombie
    # as soon as its first thread is; only when that is also its last one are its files closed.
    state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    return state == "Z" and threads == 1


def _arguments_from_ps(pid: int) -> list[str] | None:
    """Ask `ps`, as on macOS, which has no /proc; cut before each option, for the directory may have spaces in it."""
    command = ["ps", "-ww", "-o", "state=,command=", "-p", str(pid)]
    state, _, rest = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    if not state or state.startswith("Z"):
        _bury(pid)
        return None
    # "E": on its way out.
    return [] if "E" in state else [f"-{option}" for option in rest.split(" -")[1:]] or [rest]


def _bury(pid: int) -> None:
    # If we are the parent, a dead child stays in the process table until it is waited for. Brokers lead a session; the
    # check keeps us from taking the exit code of another child whose number happens to stand in an old state file.
    with suppress(ChildProcessError, ProcessLookupError):
        if os.getsid(pid) == pid:
            os.waitpid(pid, os.WNOHANG)
