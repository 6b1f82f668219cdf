"""Workers of the product as processes that can be killed, asked to stop, stopped in their tracks, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from types import TracebackType

import psutil

PROJECT = Path(__file__).parents[2]
BORN_WITHIN_S = 120.0
ENDED_WITHIN_S = 30.0
POLL_S = 0.02
READY_WITHIN_S = 60.0
LOOK_S = 0.1
ANSWER_S = 5.0
PAGE = re.compile(r"metrics (?:are )?at (\S+)")
WORDS = 100


class Nursery:
    """The fork server (`nursery.py`) seen from outside; a context manager, whose end ends every worker."""

    def __init__(self) -> None:
        """Start it; its imports go on meanwhile."""
        self.exits: dict[int, int] = {}
        """Exit codes by process id."""
        self._born: queue.Queue[int] = queue.Queue()
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.nursery"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "born" in said:
                self._born.put(said["born"])
            else:
                self.exits[said["ended"]] = said["code"]

    def bear(self, argv: list[str], environment: Mapping[str, str], log: Path) -> int:
        """Start a worker; return its process id."""
        assert self._process.stdin is not None
        request = {"argv": argv, "env": dict(environment), "log": str(log)}
        with self._lock:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            return self._born.get(timeout=BORN_WITHIN_S)

    def __enter__(self) -> Nursery:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every worker."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(ENDED_WITHIN_S)
        self._listener.join(ENDED_WITHIN_S)
        self._process.stdout.close()


class Born:
    """A process that a nursery forked, with what `subprocess.Popen` has of the same names."""

    def __init__(self, nursery: Nursery, argv: list[str], environment: Mapping[str, str], log: Path) -> None:
        """Start `dealwatch` with `argv`."""
        self._nursery = nursery
        self.pid = nursery.bear(argv, environment, log)

    @property
    def returncode(self) -> int | None:
        """Its exit code (negative: the signal that ended it), none while it lives."""
        return self._nursery.exits.get(self.pid)

    def poll(self) -> int | None:
        """Return the same."""
        return self.returncode

    def wait(self, timeout: float = ENDED_WITHIN_S) -> int:
        """Wait until it has ended; raises TimeoutExpired."""
        until = time.monotonic() + timeout
        while (code := self.returncode) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("dealwatch", timeout)
            time.sleep(POLL_S)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it by `kill -9`."""
        self.send_signal(signal.SIGKILL)


class Worker:
    """One life of a worker."""

    def __init__(self, nursery: Nursery, role: str, environment: Mapping[str, str], log: Path) -> None:
        """Start `dealwatch worker --role ROLE`."""
        self._nursery = nursery
        self.log = log
        self.born_at = time.monotonic()
        self.pid = nursery.bear(["worker", "--role", role, "--port", "0"], environment, log)

    @property
    def code(self) -> int | None:
        """Its exit code (negative: the signal that ended it), none while it lives."""
        return self._nursery.exits.get(self.pid)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.code is None:
            os.kill(self.pid, number)

    async def end(self, number: signal.Signals = signal.SIGKILL, within_s: float = ENDED_WITHIN_S) -> int:
        """Send a signal that ends it, wait, and return its exit code."""
        self.send(number)
        return await self.ended(within_s)

    async def ended(self, within_s: float = ENDED_WITHIN_S) -> int:
        """Wait until it has ended; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while (code := self.code) is None:
                await asyncio.sleep(POLL_S)
        return code

    async def ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until it says that it takes part in its group; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(self.is_ready):
                await asyncio.sleep(LOOK_S)

    def is_ready(self) -> bool:
        """Whether it says that it takes part in its group."""
        text = self.get("/readyz")
        return text is not None and bool(json.loads(text).get("ready"))

    def get(self, path: str, refusals: bool = False) -> str | None:
        """Fetch a page of the worker; none where it does not answer 200, unless `refusals` are wanted too."""
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        address = PAGE.search(said)
        if address is None:
            return None
        try:
            with urllib.request.urlopen(address[1] + path, timeout=ANSWER_S) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as refusal:
            return refusal.read().decode() if refusals else None
        except (OSError, HTTPException):
            return None

    async def stopped(self, within_s: float = ENDED_WITHIN_S) -> None:
        """Wait until a signal has stopped (not ended) it; raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(POLL_S)

    def last_words(self) -> str:
        """The beginning of the last line of its log, with numbers left out, so that like words are told together."""
        return re.sub(r"[0-9]+", "#", self.last_line())[:WORDS]

    def last_line(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else ""
