"""The machine and the versions: without them a figure says nothing."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

#: Everything whose speed is measured or shared.
PACKAGES = (
    "aiokafka",
    "bytewax",
    "confluent-kafka",
    "dealwatch",
    "faust-streaming",
    "msgspec",
    "orjson",
    "quixstreams",
    "river",
    "rocksdict",
)


class Machine(Struct, frozen=True, kw_only=True):
    """Where the figures come from. `load` is the system's load average (one minute) before the first run."""

    processor: str
    cores: int
    memory_gb: float | None
    system: str
    python: str
    kafka: str
    load: float | None
    packages: dict[str, str | None]


def describe(kafka: str) -> Machine:
    """Describe this machine; `kafka` says which Kafka was used."""
    return Machine(
        processor=_line("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 0,
        memory_gb=_memory_gb(),
        system=platform.platform(terse=True),
        python=platform.python_version(),
        kafka=kafka,
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        packages={name: _version(name) for name in PACKAGES},
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _memory_gb() -> float | None:
    kilobytes = _line("/proc/meminfo", "MemTotal").removesuffix(" kB")
    return round(int(kilobytes) / 1024**2, 1) if kilobytes.isdigit() else None


def _line(path: str, name: str) -> str:
    """The value of a line `name: value` of a file under /proc; empty where there is none."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(name)), "")
