"""Running the command line in this process, and a small event file to run it on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from streams.cli.main import app
from streams.connectors.eventfile import EventWriter
from tests.builders import a_market
from tests.unit.cli.samples import Run


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's own settings, and files in the working directory, out of the tests."""
    for name in (
        "BROKER",
        "DEALWATCH_BROKER",
        "DEALWATCH_PREFIX",
        "DEALWATCH_CONFIG",
        "DEALWATCH_DATA",
        "DEALWATCH_RULES",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run() -> Run:
    """Return a function that runs `dealwatch` with the given words."""

    def dealwatch(*words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], prog_name="dealwatch")

    return dealwatch


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the event file of a small market of January and February 2024."""
    path = tmp_path_factory.mktemp("market") / "market.jsonl.gz"
    with EventWriter(path) as writer:
        for event in a_market(deals=12, days=40):
            writer.write(event)
    return path
