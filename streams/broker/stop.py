"""DOOR: directory -> its broker is gone; says whether there was one."""

from pathlib import Path

from streams.broker import process
from streams.broker.errors import StopFailed
from streams.broker.exclusive import exclusive
from streams.broker.memory import recall, remember
from streams.broker.server import Layout, Log, silent

_KILL_TIMEOUT_S = 10.0


def stop(directory: Path, *, timeout_s: float = 30.0, log: Log = silent) -> bool:
    """End the broker of `directory` in order, or by force after `timeout_s`; return False if none runs.

    Either way nothing acknowledged is lost. The data stays, and the port is kept for the next start.
    """
    layout = Layout.of(directory)
    if not layout.memory.exists():
        return False
    with exclusive(
        layout.lock,
        wait_s=timeout_s,
        on_wait=lambda: log("waiting: another process is starting or stopping this Kafka ..."),
    ):
        memory = recall(layout.memory)
        if memory is None or memory.pid is None:
            return False
        was_there = process.is_broker_of(memory.pid, layout.home)
        if was_there:
            _end(memory.pid, layout.home, timeout_s, log)
        remember(layout.memory, memory.stopped())
        return was_there


def _end(pid: int, home: Path, timeout_s: float, log: Log) -> None:
    log("stopping Kafka ...")
    process.ask_to_end(pid, home)
    if process.wait_until_gone(pid, home, timeout_s):
        return
    log(f"Kafka did not end within {timeout_s:.0f} s: killing it (acknowledged records stay) ...")
    process.kill(pid, home)
    if not process.wait_until_gone(pid, home, _KILL_TIMEOUT_S):
        raise StopFailed(f"process {pid}, the Kafka of {home}, does not end even when killed; is its disk stuck?")
