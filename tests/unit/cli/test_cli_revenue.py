"""`dealwatch pipeline`, `matrix`, `coach` and `attribution` on an event file: what is shown, as JSON, as of any day."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from itertools import takewhile
from pathlib import Path

import pytest

from streams.cli.generate import generate
from streams.connectors.eventfile import EventWriter
from streams.events import deal
from streams.events.contract import encode
from tests.builders import a_heartbeat, an_opportunity, an_owner, ms
from tests.unit.cli.samples import Run

COMPANY = """
currency = "EUR"
[quota."FY2026-Q1"]
company = 2_000_000
[rates.USD]
2020-01-01 = 0.9
[rates.GBP]
2020-01-01 = 1.1
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an event file of a small organisation over a hundred days from 2026-01-05 on."""
    path = tmp_path_factory.mktemp("revenue") / "events.jsonl.gz"
    generate(output=path, seed=3, deals=60, days=100, start="2026-01-05", json=False)
    return path


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """Return a company file with a quota and rates."""
    path = tmp_path / "company.toml"
    path.write_text(COMPANY, encoding="utf-8")
    return path


def test_a_pipeline_balances_and_names_its_deals(generated: Path, company: Path, run: Run) -> None:
    """As JSON: start and changes are the end, for each unit and for all of them."""
    words = (
        "pipeline",
        "--events",
        generated,
        "--company",
        company,
        "--period",
        "all",
        "--since",
        "2026-02-01",
        "--json",
    )
    [whole] = json.loads(run(*words).stdout)["units"]
    by_rep = json.loads(run(*words, "--by", "rep").stdout)["units"]
    for each in (whole, *by_rep):
        waterfall = each["waterfall"]
        changes = sum((Decimal(bucket["amount"]) for bucket in waterfall["buckets"].values()), Decimal(0))
        assert Decimal(waterfall["start"]["amount"]) + changes == Decimal(waterfall["end"]["amount"])
        assert Decimal(each["gap"]) == 0
    assert len(by_rep) > 1
    ends = sum((Decimal(each["waterfall"]["end"]["amount"]) for each in by_rep), Decimal(0))
    assert ends == Decimal(whole["waterfall"]["end"]["amount"])
    assert whole["waterfall"]["buckets"]["won"]["shares"]


def test_a_pipeline_for_people_has_reasons_coverage_and_what_slipped(generated: Path, company: Path, run: Run) -> None:
    """The quarter of the instant that is asked about."""
    shown = run("pipeline", "--events", generated, "--company", company, "--as-of", "2026-03-20").stdout
    assert "the company: open deals planned to close in FY2026-Q1, 2026-01-01 00:00 to 2026-03-20 00:00 UTC" in shown
    assert re.search(r"^new +\+[\d,]+\.\d\d", shown, re.MULTILINE)
    assert "times what is missing to the quota" in shown
    assert "slipped most, of the open ones" in shown


def test_a_day_of_the_past_knows_nothing_of_what_came_later(generated: Path, tmp_path: Path, run: Run) -> None:
    """The whole log as of a day says what a log says that ended before the first event after it."""
    cut = tmp_path / "cut.jsonl"
    lines = gzip.decompress(generated.read_bytes()).splitlines()
    until = "2026-02-20"
    told = list(takewhile(lambda line: not re.search(rb'"time":"2026-0(2-2|[3-9])', line), lines))
    assert 0 < len(told) < len(lines)
    cut.write_bytes(b"\n".join(told) + b"\n")
    shows = [f"pipeline --show {show}" for show in ("waterfall", "cohorts", "velocity", "dates", "edits")]
    for command in (*shows, "matrix", "attribution"):
        whole = run(*command.split(), "--events", generated, "--as-of", until, "--json")
        part = run(*command.split(), "--events", cut, "--as-of", until, "--json")
        assert whole.exit_code == 0, whole.stderr
        assert json.loads(whole.stdout) == json.loads(part.stdout)


@pytest.mark.parametrize(
    "words",
    [("pipeline",), ("pipeline", "--show", "cohorts"), ("forecast",), ("attribution", "--show", "recoveries")],
    ids=" ".join,
)
def test_without_an_instant_it_is_as_of_what_the_feeds_last_said(
    generated: Path, tmp_path: Path, run: Run, words: tuple[str, ...]
) -> None:
    """As it is for the program that keeps answers current: after a quiet quarter's end that quarter is over."""
    later = tmp_path / "later.jsonl"
    later.write_bytes(gzip.decompress(generated.read_bytes()) + encode(a_heartbeat(900)) + b"\n")
    told = run(*words, "--events", later, "--json")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout)["at"] in (ms(900), ms(900) + 1)  # or what comes before that


