"""What people see of errors: a sentence and an exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from streams.cli import boundary as complaints
from streams.cli.boundary import boundary, complain_through
from streams.connectors.errors import LogUnreadable
from streams.errors import BrokerUnreachable, SettingsWrong
from tests.unit.cli.samples import Run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BrokerUnreachable("nobody is there"), 1, "error: nobody is there [err-broker-unreachable]\n"),
        (SettingsWrong("no such zone"), 2, "error: no such zone [err-settings-wrong]\n"),
        (LogUnreadable("torn"), 1, "error: torn [err-connector-log-unreadable]\n"),
        (
            PermissionError(13, "Permission denied", "/root/x"),
            1,
            "error: /root/x: Permission denied [err-file-unusable]\n",
        ),
        (KeyboardInterrupt(), 130, "\n"),
        (BrokenPipeError(32, "Broken pipe"), 0, ""),
    ],
)
def test_an_error_becomes_a_line_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever calls from a shell learns what happened, and with which id to look it up."""
    with pytest.raises(typer.Exit) as caught, boundary():
        raise error
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == said


def test_a_program_whose_lines_are_read_by_programs_complains_in_its_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `--log-format json` no line is beside the others."""
    monkeypatch.setattr(complaints, "_complaining", [lambda _sentence: None])
    said: list[str] = []
    complain_through(said.append)
    with pytest.raises(typer.Exit), boundary():
        raise BrokerUnreachable("no Kafka")
    assert said == ["no Kafka [err-broker-unreachable]"] and capsys.readouterr().err == ""


def test_a_bug_is_not_hidden() -> None:
    """What is our own mistake keeps its traceback."""
    with pytest.raises(ZeroDivisionError), boundary():
        raise ZeroDivisionError


def test_a_reader_that_has_enough_is_no_error(market: Path) -> None:
    """`dealwatch ... | head` ends in silence."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "streams.cli.main", "backtest", str(market), "--json"]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, cwd=root, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_event_file_is_said_in_one_line(run: Run) -> None:
    """A typing error in a file name is no stack trace."""
    result = run("backtest", "nothing.jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: nothing.jsonl: No such file or directory")
    assert result.stderr.count("\n") == 1
