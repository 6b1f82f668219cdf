"""`dealwatch models compare` from a generated log to a table, a document and a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.candidates.roster import ROSTER
from streams.connectors.eventfile import EventWriter
from tests.builders import a_market
from tests.unit.cli.samples import Run

CHEAP = ("default", "sgd", "gap-table", "base-rate", "days-silent")
ONLY = [word for name in CHEAP for word in ("--only", name)]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the log of a small market."""
    path = tmp_path_factory.mktemp("history") / "small.jsonl.gz"
    with EventWriter(path) as writer:
        for event in a_market(deals=20, days=60, seed=3):
            writer.write(event)
    return path


def test_the_candidates_stand_on_the_same_rows(run: Run, history: Path) -> None:
    """One document: per target the cases, and every candidate with its figures, or the reason why it has none."""
    result = run("models", "compare", history, *ONLY, "--since", "2024-01-05", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["schema"], found["events"], found["horizon_days"]) == (1, "small.jsonl.gz", 14)
    for target in ("inactivity", "slippage"):
        each = found["targets"][target]
        assert [standing["name"] for standing in each["standings"]] == list(CHEAP)
        assert 0 < each["positives"] < each["cases"] < each["asked"]
        for standing in each["standings"]:
            assert standing["failed"] is None
            assert 0.0 <= standing["roc_auc"] <= 1.0
            assert (standing["log_loss"] is None) == (standing["name"] == "days-silent")


def test_a_generated_organisation_can_be_compared_on(run: Run, tmp_path: Path) -> None:
    """Cheap candidates from the first event to a document, with faults of feeds in between."""
    events = tmp_path / "invented.jsonl.gz"
    assert run("generate", "--seed", "3", "--deals", "12", "--days", "50", "-o", events).exit_code == 0
    result = run("models", "compare", events, *ONLY, "--target", "inactivity", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)["targets"]
    assert list(found) == ["inactivity"]
    assert [each["failed"] for each in found["inactivity"]["standings"]] == [None] * len(CHEAP)


def test_the_figures_of_the_default_are_those_of_the_backtest(run: Run, history: Path) -> None:
    """Both commands judge the same predictions."""
    bounds = ("--since", "2024-01-05", "--until", "2024-02-10")
    compared = json.loads(run("models", "compare", history, "--only", "default", *bounds, "--json").stdout)
    backtested = json.loads(run("backtest", history, *bounds, "--json").stdout)
    for target in ("inactivity", "slippage"):
        said = compared["targets"][target]["standings"][0]
        model = backtested["targets"][target]["model"]
        for figure in ("roc_auc", "pr_auc", "brier", "log_loss", "ece"):
            assert said[figure] == pytest.approx(model[figure], abs=1e-12)


def test_a_table_for_people_names_each_candidate(run: Run, history: Path) -> None:
    """One target alone, the times of the others held against the default."""
    words = ("--only", "default", "--only", "gap-table", "--target", "inactivity")
    result = run("models", "compare", history, *words)
    assert result.exit_code == 0
    assert "inactivity: " in result.stdout and "slippage: " not in result.stdout
    assert "(1x)" in result.stdout
    assert "\ngap-table " in result.stdout


def test_a_page_gets_its_tables_where_it_has_a_place(run: Run, history: Path, tmp_path: Path) -> None:
    """What stands around the place stays; written again, the tables replace those from before."""
    page = tmp_path / "page.md"
    page.write_text("# Before\n\n<!-- compare small.jsonl.gz -->\nold\n<!-- end -->\n\nAfter\n", encoding="utf-8")
    words = ("models", "compare", history, "--only", "base-rate", "--write", page)
    for _ in range(2):
        assert run(*words).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n<!-- compare small.jsonl.gz -->\n")
    assert text.endswith("<!-- end -->\n\nAfter\n")
    assert "old" not in text
    assert text.count("| base-rate |") == 2


def test_a_page_without_a_place_is_found_out_at_once(run: Run, history: Path, tmp_path: Path) -> None:
    """Before any work, with what to write into it."""
    page = tmp_path / "page.md"
    page.write_text("nothing here\n", encoding="utf-8")
    result = run("models", "compare", history, "--write", page)
    assert result.exit_code == 1
    assert "<!-- compare small.jsonl.gz -->" in result.stderr


@pytest.mark.parametrize(
    ("words", "choice"), [(("--only", "oracle"), ROSTER[0].name), (("--target", "weather"), "inactivity")]
)
def test_what_there_is_not_is_answered_with_what_there_is(
    run: Run, history: Path, words: tuple[str, str], choice: str
) -> None:
    """A misspelt candidate or target is an error before any work."""
    result = run("models", "compare", history, *words)
    assert result.exit_code != 0
    assert choice in result.stderr
