"""Three brokers: one is the controller too and stays, two may die. All have three replicas, two must be in sync."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from streams.broker import java, process
from streams.broker.format import new_cluster_id
from streams.broker.jars import shipped_lock, verified_class_path
from streams.broker.launch import wait_until_ready
from streams.broker.properties import LOOPBACK, Ports, render, server_properties
from streams.broker.server import Layout, silent
from tests.reliability.stage import GONE_WITHIN_S, free_ports

NODES = (1, 2, 3)
CONTROLLER = 1
MORTAL = (2, 3)
HEAP_MB = 192
READY_WITHIN_S = 120.0
REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "group.min.session.timeout.ms": "1000",
    # A dead broker must leave the set of replicas in sync soon, and its leaderships with it.
    "replica.lag.time.max.ms": "3000",
    "unclean.leader.election.enable": "false",
}


class Cluster:
    """Brokers by their number; `start` and `kill` are for one of them."""

    def __init__(self, directory: Path, jars: Path) -> None:
        """Choose ports; nothing runs yet."""
        self._class_path: Sequence[Path] = verified_class_path(shipped_lock(), jars, lambda *_: None)
        ports = free_ports(1 + len(NODES))
        self._controller = ports[0]
        self._clients = dict(zip(NODES, ports[1:], strict=True))
        self._layouts = {node: Layout.of(directory / f"broker-{node}") for node in NODES}
        self._pids: dict[int, int] = {}

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers."""
        return ",".join(f"{LOOPBACK}:{port}" for port in self._clients.values())

    def begin(self) -> None:
        """Format the storage of all brokers and start them."""
        identity = new_cluster_id()
        formatting = [self._format(node, identity) for node in NODES]
        for tool in formatting:
            output, _ = tool.communicate(timeout=READY_WITHIN_S)
            assert tool.returncode == 0, output
        for node in NODES:
            self._spawn(node)
        for node in NODES:
            self._wait(node)

    def start(self, node: int) -> None:
        """Start a broker again."""
        self._spawn(node)
        self._wait(node)

    def kill(self, node: int) -> None:
        """End a broker by `kill -9`, if it runs."""
        pid = self._pids.pop(node, None)
        if pid is not None:
            process.kill(pid, self._layouts[node].home)
            assert process.wait_until_gone(pid, self._layouts[node].home, GONE_WITHIN_S)

    def end(self) -> None:
        """End every broker."""
        for node in reversed(NODES):
            self.kill(node)

    def _properties(self, node: int) -> Mapping[str, str]:
        ports = Ports(self._clients[node], self._controller)
        own = {"node.id": str(node), "controller.quorum.voters": f"{CONTROLLER}@{LOOPBACK}:{self._controller}"}
        if node != CONTROLLER:
            own |= {"process.roles": "broker", "listeners": f"CLIENTS://{LOOPBACK}:{ports.client}"}
        return server_properties(ports, log_directory="data") | own | REPLICATED

    def _format(self, node: int, identity: str) -> subprocess.Popen[str]:
        layout = self._layouts[node]
        layout.temporary.mkdir(parents=True)
        layout.logs.mkdir()
        layout.properties.write_text(render(self._properties(node)), encoding="ascii")
        arguments = ["format", "--cluster-id", identity, "--config", layout.properties.name]
        return subprocess.Popen(
            self._command(layout, java.STORAGE_TOOL, arguments),
            cwd=layout.home,
            env=java.environment(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _spawn(self, node: int) -> None:
        layout = self._layouts[node]
        command = self._command(layout, java.KAFKA, [layout.properties.name])
        environment = java.environment(os.environ)
        self._pids[node] = process.spawn(
            command, directory=layout.home, environment=environment, console=layout.console
        )

    def _wait(self, node: int) -> None:
        layout, pid = self._layouts[node], self._pids[node]
        assert wait_until_ready(layout, pid, self._clients[node], READY_WITHIN_S, silent), layout.logs

    def _command(self, layout: Layout, program: str, arguments: Sequence[str]) -> list[str]:
        return java.command(program, arguments, class_path=self._class_path, directory=layout.home, heap_mb=HEAP_MB)
