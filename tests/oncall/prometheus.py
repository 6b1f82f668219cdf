"""A real Prometheus that scrapes and evaluates every second; its targets may come while it runs."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

STARTED_WITHIN_S = 60.0


class Prometheus:
    """One server with the rules of some files; a context manager. Targets are named by job, at any time."""

    def __init__(self, folder: Path, rules: Sequence[Path]) -> None:
        """Start it; `scrape` says whom it asks."""
        self._folder = folder
        self._targets: dict[str, list[str]] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        self._found = folder / "targets.json"
        self._found.write_text("[]")
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(each) for each in rules],
            "scrape_configs": [{"job_name": "dealwatch", "file_sd_configs": [{"files": [str(self._found)]}]}],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        self._log = (folder / "prometheus.log").open("wb")
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
        self.process = subprocess.Popen(
            [*command, f"--web.listen-address={address}"], stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL
        )

    def __enter__(self) -> Prometheus:
        """Wait until it answers."""
        until = time.monotonic() + STARTED_WITHIN_S
        while not self._is_ready():
            assert time.monotonic() < until, (self._folder / "prometheus.log").read_text()
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)
        self._log.close()

    def scrape(self, job: str, addresses: Sequence[str]) -> None:
        """Ask these addresses (`host:port`, or what a program says of itself) for a job, in place of those before."""
        self._targets[job] = [each.removeprefix("http://") for each in addresses]
        groups = [{"targets": there, "labels": {"job": name}} for name, there in self._targets.items() if there]
        whole = self._found.with_suffix(".new")
        whole.write_text(json.dumps(groups))
        whole.replace(self._found)

    def ask(self, path: str, **query: str) -> Any:
        """What its API says; raises for a query that it refuses."""
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
            said = json.load(answer)
        assert said["status"] == "success", said
        return said["data"]

    def value(self, expr: str) -> list[float]:
        """What a query comes to now, in the order of its series."""
        return [float(each["value"][1]) for each in self.ask("query", query=expr)["result"]]

    def alerts(self, name: str, job: str) -> list[Mapping[str, Any]]:
        """The alerts of this name for a job, pending and firing."""
        return [
            each
            for each in self.ask("alerts")["alerts"]
            if each["labels"]["alertname"] == name and each["labels"].get("job") == job
        ]

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            assert self.process.poll() is None, (self._folder / "prometheus.log").read_text()
            return False
