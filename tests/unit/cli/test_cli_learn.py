"""`dealwatch models learn`: a file of history becomes a seed, with what it is worth."""

import json
from pathlib import Path

import pytest

from models.seed import unpack_seed
from streams.connectors.eventfile import EventWriter
from tests.builders import a_market, an_opportunity
from tests.unit.cli.samples import Run


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the event file of a market that goes on for some months."""
    path = tmp_path_factory.mktemp("history") / "history.jsonl.gz"
    with EventWriter(path) as writer:
        for event in a_market(deals=30, days=100):
            writer.write(event)
    return path


def test_a_history_becomes_a_seed(history: Path, tmp_path: Path, run: Run) -> None:
    """The report says how much was learned, how fast, and what it is worth on the last part."""
    seed = tmp_path / "history.seed"
    found = json.loads(run("models", "learn", history, "-o", seed, "--json").stdout)
    kept = unpack_seed(seed.read_bytes())
    assert found["labels"] == {name: target.trained for name, target in kept.learner.targets.items()}
    assert kept.cases == sum(found["labels"].values()) > 1_000
    assert (kept.deals, kept.history, kept.until * 86_400_000) == (30, history.name, found["until"])
    assert found["bytes"] == seed.stat().st_size
    worth = found["worth"]["inactivity"]
    assert 0 < worth["cases"] < found["labels"]["inactivity"] / 2
    assert worth["model"]["brier"] < 0.25
    assert found["since"] < found["judged_since"] < found["until"]


def test_it_says_what_the_models_are_worth(history: Path, tmp_path: Path, run: Run) -> None:
    """Judged on what was asked from a day on that the user names; where nothing was, the figures are dashes."""
    seed = tmp_path / "history.seed"
    said = run("models", "learn", history, "-o", seed, "--judge-since", "2036-01-01").stdout
    assert "30 deals" in said
    assert "labels in" in said
    assert "asked from 2036-01-01 on" in said
    assert "`dealwatch models seed` puts it into Kafka" in said
    assert ["inactivity", "0", "-"] in [line.split()[:3] for line in said.splitlines()]


def test_a_file_without_an_answer_is_refused(tmp_path: Path, run: Run) -> None:
    """And leaves no seed."""
    short, seed = tmp_path / "short.jsonl", tmp_path / "short.seed"
    with EventWriter(short) as writer:
        writer.write(an_opportunity())
    failed = run("models", "learn", short, "-o", seed)
    assert failed.exit_code == 1
    assert "no question about a deal is answered in it (1 deals); name a longer history" in failed.stderr
    assert list(tmp_path.iterdir()) == [short]


def test_a_folder_that_is_not_there_is_found_out_before_the_work(history: Path, tmp_path: Path, run: Run) -> None:
    """And not after it."""
    failed = run("models", "learn", history, "-o", tmp_path / "nowhere" / "x.seed")
    assert failed.exit_code == 1
    assert "name a file in a folder that is there" in failed.stderr
