"""`--practice` of matrix, coach and pipeline: what a company declares changes what is said; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli.generate import generate
from tests.unit.cli.samples import Run

PRACTICE = """
ladder = ["Qualification", "Discovery", "Evaluation", "Proposal", "Negotiation"]
usual = ["proposal", "people", "next_step"]
call_weekday = "tuesday"
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an event file of a small organisation over half a year."""
    path = tmp_path_factory.mktemp("practice") / "events.jsonl.gz"
    generate(output=path, seed=6, deals=90, days=170, start="2026-01-05", json=False)
    return path


def declared(tmp_path: Path, text: str = PRACTICE) -> Path:
    """A practice file."""
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_declared_milestones_are_what_the_matrix_asks_for(generated: Path, tmp_path: Path, run: Run) -> None:
    """By the option, and by a file of the usual name where the command runs."""
    usual = run("matrix", "--events", generated)
    ours = run("matrix", "--events", generated, "--practice", declared(tmp_path))
    assert (usual.exit_code, ours.exit_code, ours.stderr) == (0, 0, "")
    words = [" ".join(each.stdout.split()) for each in (usual, ours)]
    assert "missing: contact" in words[0] and "missing: proposal" not in words[0]
    assert "missing: proposal" in words[1]
    Path("practice.toml").write_text(PRACTICE, encoding="utf-8")
    assert run("matrix", "--events", generated).stdout == ours.stdout
    coached = run("coach", "--events", generated, "--practice", declared(tmp_path))
    assert coached.exit_code == 0 and "not for employment decisions" in " ".join(coached.stdout.split())


def test_the_forecast_call_is_what_edits_are_held_against(generated: Path, tmp_path: Path, run: Run) -> None:
    """Every week, so that edits of every day have the share of two days in seven."""
    words = ("pipeline", "--show", "edits", "--events", generated, "--since", "2026-01-05")
    document = json.loads(run(*words, "--practice", declared(tmp_path), "--json").stdout)
    assert len(document["calls"]) > 20
    expected = {each["late"]["expected"] for each in document["units"][0]["people"]}
    assert len(expected) == 1 and 2 / 7 < expected.pop() < 0.32
    shown = run(*words, "--practice", declared(tmp_path)).stdout
    assert "within two days before the call (Tuesdays at 9:00 of the company) and the end of a quarter" in shown
    refused = run("pipeline", "--events", generated, "--practice", declared(tmp_path))
    assert refused.exit_code == 2 and "not with --show waterfall: only edits go by a forecast call" in refused.stderr


@pytest.mark.parametrize("command", ["matrix", "coach", "pipeline --show edits"])
def test_a_wrong_practice_ends_the_command_with_every_fault(
    generated: Path, tmp_path: Path, run: Run, command: str
) -> None:
    """In one line with the file, before anything is read."""
    wrong = declared(tmp_path, 'touch_days = 0\nusual = ["hope"]')
    done = run(*command.split(), "--events", generated, "--practice", wrong)
    assert done.exit_code == 1 and done.stdout == ""
    assert "ours.toml: touch_days: 0 must be" in done.stderr and "usual: 'hope' is no milestone" in done.stderr
    assert "err-practice-wrong" in done.stderr


def test_a_stage_that_no_deal_was_ever_in_is_warned_of(generated: Path, tmp_path: Path, run: Run) -> None:
    """A ladder that is spelt otherwise than in the feed would make every deal look as if it had climbed none."""
    done = run(
        "matrix", "--events", generated, "--practice", declared(tmp_path, 'ladder = ["qualification", "Proposal"]')
    )
    assert done.exit_code == 0
    assert "warning: no deal was ever in qualification, which the practice names; stages are Discovery" in done.stderr
