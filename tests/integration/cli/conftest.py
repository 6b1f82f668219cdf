"""An environment on the real Kafka, and the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli.main import app
from tests.integration.admin.staging import Stage

Dealwatch = Callable[..., Result]


@pytest.fixture
def stage(kafka: str, topic_prefix: str) -> Stage:
    """Return an environment of its own, with topics."""
    return Stage(kafka, topic_prefix)


@pytest.fixture
def dealwatch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dealwatch:
    """Return a function that runs the command line in this process."""
    for name in ("BROKER", "DEALWATCH_BROKER", "DEALWATCH_PREFIX", "DEALWATCH_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)

    def run(*words: object, typed: str = "") -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], input=typed, prog_name="dealwatch")

    return run
