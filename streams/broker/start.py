"""DOOR: directory -> a broker that answers, be it new or already there."""

from collections.abc import Mapping
from pathlib import Path

from streams.broker import process
from streams.broker.exclusive import exclusive
from streams.broker.fetch import fetch
from streams.broker.jars import Jar, JarLock, jar_directory, shipped_lock, verified_class_path
from streams.broker.launch import Launch, wait_until_ready
from streams.broker.memory import Memory, recall
from streams.broker.server import Broker, Layout, Log, bootstrap_address, silent


def start(
    directory: Path,
    *,
    port: int | None = None,
    heap_mb: int = 256,
    properties: Mapping[str, str] | None = None,
    jars: Path | None = None,
    timeout_s: float = 120.0,
    log: Log = silent,
) -> Broker:
    """Return the broker of `directory`, starting it if it does not run.

    The port is `port`, or the one of the last time if it is still free, or any free one; a broker that already runs
    keeps the port it has. `properties` go over ours. `jars` is where the jars are kept, by default
    `jars.jar_directory()`. Raises a BrokerError that says what to do. Safe to call from several processes at once: one
    starts the broker, all of them get it.
    """
    layout = Layout.of(directory)
    # Other people's deals are in it: for this user's eyes only.
    layout.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(
        layout.lock,
        wait_s=timeout_s,
        on_wait=lambda: log("waiting: another process is starting or stopping this Kafka ..."),
    ):
        memory = recall(layout.memory)
        running = _running(layout, memory, timeout_s, log) if memory else None
        if running:
            return running
        lock = shipped_lock()
        class_path = _class_path(lock, jars or jar_directory(), log)
        launch = Launch(layout, lock.kafka_version, class_path, heap_mb, properties or {}, timeout_s, log)
        return launch.on_free_ports(remembered=memory.ports if memory else None, asked=port)


def _running(layout: Layout, memory: Memory, timeout_s: float, log: Log) -> Broker | None:
    """Return the remembered broker if it lives, waiting until it answers: whoever started it may have been killed."""
    if memory.pid is None or not process.is_broker_of(memory.pid, layout.home):
        return None
    if not wait_until_ready(layout, memory.pid, memory.ports.client, timeout_s, log):
        return None
    return Broker(bootstrap_address(memory.ports.client), memory.pid, layout.home, already_running=True)


def _class_path(lock: JarLock, directory: Path, log: Log) -> tuple[Path, ...]:
    def fetch_aloud(missing: tuple[Jar, ...], into: Path) -> None:
        megabytes = sum(jar.size_bytes for jar in missing) / 1e6
        log(f"fetching Kafka {lock.kafka_version} ({megabytes:.0f} MB, once) ...")
        fetch(missing, into)

    return verified_class_path(lock, directory, fetch_aloud)