def test_a_matrix_and_sheets_say_what_they_are_not_for(generated: Path, run: Run) -> None:
    """Each begins with it, also a rep's; somebody without deals is not known."""
    rep = json.loads(run("pipeline", "--events", generated, "--period", "all", "--by", "rep", "--json").stdout)
    name = rep["units"][-1]["unit"]["name"]
    for words in (("matrix",), ("coach",), ("coach", name)):
        shown = run(*words, "--events", generated).stdout
        assert "not for employment decisions" in " ".join(shown.split())
    assert name in run("coach", name, "--events", generated).stdout
    missing = run("coach", "nobody", "--events", generated)
    assert missing.exit_code == 1 and "no deal of 'nobody' is on record" in missing.stderr


def test_a_matrix_by_account_and_by_rep_and_a_sheet_for_each_rep(generated: Path, run: Run) -> None:
    """As lines and as JSON; whoever names a rep does not say by what."""
    accounts = json.loads(run("matrix", "--events", generated, "--by", "account", "--json").stdout)["accounts"]
    said = run("matrix", "--events", generated, "--by", "account").stdout
    assert accounts and all(each["account"] in said for each in accounts[:5])
    [team] = json.loads(run("matrix", "--events", generated, "--by", "rep", "--json").stdout)["teams"]
    reps = {each["rep"] for each in team["reps"]}
    assert reps and all(rep in run("matrix", "--events", generated, "--by", "rep").stdout for rep in reps)
    sheets = json.loads(run("coach", "--events", generated, "--by", "rep", "--json").stdout)
    assert {each["name"] for each in sheets} >= reps and {each["level"] for each in sheets} == {"rep"}
    assert run("coach", "rep-de-01", "--by", "team").exit_code == 2


def test_every_model_of_attribution_gives_all_that_was_won(generated: Path, company: Path, run: Run) -> None:
    """Side by side, to the cent, by channel and by campaign."""
    for by in ("channel", "campaign"):
        words = ("attribution", "--events", generated, "--company", company, "--by", by)
        found = json.loads(run(*words, "--json").stdout)["attribution"]
        sums: dict[str, Decimal] = {}
        for each in found["credits"]:
            sums[each["model"]] = sums.get(each["model"], Decimal(0)) + Decimal(each["value"])
        assert len(sums) == 10
        assert set(sums.values()) == {Decimal(found["value"])}
        assert "won deals" in run(*words).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pipeline", "--as-of", "2020-01-01"], "no deal was on record by then"),
        (["matrix", "--as-of", "2020-01-01"], "no deal was on record by then"),
        (["attribution", "--as-of", "2020-01-01"], "no deal was on record by then"),
        (["pipeline", "--period", "Q9"], "is no period: FY2027"),
        (["pipeline", "--as-of", "2026-02-01", "--since", "2026-03-01"], "would begin after it ends"),
        (["pipeline", "--as-of", "soon"], "is no time"),
        (["pipeline", "--as-of", "9999-12-31"], "9999-12-31 is too far ahead; name a day before 9000-01-01"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(generated: Path, run: Run, words: list[str], said: str) -> None:
    """And nothing on standard output."""
    done = run(*words, "--events", generated)
    assert done.exit_code in (1, 2)
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.parametrize("words", [["pipeline"], ["forecast"], ["attribution"], ["attribution", "--show", "sources"]])
def test_several_currencies_without_a_company_file_are_never_added_up_in_silence(
    generated: Path, tmp_path: Path, run: Run, words: list[str]
) -> None:
    """Euros and pounds make no sum; with rates there is nothing to say."""
    company = tmp_path / "with-rates.toml"
    company.write_text(COMPANY, encoding="utf-8")
    told = " ".join(run(*words, "--events", generated).stderr.split())
    assert "warning: amounts are in EUR, GBP, USD, and are added up as if they were one" in told
    assert "added up" not in run(*words, "--events", generated, "--company", company).stderr


def test_whoever_handed_all_deals_over_still_has_a_sheet_to_read(tmp_path: Path, run: Run) -> None:
    """The sheets of all reps have theirs among them, so it can be asked for by name, too; nobody is no rep."""
    path = tmp_path / "handed.jsonl"
    with EventWriter(path) as writer:
        writer.write(an_opportunity(1, deal.CreatedData(owner="ann", stage="discovery"), subject="opp-1"))
        writer.write(an_owner(20, "bob", subject="opp-1"))
        writer.write(an_opportunity(21, deal.CreatedData(stage="discovery"), subject="opp-2"))
    sheets = json.loads(run("coach", "--events", path, "--by", "rep", "--json").stdout)
    assert {each["name"] for each in sheets} == {"ann", "bob"}
    for name in ("ann", "bob"):
        assert name in run("coach", name, "--events", path).stdout
    nobody = run("coach", "", "--events", path)
    assert nobody.exit_code == 1
    assert "no deal of '' is on record" in nobody.stderr
