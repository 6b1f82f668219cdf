"""A process that has everything imported and forks workers on request: `python -m tests.reliability.nursery`.

A worker of the product needs seconds of processor time to import its libraries. Under chaos that would be most of what
two cores do, so the imports happen once, here. A child runs the same `dealwatch` command as any other worker, after the
faults that its environment asks for were put into it (`faults.install`).

One JSON request a line on standard input, `{"argv", "env", "log"}`; the answer is `{"born": pid}`. When a child ends,
`{"ended": pid, "code": exit code}` follows. When the input ends, whatever ended its owner, all children are killed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

POLL_S = 0.05
EXIT_BROKEN = 70


def serve() -> None:
    """Answer requests until the input ends."""
    children: set[int] = set()
    waiting = b""
    while True:
        readable, _, _ = select.select([0], [], [], POLL_S)
        if readable:
            read = os.read(0, 65_536)
            if not read:
                break
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                pid = give_birth(json.loads(line))
                children.add(pid)
                say({"born": pid})
        for pid, code in ended(children):
            say({"ended": pid, "code": code})
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def say(what: dict[str, int]) -> None:
    """Write one answer."""
    os.write(1, json.dumps(what).encode() + b"\n")


def ended(children: set[int]) -> list[tuple[int, int]]:
    """Return the children that have ended since the last call, with their exit codes (negative: a signal)."""
    found = []
    for pid in tuple(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children.discard(pid)
            found.append((pid, os.waitstatus_to_exitcode(status)))
    return found


def give_birth(request: dict[str, Any]) -> int:
    """Fork a worker; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = EXIT_BROKEN
    try:
        code = live(request["argv"], request["env"], Path(request["log"]))
    finally:
        os._exit(code)


def live(argv: list[str], environment: dict[str, str], log: Path) -> int:
    """Be the worker: return the exit code of its command."""
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(descriptor, standard)
    os.environ.update(environment)
    from streams.cli.main import main
    from tests.reliability import faults

    faults.install()
    sys.argv = ["dealwatch", *argv]
    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    # A pool of threads would not live through a fork.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import streams.bootstrap
    import streams.cli.worker
    import streams.runtime.learn  # noqa: F401

    serve()
