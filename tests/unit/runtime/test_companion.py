"""What is said when the program beside a worker is gone: one line, and who starts both again."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from typing import Any

import pytest

from streams.runtime import companion
from streams.runtime.companion import Companion, CompanionEnded


def ended(monkeypatch: pytest.MonkeyPatch, program: str) -> BaseException | None:
    """What ends a worker whose companion runs that program."""

    def spawned(*_: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)

    async def run() -> BaseException | None:
        service = Companion("learn", {})
        await service.start()
        while not service.crashed:
            await asyncio.sleep(0.02)
        await service.stop()
        return service.crash_reason

    monkeypatch.setattr(companion, "spawn", spawned)
    monkeypatch.setattr(companion, "_LOOK_EVERY_S", 0.02)
    return asyncio.run(run())


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("pass", "was asked to stop, and did (exit code 0)"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by SIGTERM, and not because"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by SIGKILL, by somebody or for want of memory"),
        ("import os; os.kill(os.getpid(), 40)", "was ended by signal 40"),
    ],
)
def test_which_process_ended_and_how_is_told_once_and_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, program: str, how: str
) -> None:
    """Also that the worker ends for it, with which exit code, and why: it is the last line that `run` writes."""
    with caplog.at_level(logging.DEBUG):
        reason = ended(monkeypatch, program)
    assert isinstance(reason, CompanionEnded)
    assert "the process of role learn" in str(reason) and how in str(reason)
    assert "exit code 1, so that whoever looks after it starts both again" in str(reason)
    assert not [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]
