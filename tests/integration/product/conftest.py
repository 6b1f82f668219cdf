"""The product as its user runs it: the `dealwatch` command against a real Kafka, under a prefix of the test's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest
from typer.testing import CliRunner, Result

from streams.admin.lag import group_lag
from streams.admin.provision import apply
from streams.admin.reading import Record, latest_by_key, read_topic
from streams.alerts.alert import Alert, decode_alert
from streams.cli.main import app
from streams.config.settings import load
from streams.config.topics import plan
from streams.state.codec import PARTITION_KEY, decode_deal
from streams.state.memory import DealState
from tests.reliability.workers import Born, Nursery

PROJECT = Path(__file__).parents[3]
Process: TypeAlias = "subprocess.Popen[bytes] | Born"
READY_WITHIN_S = 60.0
SHORT_PAUSE_S, LONG_PAUSE_S = 0.1, 0.6


@dataclass
class Product:
    """One environment of the product: its commands, its workers, and what is on its topics."""

    bootstrap: str
    prefix: str
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    #: Forks its workers, which saves each of them the second of a processor that imports take; none: they do without.
    nursery: Nursery | None = None
    workers: list[Process] = field(default_factory=list)

    def run(self, *arguments: str | Path, check: bool = True) -> Result:
        """Run a command to its end, in this process: half of what a process of its own does is to import."""
        words = [str(each) for each in arguments]
        done = CliRunner().invoke(app, words, env=self._environment(), prog_name="dealwatch", catch_exceptions=False)
        assert not check or done.exit_code == 0, done.output
        return done

    def run_apart(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a process of its own, whatever comes of it."""
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments],
            env=self._environment(),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def start_worker(self, *arguments: str) -> Worker:
        """Start a worker and wait until it says that it is ready."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        log.touch()
        words = ["worker", "--port", "0", *arguments]
        process: Process
        if self.nursery is not None:
            process = Born(self.nursery, words, self._environment(), log)
        else:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-m", "streams", *words],
                    env=self._environment(),
                    cwd=PROJECT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
        self.workers.append(process)
        return Worker(process, log)

    def records(self, topic: str) -> list[Record]:
        """Everything on one of the topics, up to its end now."""
        return list(read_topic(self.bootstrap, f"{self.prefix}{topic}"))

    def deals(self) -> dict[str, DealState]:
        """The state of every deal as the topic has it."""
        latest = latest_by_key(self.records("deal.state"))
        return {
            key.decode(): decode_deal(record.value)
            for key, record in latest.items()
            if key != PARTITION_KEY and record.value is not None
        }

    def alerts(self) -> list[Alert]:
        """Every alert message, repeats by (id, sequence) taken once."""
        messages = [decode_alert(record.value) for record in self.records("deal.alerts") if record.value is not None]
        return list({(each.id, each.sequence): each for each in messages}.values())

    def waiting(self) -> int:
        """Records of events that no worker has committed yet."""
        group, topic = f"{self.prefix}dealwatch-track", f"{self.prefix}deal.activity"
        return sum(group_lag(self.bootstrap, group, topic).values())

    def stop(self) -> None:
        """End every worker that still runs."""
        for process in self.workers:
            if process.poll() is None:
                process.kill()
            process.wait(10)

    def _environment(self) -> dict[str, str]:
        ours = {
            "DEALWATCH_BROKER": self.bootstrap,
            "DEALWATCH_PREFIX": self.prefix,
            "DEALWATCH_DATA": str(self.folder),
            "COLUMNS": "80",
        }
        return {**os.environ, **ours, **self.extra}


@dataclass
class Worker:
    """A running worker process."""

    process: Process
    log: Path

    def address(self, beside: bool = False) -> str:
        """Where its page is, or the metrics of what runs beside it, once it said so."""
        said = re.compile(r"metrics .*are at ([^\s\"]+)" if beside else r"metrics at ([^\s\"]+)")
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if found := said.search(self.log.read_text()):
                return found[1]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"no page within {READY_WITHIN_S:.0f} s:\n{self.log.read_text()}")

    def wait_ready(self) -> Worker:
        """Wait until it takes part in its group."""
        url = f"{self.address()}/readyz"
        eventually(lambda: bool(json.loads(self.get(url) or "{}").get("ready")), READY_WITHIN_S)
        return self

    def get(self, url: str) -> str | None:
        """Fetch a page; none where it does not answer 200."""
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return None

    def kill(self) -> None:
        """End it by `kill -9`, and see that nothing of it lives on."""
        family = [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children(recursive=True))]
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        eventually(lambda: not any(psutil.pid_exists(pid) for pid in family[1:]), 15)


def families(text: str) -> set[str]:
    """The names of our metrics in what `/metrics` says."""
    shown = (line.split()[2] for line in text.splitlines() if line.startswith("# TYPE dealwatch_"))
    return {name for name in shown if not name.endswith("_created")}


def eventually(true: Callable[[], bool], within_s: float, soon: bool = False) -> None:
    """Wait until something is true; fail where it is not in time.

    Asking Kafka costs as much as the work that is waited for, so the longer it takes, the more seldom is asked; except
    where the moment matters and not to miss it is worth that: `soon`.
    """
    until = time.monotonic() + within_s
    pause = SHORT_PAUSE_S
    while not true():
        assert time.monotonic() < until, f"not true within {within_s} s"
        time.sleep(pause)
        pause = pause if soon else min(1.2 * pause, LONG_PAUSE_S)


@contextmanager
def environment(kafka: str, prefix: str, folder: Path, nursery: Nursery | None = None) -> Iterator[Product]:
    """Give a fresh environment with its topics applied; its workers are ended afterwards."""
    made = Product(kafka, prefix, folder, nursery=nursery)
    # As `dealwatch topics apply` does, which has tests of its own; a process would take seconds.
    apply(kafka, plan(load(broker=kafka, prefix=prefix)).all)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def product(kafka: str, topic_prefix: str, tmp_path: Path, nursery: Nursery) -> Iterator[Product]:
    """Return an environment of the test's own."""
    with environment(kafka, topic_prefix, tmp_path, nursery) as made:
        yield made
