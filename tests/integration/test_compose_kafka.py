"""The Kafka of the compose file: what its variables say is a broker that starts, and takes our topics."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from streams.admin.provision import apply, check
from streams.broker import java
from streams.broker.fetch import fetch
from streams.broker.format import new_cluster_id
from streams.broker.jars import shipped_lock, verified_class_path
from streams.broker.ports import choose_ports
from streams.broker.probe import cluster_id
from streams.config.settings import load
from streams.config.topics import plan
from tests.integration.conftest import PROJECT

STARTS_WITHIN_S = 60.0
HEAP_MB = 512


def variables() -> dict[str, str]:
    """What the compose file says to Kafka."""
    whole = yaml.safe_load((PROJECT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    kafka = whole["services"]["kafka"]
    assert kafka["image"] == f"apache/kafka:{shipped_lock().kafka_version}", "the Kafka that everything is tested with"
    said: dict[str, str] = kafka["environment"]
    return said


@pytest.mark.kafka
def test_the_kafka_of_the_compose_file_starts_and_takes_the_topics(jars: Path, tmp_path: Path) -> None:
    """As its image does it: KAFKA_LOG_DIRS is log.dirs. Only addresses and the folder are those of the test."""
    ports = choose_ports(remembered=None, asked=None)
    here = {
        "kafka:9092": f"127.0.0.1:{ports.client}",
        "kafka:9093": f"127.0.0.1:{ports.controller}",
        "://:9092": f"://127.0.0.1:{ports.client}",
        "://:9093": f"://127.0.0.1:{ports.controller}",
        "/var/lib/kafka/data": "data",
    }
    lines = []
    for name, value in variables().items():
        for there, mine in here.items():
            value = value.replace(there, mine)
        lines.append(f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}")
    (tmp_path / "server.properties").write_text("\n".join(lines) + "\n", encoding="ascii")
    class_path = verified_class_path(shipped_lock(), jars, fetch)

    def command(program: str, *arguments: str) -> list[str]:
        return java.command(program, arguments, class_path=class_path, directory=tmp_path, heap_mb=HEAP_MB)

    environment = java.environment(os.environ)
    (tmp_path / "logs").mkdir()
    (tmp_path / "tmp").mkdir()
    form = command(java.STORAGE_TOOL, "format", "--cluster-id", new_cluster_id(), "--config", "server.properties")
    formatted = subprocess.run(form, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert formatted.returncode == 0, formatted.stderr
    with (tmp_path / "console").open("wb") as console:
        broker = subprocess.Popen(
            command(java.KAFKA, "server.properties"), cwd=tmp_path, env=environment, stdout=console, stderr=console
        )
    try:
        until = time.monotonic() + STARTS_WITHIN_S
        while cluster_id(ports.client) is None:
            assert broker.poll() is None and time.monotonic() < until, (tmp_path / "console").read_text()
            time.sleep(0.1)
        bootstrap = f"127.0.0.1:{ports.client}"
        topics = plan(load(broker=bootstrap)).all
        apply(bootstrap, topics)
        assert [each.topic for each in check(bootstrap, topics) if each.drifts] == []
    finally:
        broker.kill()
        broker.wait(30)
