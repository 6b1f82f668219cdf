"""`dealwatch forecast`: the record of every version on the screen, as JSON, and in a page."""

import json
from pathlib import Path

import pytest

from tests.sold import COMPANY, TEAMS, lines
from tests.unit.cli.samples import Run


@pytest.fixture
def sold(tmp_path: Path) -> Path:
    """An event file, and beside it the company's and the teams'."""
    (tmp_path / "company's").write_text(COMPANY, encoding="utf-8")
    (tmp_path / "teams").write_text(TEAMS, encoding="utf-8")
    events = tmp_path / "sold.jsonl"
    events.write_bytes(b"\n".join(lines()) + b"\n")
    return events


def test_the_record_is_shown_and_put_into_the_page_that_has_a_place_for_it(sold: Path, run: Run) -> None:
    """The verdict is the same in both; what else is on the page stays."""
    page = sold.with_name("page.md")
    page.write_text("# Before\n<!-- forecast sold.jsonl -->\nof before\n<!-- end -->\nafter\n", encoding="utf-8")

    shown = run(
        "forecast",
        "--backtest",
        sold,
        "--since",
        "2024-11",
        "--grain",
        "month",
        "--company",
        sold.with_name("company's"),
        "--rules",
        sold.with_name("teams"),
        "--write",
        page,
    )

    assert shown.exit_code == 0, shown.stderr
    verdict = next(line for line in shown.stdout.splitlines() if line.startswith("The default (blend) has a WAPE of"))
    assert "3 reps, 2 teams, 2 regions, 1 company on 2 days, 16 cases with 16 different outcomes" in shown.stdout
    written = page.read_text(encoding="utf-8")
    assert verdict in written
    assert "| **" not in written
    assert "| blend |" in written
    assert written.startswith("# Before\n")
    assert written.endswith("<!-- end -->\nafter\n")
    assert "of before" not in written


def test_as_json_everybody_has_a_record(sold: Path, run: Run) -> None:
    """Without a company's file there is one team without a name."""
    found = json.loads(
        run("forecast", "--backtest", sold, "--since", "2024-11-01", "--grain", "month", "--json").stdout
    )

    assert found["default"] == "blend"
    blend = next(each for each in found["versions"] if each["version"] == "blend")
    assert {"rep:ana", "rep:ben", "rep:cleo", "team", "region", "company"} == set(blend["units"])
    assert [each["day"] for each in found["days"]] == ["2024-11-01", "2024-12-01"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--since", "soon"], 2, "'soon' is no month; write it as 2026-03"),
        (["--since", "2031-01"], 1, "no month from 2031-01-01 on"),
        (["--since", "2024-10", "--company", "nowhere.toml"], 1, "nowhere.toml: No such file"),
        (["--since", "2024-10", "--write", "{page}"], 1, "it has no place for sold.jsonl"),
        (["--since", "2024-10", "--grain", "week"], 2, "'week' is not one of"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(sold: Path, run: Run, words: list[str], code: int, message: str) -> None:
    """And with the exit code of its kind."""
    page = sold.with_name("page.md")
    page.write_text("# Nothing\n", encoding="utf-8")

    found = run("forecast", "--backtest", sold, *(each.replace("{page}", str(page)) for each in words))

    assert found.exit_code == code
    assert message in " ".join(found.stderr.split())
