"""What doctor says of the machine."""

from collections import namedtuple
from pathlib import Path

import pytest

from streams.admin.diagnosis import disk, libraries, python

Usage = namedtuple("Usage", "total used free")


def test_this_machine_runs_the_tests() -> None:
    """The Python and the libraries here are those it is tested with."""
    assert python().verdict == "ok"
    assert libraries().verdict == "ok"
    assert "faust-streaming 0.15.3" in libraries().found


def test_another_version_of_a_pinned_library_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may work; but nobody tried."""
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "0.0.1")
    found = libraries()
    assert found.verdict == "warn"
    assert "faust-streaming 0.0.1 (tested with 0.15.3)" in found.found
    assert found.todo


@pytest.mark.parametrize(("free", "verdict"), [(50e9, "ok"), (1e9, "warn"), (1e8, "fail")])
def test_a_full_disk_is_seen_before_kafka_stops(
    free: float, verdict: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder need not exist yet."""
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(0, 0, free))
    found = disk(tmp_path / "not" / "yet")
    assert found.verdict == verdict
    assert bool(found.todo) == (verdict != "ok")
