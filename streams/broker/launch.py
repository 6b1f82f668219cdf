"""Start a broker's process and stay with it until it answers."""

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from streams.broker import java, process
from streams.broker.complaints import complaints
from streams.broker.errors import StartFailed
from streams.broker.format import format_storage
from streams.broker.memory import Memory, remember
from streams.broker.ports import choose_ports, is_free
from streams.broker.probe import cluster_id
from streams.broker.properties import Ports, render, server_properties
from streams.broker.server import Broker, Layout, Log, bootstrap_address

_POLL_S = 0.05
_PATIENCE_S = 10.0
_PORT_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Launch:
    """One attempt to bring up the broker of a directory; the caller holds the directory's lock."""

    layout: Layout
    kafka_version: str
    class_path: tuple[Path, ...]
    heap_mb: int
    properties: Mapping[str, str]
    timeout_s: float
    log: Log

    def on_free_ports(self, *, remembered: Ports | None, asked: int | None) -> Broker:
        """Start on the ports that fit best; if somebody was faster and took one, choose again."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            ports = choose_ports(remembered=remembered, asked=asked)
            if remembered and ports.client != remembered.client:
                self.log(f"port {remembered.client} of the last time is not used: now {ports.client}")
            already_logged = self.layout.server_log.stat().st_size if self.layout.server_log.exists() else 0
            broker = self._on(ports)
            if broker:
                return broker
            lost_a_port = not (is_free(ports.client) and is_free(ports.controller))
            if not lost_a_port or attempt == _PORT_ATTEMPTS:
                break
        reason = complaints(self.layout.server_log, self.layout.console, since_byte=already_logged)
        raise StartFailed(f"Kafka ended while starting. Its last words (more in {self.layout.logs}):\n{reason}")

    def _on(self, ports: Ports) -> Broker | None:
        """Start on these ports; return None if the broker ends before it answers."""
        self._prepare(ports)
        self.log(f"starting Kafka {self.kafka_version} ...")
        pid = self._spawn()
        try:
            remember(self.layout.memory, Memory(ports, self.kafka_version, pid))
            ready = wait_until_ready(self.layout, pid, ports.client, self.timeout_s, self.log)
        except BaseException:  # Ctrl-C included: a broker nobody waited for belongs to nobody
            process.kill(pid, self.layout.home)
            raise
        return Broker(bootstrap_address(ports.client), pid, self.layout.home) if ready else None

    def _prepare(self, ports: Ports) -> None:
        layout = self.layout
        layout.logs.mkdir(exist_ok=True)
        # What a killed broker left there: copies of its native libraries.
        shutil.rmtree(layout.temporary, ignore_errors=True)
        layout.temporary.mkdir()
        if not layout.data.exists():
            self.log("preparing Kafka's storage (once) ...")
            format_storage(layout, ports, self.class_path)
        settings = server_properties(ports, log_directory=layout.data.name) | dict(self.properties)
        layout.properties.write_text(render(settings), encoding="ascii")

    def _spawn(self) -> int:
        layout = self.layout
        command = java.command(
            java.KAFKA,
            [layout.properties.name],
            class_path=self.class_path,
            directory=layout.home,
            heap_mb=self.heap_mb,
        )
        return process.spawn(
            command, directory=layout.home, environment=java.environment(os.environ), console=layout.console
        )


def wait_until_ready(layout: Layout, pid: int, port: int, timeout_s: float, log: Log) -> bool:
    """Wait for the broker to answer; return False if its process ends first, raise StartFailed after `timeout_s`."""
    expected = layout.cluster_id()
    began = time.monotonic()
    told = False
    while process.is_broker_of(pid, layout.home):
        # Somebody else's broker on this port would answer as well, but with another id.
        if expected and cluster_id(port) == expected:
            return True
        waited_s = time.monotonic() - began
        if waited_s > timeout_s:
            raise StartFailed(f"Kafka (process {pid}) still does not answer after {timeout_s:.0f} s; see {layout.logs}")
        if waited_s > _PATIENCE_S and not told:
            log(f"still starting; after a crash Kafka first reads its data again (log: {layout.server_log}) ...")
            told = True
        time.sleep(_POLL_S)
    return False
