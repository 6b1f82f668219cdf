"""DOOR: directory -> what can be said of its broker, without touching it."""

from pathlib import Path

from streams.broker import process
from streams.broker.memory import recall
from streams.broker.probe import cluster_id
from streams.broker.server import BrokerStatus, Layout, bootstrap_address

_BLOCK_BYTES = 512  # the unit of st_blocks, whatever the file system's own


def status(directory: Path) -> BrokerStatus:
    """Return the state of the broker of `directory`, which need not exist."""
    layout = Layout.of(directory)
    memory = recall(layout.memory)
    pid = memory.pid if memory and memory.pid and process.is_broker_of(memory.pid, layout.home) else None
    port = memory.ports.client if memory and pid else None
    return BrokerStatus(
        directory=layout.home,
        running=pid is not None,
        ready=port is not None and cluster_id(port) == layout.cluster_id(),
        bootstrap=bootstrap_address(port) if port else None,
        pid=pid,
        kafka_version=memory.kafka_version if memory else None,
        data_bytes=_bytes_on_disk(layout.data),
    )


def _bytes_on_disk(directory: Path) -> int:
    """Sum what the files occupy, not what they pretend: Kafka's index files are 10 MB of holes each."""
    total = 0
    for path in directory.rglob("*"):
        try:
            found = path.lstat()
        except FileNotFoundError:  # Kafka deletes old segments whenever it likes
            continue
        total += found.st_blocks * _BLOCK_BYTES
    return total
