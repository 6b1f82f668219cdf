"""`dealwatch up --prometheus`: a configuration that Prometheus takes, and a plain word where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from streams.cli.up_prometheus import PrometheusAbsent, configuration, installed
from streams.config.settings import load
from tests.unit.cli.samples import Run


def test_where_none_is_installed_nothing_is_started(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before Kafka, with how to get one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrometheusAbsent, match="install it"):
        installed()
    done = run("up", "--prometheus", "--data", str(tmp_path / "data"))
    assert done.exit_code != 0 and "err-prometheus-absent" in done.output
    assert not (tmp_path / "data").exists()


def test_every_program_is_scraped_and_the_rules_that_come_along_are_loaded() -> None:
    """As one job, whose name the rules and dashboards know."""
    said = yaml.safe_load(configuration(load(), ["127.0.0.1:1", "127.0.0.1:2"]))
    [scrape] = said["scrape_configs"]
    assert scrape["job_name"] == "dealwatch" and "authorization" not in scrape
    assert scrape["static_configs"] == [{"targets": ["127.0.0.1:1", "127.0.0.1:2"]}]
    [rules] = said["rule_files"]
    assert len(list(Path(rules).parent.glob(Path(rules).name))) == 2


def test_the_pages_token_is_read_by_prometheus_itself(tmp_path: Path) -> None:
    """It is written into no file of ours; where it cannot be read from one, that is said."""
    said = configuration(load(web_token=f"file:{tmp_path}/token"), [])
    assert yaml.safe_load(said)["scrape_configs"][0]["authorization"] == {"credentials_file": f"{tmp_path}/token"}
    with pytest.raises(PrometheusAbsent, match="file:PATH"):
        configuration(load(web_token="env:TOKEN"), [])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (Debian's package `prometheus`)")
def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    """As its own tool says."""
    path = tmp_path / "prometheus.yml"
    path.write_text(configuration(load(), ["127.0.0.1:8787"]))
    done = subprocess.run(["promtool", "check", "config", str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
