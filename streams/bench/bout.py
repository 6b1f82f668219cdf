"""One contender, one process, one run: started, listened to, and ended if it does not end itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from streams.bench.job import Ended, Job, Measured, Progress, Said

#: Seconds beyond the limit of time after which a contender that says nothing is ended by force.
_PATIENCE_S = 60.0
_LAST_WORDS = 600

_said: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class Bout(NamedTuple):
    """What came of a run: the measure, how it ended, or why there is none."""

    measured: Measured | None
    ended: Ended | None
    failure: str = ""


def fight(job: Job, on_progress: Callable[[int], None]) -> Bout:
    """Run the job in a child process. Never raises for what the contender does."""
    log = Path(job.folder) / "stderr.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "streams.bench.child", msgspec.json.encode(job).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=job.folder,
        )
        guard = threading.Timer(job.limit_s + _PATIENCE_S, process.kill)
        guard.start()
        try:
            measured, ended = _listen(process, on_progress)
        finally:
            guard.cancel()
            if process.poll() is None:
                process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    if measured is not None and ended is not None:
        return Bout(measured, ended)
    words = log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
    return Bout(measured, ended, f"ended with {process.returncode} before it was done; its last words: {words}")


def _listen(
    process: subprocess.Popen[bytes], on_progress: Callable[[int], None]
) -> tuple[Measured | None, Ended | None]:
    measured, ended = None, None
    assert process.stdout is not None
    for line in process.stdout:
        said = _said.decode(line)
        if isinstance(said, Progress):
            on_progress(said.handled)
        elif isinstance(said, Measured):
            on_progress(said.handled)
            measured = said
        else:
            ended = said
    process.wait()
    return measured, ended
