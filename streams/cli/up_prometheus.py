"""`dealwatch up --prometheus`: an installed Prometheus beside the rest, so that the page has dashboards.

Its configuration is that of `deploy/prometheus` with the ports of this run. It ends with `up`, whatever ends that: a
shell holds it, and lets go when its standard input closes.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from streams.errors import DealwatchError

if TYPE_CHECKING:
    from streams.config.settings import Settings

_PORT = 9090
_READY_WITHIN_S, _STOP_WITHIN_S = 30.0, 10.0
#: A first look is minutes long, so it is scraped more often than in production.
_SCRAPED_EVERY = "5s"
_HELD = '"$@" </dev/null & child=$!; cat >/dev/null; kill "$child" 2>/dev/null; wait "$child"'


class PrometheusAbsent(DealwatchError):
    """No Prometheus is installed here, or it does not start."""

    id = "err-prometheus-absent"


class PrometheusBeside:
    """A Prometheus that scrapes the programs of this run, and evaluates the product's rules."""

    def __init__(self, settings: Settings, targets: Sequence[str]) -> None:
        """Start it for programs at these addresses (host:port); raises `PrometheusAbsent`."""
        from streams.runtime.page import free_port

        binary = installed()
        self._folder = settings.data.absolute() / "prometheus"
        self._folder.mkdir(parents=True, exist_ok=True)
        address = f"127.0.0.1:{free_port('127.0.0.1', _PORT)}"
        self.url = f"http://{address}"
        (self._folder / "prometheus.yml").write_text(configuration(settings, targets), encoding="utf-8")
        with (self._folder / "prometheus.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *("/bin/sh", "-c", _HELD, "prometheus", binary),
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    # A week to compare with (DealwatchAlertFlood), and the day before it.
                    "--storage.tsdb.retention.time=10d",
                    f"--web.listen-address={address}",
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._await()

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await(self) -> None:
        until = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2) as answer:  # noqa: S310  # loopback
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        self.stop()
        raise PrometheusAbsent(
            f"Prometheus was not ready within {_READY_WITHIN_S:.0f} s; its last words are in "
            f"{self._folder / 'prometheus.log'}"
        )


def installed() -> str:
    """Where Prometheus is; raises `PrometheusAbsent`."""
    found = shutil.which("prometheus")
    if found is None:
        raise PrometheusAbsent(
            "no program `prometheus` is on the path; install it (Debian: apt install prometheus), or set "
            "prometheus_url to one that runs"
        )
    return found


def configuration(settings: Settings, targets: Sequence[str]) -> str:
    """The configuration as YAML; raises `PrometheusAbsent` where Prometheus could not read the page's token."""
    import yaml

    scrape: dict[str, object] = {"job_name": "dealwatch", "static_configs": [{"targets": list(targets)}]}
    if settings.web_token:
        place = settings.web_token.removeprefix("file:")
        if place == settings.web_token:
            raise PrometheusAbsent("Prometheus reads the page's token from a file; set web_token to file:PATH")
        scrape["authorization"] = {"credentials_file": str(Path(place).expanduser().absolute())}
    rules = Path(str(files("deploy.prometheus") / "rules")) / "*.rules.yml"
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": _SCRAPED_EVERY, "evaluation_interval": _SCRAPED_EVERY},
            "rule_files": [str(rules)],
            "scrape_configs": [scrape],
        },
        sort_keys=False,
    )
