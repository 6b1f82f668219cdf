"""The broker's `server.properties`: one node that is broker and controller, on loopback, fast to come back."""

from collections.abc import Mapping
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
NODE_ID = 1


@dataclass(frozen=True, slots=True)
class Ports:
    """Where clients reach the broker, and where the broker reaches its own controller."""

    client: int
    controller: int


def server_properties(ports: Ports, *, log_directory: str) -> dict[str, str]:
    """Return every setting that differs from Kafka's default; `log_directory` is relative to the working directory."""
    return _network(ports) | {"log.dirs": log_directory} | _SINGLE_NODE | _SMALL | _STEADY


def _network(ports: Ports) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": str(NODE_ID),
        # Voters named here, not in the formatted storage: the controller's port may then differ at each start.
        "controller.quorum.voters": f"{NODE_ID}@{LOOPBACK}:{ports.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENTS://{LOOPBACK}:{ports.client},CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{ports.client}",
        "inter.broker.listener.name": "CLIENTS",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }


# There is nobody to replicate to, and nobody to wait for.
_SINGLE_NODE = {
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}

# Sized for a laptop. The cleaner's buffer is 128 MiB by default, with which a small heap does not even start.
_SMALL = {
    "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
}

_STEADY = {
    # A topic that was misspelt must be an error, not a new topic.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # After `kill -9` the controller waits for the old session to end before it lets the node in again: 9 s by default.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "300",
    # Stop, go on holiday, start again: the groups must still know where they were. Kafka forgets them after a week.
    "offsets.retention.minutes": str(365 * 24 * 60),
}


def render(properties: Mapping[str, str]) -> str:
    r"""Return the text of a Java properties file, which is read as Latin-1 and in which a backslash escapes.

    >>> render({"log.dirs": "daten/größe\\x"})
    'log.dirs=daten/gr\\u00f6\\u00dfe\\\\x\n'
    """
    return "".join(f"{name}={_escape(value)}\n" for name, value in properties.items())


def _escape(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError(f"a property cannot span lines: {value!r}")
    units = value.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return "".join(chr(unit) if 0x20 <= unit < 0x7F else f"\\u{unit:04x}" for unit in pairs)
