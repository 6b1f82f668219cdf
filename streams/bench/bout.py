"""A contender's process: started, listened to, spoken to, and ended if it does not end itself."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import msgspec

from streams.bench.job import Ended, Job, Measured, Progress, Said
from streams.errors import DealwatchError

#: Seconds beyond the limit of time after which a contender that says nothing is ended by force.
_PATIENCE_S = 60.0
_STOP_WITHIN_S = 20.0
_LAST_WORDS = 600

_said: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


class ContenderFailed(DealwatchError):
    """A contender ended before it was done, or said nothing for too long."""

    id = "err-contender-failed"


class Child:
    """The process of one run. A context manager: afterwards it is gone."""

    def __init__(self, job: Job, on_said: Callable[[Said], None]) -> None:
        """Start it; `on_said` is told everything it says, in a thread of its own."""
        self._log = Path(job.folder) / "stderr.log"
        self._on_said = on_said
        self.said: list[Said] = []
        self._news = threading.Condition()
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streams.bench.child", msgspec.json.encode(job).decode()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=job.folder,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = _said.decode(line)
            self._on_said(said)
            with self._news:
                self.said.append(said)
                self._news.notify_all()
        self._process.wait()
        with self._news:
            self._news.notify_all()

    def wait_until(self, done: Callable[[], bool], within_s: float) -> None:
        """Wait until `done`, asked whenever it has said something. Raises ContenderFailed."""
        deadline = time.monotonic() + within_s
        with self._news:
            while not done():
                left = deadline - time.monotonic()
                if self._process.poll() is not None and not self._reader.is_alive():
                    raise ContenderFailed(self.failure())
                if left <= 0:
                    raise ContenderFailed(f"nothing came of it within {within_s:.0f} s; {self.failure()}")
                self._news.wait(min(left, 0.2))

    @property
    def process(self) -> int:
        """The number of its process."""
        return self._process.pid

    def check(self) -> None:
        """Raise ContenderFailed if it has ended."""
        if self._process.poll() is not None:
            raise ContenderFailed(self.failure())

    def tell(self, word: str) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(word.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, within_s: float) -> None:
        """Wait for its end, which comes by force after `within_s`."""
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def stop(self) -> None:
        """Ask it to stop in order, and wait for its end."""
        if self._process.poll() is None:
            self._process.terminate()
        self.wait(_STOP_WITHIN_S)

    def failure(self) -> str:
        """How it ended, and its last words."""
        words = self._log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
        return f"ended with {self._process.poll()} before it was done; its last words: {words}"

    def __enter__(self) -> Child:
        """Use it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See to it that it is gone."""
        if self._process.poll() is None:
            self._process.kill()
        self.wait(_STOP_WITHIN_S)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


class Bout(NamedTuple):
    """What came of a run: the measure, how it ended, or why there is none."""

    measured: Measured | None
    ended: Ended | None
    failure: str = ""
    said: list[Said] = []  # noqa: RUF012 - a named tuple's default, never changed


def fight(job: Job, on_progress: Callable[[int], None]) -> Bout:
    """Run the job in a process to its end. Never raises for what the contender does."""

    def on_said(said: Said) -> None:
        if isinstance(said, Progress | Measured):
            on_progress(said.handled)

    with Child(job, on_said) as child:
        child.wait(job.limit_s + _PATIENCE_S)
        measured = next((each for each in child.said if isinstance(each, Measured)), None)
        ended = next((each for each in child.said if isinstance(each, Ended)), None)
        return Bout(measured, ended, "" if measured and ended else child.failure(), child.said)
