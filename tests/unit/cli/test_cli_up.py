"""`dealwatch up` looks after the programs that it starts, and says what is wrong with a file before it starts any."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.cli import up
from streams.cli.up import WorkerFailed, _Worker
from streams.runtime import child
from tests.unit.cli.samples import Run


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Programs that end at once, in place of ours; ended and waited for afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def spawn(*_: Any) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], stdin=subprocess.PIPE))
        return started[-1]

    monkeypatch.setattr(child, "spawn", spawn)
    yield started
    for each in started:
        assert each.stdin is not None
        each.stdin.close()
        each.kill()
        each.wait(10)


def said_until_quiet(worker: _Worker, started: list[subprocess.Popen[bytes]]) -> list[str]:
    """What is said of a program that ends whenever it is started, until nothing is said any more."""
    said: list[str] = []
    while True:
        started[-1].wait(20)
        told = worker.check()
        if not told:
            return said
        said.append(told)


def test_a_program_that_keeps_ending_ends_everything_with_where_its_last_words_are(
    spawned: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """It is started again three times before."""
    worker = _Worker("the worker", ["worker"], {}, tmp_path / "worker.log")
    with pytest.raises(WorkerFailed, match=r"^the worker keeps ending \(exit code 3\); its last words are in .*worker"):
        said_until_quiet(worker, spawned)
    assert len(spawned) == 1 + up._RESTARTS


def test_without_one_that_is_not_needed_the_others_go_on_which_is_said_once(
    spawned: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """A forecast must never take alerts down with it."""
    worker = _Worker("revenue", ["worker", "--role", "revenue"], {}, tmp_path / "revenue.log", needed=False)
    *again, last = said_until_quiet(worker, spawned)
    assert again == ["revenue ended with exit code 3; it is started again and goes on where it was"] * up._RESTARTS
    assert last == (
        f"revenue keeps ending (exit code 3); its last words are in {tmp_path / 'revenue.log'}; "
        "the others go on without it"
    )
    assert len(spawned) == 1 + up._RESTARTS
    worker.stop()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("company.toml", 'currency = "euro"\n', "err-company-wrong"),
        ("practice.toml", "ladders = 3\n", "err-practice-wrong"),
    ],
)
def test_a_file_of_the_company_that_is_wrong_is_named_before_anything_is_started(
    run: Run, tmp_path: Path, name: str, content: str, told: str
) -> None:
    """In the working folder, as the program of revenue would find it; no Kafka is started for nothing."""
    (tmp_path / name).write_text(content)
    done = run("up", "--data", tmp_path / "data")
    assert done.exit_code != 0 and told in done.output and name in done.output
    assert not (tmp_path / "data").exists()


def test_the_help_says_who_starts_the_program_of_revenue(run: Run) -> None:
    """`up` does, `worker` only where it is asked to."""
    assert "program of revenue" in run("up", "--help").stdout
    shown = " ".join(run("worker", "--help").stdout.split())
    assert "dealwatch worker --role revenue --port 8794" in shown and "revenue: forecast, pipeline" in shown
    assert "all: deals, and the models in a process beside;" in shown
