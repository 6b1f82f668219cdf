"""What is remembered between starts."""

from pathlib import Path

import pytest

from streams.broker.memory import Memory, recall, remember
from streams.broker.properties import Ports

MEMORY = Memory(Ports(20001, 20002), "4.4.0", pid=4711)


@pytest.mark.parametrize("memory", [MEMORY, MEMORY.stopped()])
def test_what_is_remembered_is_recalled(tmp_path: Path, memory: Memory) -> None:
    """A broker that runs and one that was stopped both come back as they were."""
    remember(tmp_path / "broker.json", memory)

    assert recall(tmp_path / "broker.json") == memory
    assert [path.name for path in tmp_path.iterdir()] == ["broker.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"pid": 1}', '{"ports": 5, "pid": null, "kafka_version": ""}']
)
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    """A file somebody wrote into is no reason not to start."""
    path = tmp_path / "broker.json"
    path.write_text(text)

    assert recall(path) is None


def test_a_missing_memory_is_none(tmp_path: Path) -> None:
    """Before the first start there is nothing to recall."""
    assert recall(tmp_path / "broker.json") is None
