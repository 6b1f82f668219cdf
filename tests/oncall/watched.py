"""One environment of the product under the eyes of Prometheus, and a call from it: alert, runbook, mitigation, end."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from streams.broker.ports import is_free
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from tests.integration.product.conftest import Product, eventually
from tests.oncall import runbook
from tests.oncall.past import past
from tests.oncall.prometheus import Prometheus
from tests.reliability.stage import free_ports
from tests.reliability.workers import Nursery

#: An alert and its end are waited for this long; in a hurry both come within half of it, on a machine that is not busy.
WITHIN_S = 90.0
#: An alert that is not there for this long, at an evaluation every second, is over.
CALM_S = 3.0
PARTITIONS = 4
#: The exit code of a command that was typed as it cannot be.
WRONG_USE = 2
#: Programs with another beside them.
_IN_PAIRS = ("all", "notify")


class Program:
    """A program of the product, at a port of its own, which may end and be started again as it was."""

    def __init__(self, nursery: Nursery, role: str, environment: Mapping[str, str], log: Path) -> None:
        """Prepare it; `start` starts it."""
        self._nursery, self._role, self._environment = nursery, role, dict(environment)
        self.log = log
        self.port = _two_ports() if role in _IN_PAIRS else free_ports(1)[0]
        self.addresses = [f"127.0.0.1:{self.port + each}" for each in range(2 if role in _IN_PAIRS else 1)]
        self.pid = 0

    def start(self, **settings: str) -> Program:
        """Start it, with other settings from now on where some are named (`DEALWATCH_...`)."""
        self._environment |= settings
        argv = ["worker", "--role", self._role, "--port", str(self.port)]
        self.pid = self._nursery.bear(argv, self._environment, self.log)
        return self

    def ready(self) -> Program:
        """Wait until it takes part in its group."""
        eventually(self._is_ready, 60)
        return self

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and wait; return its exit code (negative: the signal)."""
        if not self.ended:
            self.send(number)
        eventually(lambda: self.ended, 30)
        return self._nursery.exits[self.pid]

    @property
    def ended(self) -> bool:
        """Whether it does not run."""
        return not self.pid or self.pid in self._nursery.exits

    def get(self, path: str) -> str:
        """What one of its pages says; empty where it does not answer 200."""
        try:
            with urllib.request.urlopen(f"http://{self.addresses[0]}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def _is_ready(self) -> bool:
        assert not self.ended, self.log.read_text()
        return bool(json.loads(self.get("/readyz") or "{}").get("ready"))


class Watched:
    """An environment whose programs are scraped as a job of their own; a context manager, whose end ends them."""

    def __init__(self, product: Product, prometheus: Prometheus, nursery: Nursery) -> None:
        """Nothing runs in it yet."""
        self.product, self.prometheus = product, prometheus
        self.nursery = nursery
        self.job = f"dealwatch-{product.prefix.strip('.')}"
        self.programs: list[Program] = []
        self._producer: KafkaProducer | None = None
        self._past = ExitStack()
        self._told: list[str] = []

    def lives_since(self, seconds: float) -> None:
        """Let Prometheus know that a tracker of this environment was at work for so long."""
        told = self._past.enter_context(past('dealwatch_build_info{role="track",version="0"}', 1.0, seconds))
        self._told.append(told)
        self.scrape()
        known = f"count(last_over_time(dealwatch_build_info{{JOB}}[10s] offset {seconds:.0f}s))"
        eventually(lambda: self.value(known) == [1.0], 60, soon=True)

    def program(self, role: str = "track", *, broker: str = "", **settings: str) -> Program:
        """Add a program (`--role`), which is scraped from now on; `broker` is another way to Kafka."""
        number = len(self.programs)
        given = {
            "DEALWATCH_BROKER": broker or self.product.bootstrap,
            "DEALWATCH_PREFIX": self.product.prefix,
            "DEALWATCH_DATA": str(self.product.folder / f"{role}-{number}"),
            "DEALWATCH_COMMIT_INTERVAL_SECONDS": "0.2",
            "DEALWATCH_SESSION_TIMEOUT_SECONDS": "6",
            "DEALWATCH_MODEL_WAIT_SECONDS": "1",
            **self.product.extra,
            **settings,
        }
        made = Program(self.nursery, role, given, self.product.folder / f"{role}-{number}.log")
        self.programs.append(made)
        self.scrape()
        return made

    def scrape(self) -> None:
        """Let Prometheus ask every program there is."""
        programs = [each for program in self.programs for each in program.addresses]
        self.prometheus.scrape(self.job, [*programs, *self._told])

    def start(self, role: str = "track", **settings: str) -> Program:
        """Add a program, start it, and wait until it is ready and was scraped."""
        made = self.program(role, **settings).start().ready()
        eventually(lambda: self.up(made), 60)
        return made

    def up(self, program: Program) -> bool:
        """Whether Prometheus reached it at the last scrape, and what runs beside it."""
        wanted = "|".join(program.addresses)
        return self.value(f'min(up{{JOB, instance=~"{wanted}"}})') == [1.0]

    def value(self, expr: str) -> list[float]:
        """What a query comes to now; `JOB` stands for this environment's."""
        return self.prometheus.value(expr.replace("JOB", f'job="{self.job}"'))

    def send(self, *values: Event | bytes, key: bytes = b"", partition: int | None = None) -> None:
        """Append events to `deal.activity` by their deals, bytes that are none by `key`, or all to one partition."""
        if self._producer is None:
            self._producer = KafkaProducer(bootstrap_servers=self.product.bootstrap, linger_ms=5)
        topic = f"{self.product.prefix}deal.activity"
        for each in values:
            name = key if isinstance(each, bytes) else each.subject.encode()
            value = each if isinstance(each, bytes) else encode(each)
            home = partition_of(name, b"", PARTITIONS) if partition is None else partition
            self._producer.send(topic, key=name or None, value=value, partition=home)
        self._producer.flush()

    def caught_up(self) -> None:
        """Wait until all events are handled and committed."""
        eventually(lambda: self.product.waiting() == 0, 90)

    def call(self, alert: str) -> Call:
        """Expect an alert, which is not there before its fault."""
        return Call(self, alert)

    def __enter__(self) -> Watched:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every program, and scrape none of them any more."""
        self.prometheus.scrape(self.job, [])
        self._past.close()
        for each in self.programs:
            if not each.ended:
                each.end(signal.SIGKILL)
        if self._producer is not None:
            self._producer.close()


class Call:
    """One alert from its fault to its end, with its runbook at hand."""

    def __init__(self, watched: Watched, alert: str) -> None:
        """Nobody is called yet; what is pending from the start of the programs passes first."""
        self._watched, self.alert = watched, alert
        eventually(lambda: not self._alerts(), 30)

    def fires(self, **labels: str) -> Mapping[str, Any]:
        """Wait until it fires, with these labels; return it. It names its runbook."""
        eventually(lambda: bool(self._firing(labels)), WITHIN_S)
        found = self._firing(labels)[0]
        assert found["annotations"]["runbook_url"] == f"deploy/runbooks/{self.alert}.md"
        assert "NaN" not in found["annotations"]["description"]
        return found

    def diagnosis(self, **words: str) -> dict[str, str]:
        """Type what the runbook says to type, and ask what it says to ask; return what was said to each.

        `words` stand for the words in capitals in a command; what `curl` gets is of the first program. A query to which
        there is no answer would help nobody.
        """
        said = {line: self.types(line, **words) for line in runbook.commands(self.alert, "Diagnosis")}
        for query in runbook.queries(self.alert):
            found = self._watched.prometheus.ask("query", query=query)["result"]
            assert found, f"the runbook of {self.alert} asks {query}, to which there is no answer"
            said[query] = json.dumps(found)
        return said

    def doctor(self) -> dict[str, dict[str, str]]:
        """What the doctor finds, by the name of the check."""
        said = json.loads(self._watched.product.run("doctor", "--json", check=False).stdout)
        return {each["name"]: each for each in said["checks"]}

    def mitigation(self, line: str, **words: str) -> str:
        """Type a command that the runbook names under mitigation; return what it says."""
        known = runbook.commands(self.alert, "Mitigation")
        assert line in known, f"the runbook of {self.alert} does not say `{line}`, only {known}"
        return self.types(line, **words)

    def types(self, line: str, **words: str) -> str:
        """Type a command line as somebody does who has the runbook open."""
        for word, meant in words.items():
            line = line.replace(word, meant)
        first, *rest = shlex.split(line)
        if first == "curl":
            return self._watched.programs[0].get("/" + rest[-1].rpartition("/")[2])
        done = self._watched.product.run(*rest, check=False)
        assert done.exit_code != WRONG_USE, f"{line}: {done.output}"
        return done.output

    def ends(self) -> None:
        """Wait until it is over, and does not come back."""
        until, calm_since = time.monotonic() + WITHIN_S, None
        while calm_since is None or time.monotonic() - calm_since < CALM_S:
            assert time.monotonic() < until, f"{self.alert} does not end"
            calm_since = None if self._alerts() else calm_since or time.monotonic()
            time.sleep(0.3)

    def is_quiet(self, seconds: float) -> None:
        """See that for so long it neither fires nor is about to."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert not self._alerts(), f"{self.alert} is not quiet"
            time.sleep(0.3)

    def stays(self, seconds: float) -> None:
        """See that it goes on firing: only the mitigation ends it."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._firing({}), f"{self.alert} ended by itself"
            time.sleep(0.5)

    def _alerts(self) -> list[Mapping[str, Any]]:
        return self._watched.prometheus.alerts(self.alert, self._watched.job)

    def _firing(self, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return [
            each for each in self._alerts() if each["state"] == "firing" and labels.items() <= each["labels"].items()
        ]


def _two_ports() -> int:
    """The first of two free ports in a row."""
    while True:
        port = free_ports(1)[0]
        if is_free(port + 1):
            return port
