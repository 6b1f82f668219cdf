"""A program of ours as a child process that never outlives its parent, whatever kills the parent.

The child holds the reading end of a pipe as its standard input. When the parent is gone, even by `kill -9`, the pipe
closes and the child stops as if it had been asked to.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

#: Set in a child's environment: stop when standard input closes.
LIFELINE = "DEALWATCH_LIFELINE"

#: Each step of niceness is worth about a quarter (man 7 sched): ten of them make a tenth.
NICE = 10


def spawn(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path | None, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start `dealwatch` with `arguments` on a lifeline, in `folder` and with its output in the file `log`, or in ours.

    It gets a session of its own, so that Ctrl-C reaches only the parent, which then stops its children in order.
    """
    output: IO[bytes] | None = None
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        output = log.open("ab")
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "streams", *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment, LIFELINE: "1"},
            cwd=folder,
            start_new_session=True,
        )
    finally:
        if output is not None:
            output.close()


def hold_lifeline() -> bool:
    """In a child: ask this process to stop when the parent is gone. Return whether it is one."""
    if os.environ.pop(LIFELINE, "") != "1":
        return False

    def wait() -> None:
        # The bare descriptor: a thread inside of Python's buffered reader would block the interpreter's own end.
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
    return True


def give_way() -> None:
    """Let other programs on the machine go first: where they want the processor, this one gets a tenth of their share.

    To be called before there are threads: on Linux each has a niceness of its own, which it takes over from its maker.
    """
    if os.nice(0) < NICE:
        os.nice(NICE - os.nice(0))


def stop(child: subprocess.Popen[bytes], within_s: float) -> int:
    """Ask a child to stop, by force after `within_s` seconds; return its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(within_s)
        except subprocess.TimeoutExpired:
            child.kill()
    code = child.wait()
    if child.stdin is not None:
        child.stdin.close()
    return code


def how_it_ended(code: int) -> str:
    """Return in words what an exit code of `subprocess` says: below 0 it is the signal that ended the process."""
    if code > 0:
        return f"ended with exit code {code}: why it says above, in a line of its own"
    if code == 0:
        return "was asked to stop, and did (exit code 0)"
    try:
        name = signal.Signals(-code).name
    except ValueError:  # one of the real-time signals has no name
        name = f"signal {-code}"
    return f"was ended by {name}" + (", by somebody or for want of memory" if -code == signal.SIGKILL else "")
