"""What is remembered of a broker from one start to the next: its process, its ports, its version."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from streams.broker.properties import Ports


@dataclass(frozen=True, slots=True)
class Memory:
    """The last broker of a directory; `pid` is None after an orderly stop, and proves nothing by itself."""

    ports: Ports
    kafka_version: str
    pid: int | None = None

    def stopped(self) -> "Memory":
        """Return the same without a process."""
        return replace(self, pid=None)


def recall(path: Path) -> Memory | None:
    """Read what was remembered; a missing or damaged file is as good as none, for all in it can be found anew."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        ports = Ports(client=int(table["ports"]["client"]), controller=int(table["ports"]["controller"]))
        pid = table["pid"]
        return Memory(ports=ports, kafka_version=str(table["kafka_version"]), pid=None if pid is None else int(pid))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def remember(path: Path, memory: Memory) -> None:
    """Write it so that a reader sees the old file or the new one, never half of one."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(memory), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
