"""`dealwatch forecast`: all versions side by side as of any day, and their record on the screen, as JSON, in a page."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from streams.events.contract import encode
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.revenue.version import VERSIONS
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


FIGURES = (
    (date(2024, 11, 6), "2500.00", "f1"),
    (date(2024, 11, 8), "9000.00", "f2"),
    (date(2024, 11, 20), None, "f3"),
)


@pytest.fixture
def managed(sold: Path) -> Path:
    """The same, in which mia says figures of the team north: two, and that she takes them back; each copied."""
    events = []
    for day, amount, name in FIGURES:
        data = AdjustmentData(period="FY2024-M11", level="team", unit="north", amount=amount, reason="I asked them")
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        event = ForecastAdjusted(id=name, source="/people", time=at, actor="mia", data=data)
        events += [encode(event)] * 2
    whole = [*lines(), *events]
    path = sold.with_name("managed.jsonl")
    whole.sort(key=lambda line: str(json.loads(line)["time"]))
    path.write_bytes(b"\n".join(whole) + b"\n")
    return path


def live(path: Path, *words: object) -> tuple[object, ...]:
    """The command that asks a file."""
    files = ("--company", path.with_name("company's"), "--rules", path.with_name("teams"))
    return ("forecast", "--events", path, *files, "--period", "FY2024-M11", *words)


def test_all_versions_stand_side_by_side_and_add_up_over_teams(sold: Path, run: Run) -> None:
    """To the cent; what the default rests on and the record so far are told, too."""
    words = live(sold, "--as-of", "2024-11-16", "--json")
    whole, teams = (json.loads(run(*words, "--by", level).stdout) for level in ("company", "team"))
    [company] = whole["units"]
    assert [each["version"] for each in company["figures"]] == list(VERSIONS)
    for place, version in enumerate(VERSIONS):
        of_teams = sum(each["figures"][place]["cents"] for each in teams["units"])
        assert of_teams == company["figures"][place]["cents"], version
    assert whole["earlier"] == ["FY2024-M10", "FY2024-M09", "FY2024-M08"]
    assert whole["weights"]["much_outcomes"] == 2
    assert whole["weeks"] == 10
    assert {each["person"] for each in whole["people"]} == {"ana", "ben", "cleo"}
    scores = {(each["version"], each["level"]): each["score"] for each in whole["versions"]}
    assert scores["blend", "company"]["outcomes"] == 2
    assert scores["blend", "rep"]["intervals"] == 30


def test_each_version_names_its_deals_and_they_add_up_to_what_it_says(sold: Path, run: Run) -> None:
    """With what is of no deal on record; a manager's figure is of none, and cannot be asked for."""
    words = live(sold, "--as-of", "2024-11-16", "--by", "team", "--json")
    said = {
        (unit["unit"]["name"], each["version"]): each["cents"]
        for unit in json.loads(run(*words).stdout)["units"]
        for each in unit["figures"]
    }
    for version in set(VERSIONS) - {"adjusted"}:
        for unit in json.loads(run(*words, "--deals", version).stdout)["units"]:
            assert unit["cents"] == said[unit["unit"]["name"], version]
            assert unit["cents"] == sum(each["cents"] for each in unit["deals"]) + unit["beyond"]
    assert "counts" in run(*live(sold, "--as-of", "2024-11-16", "--deals", "blend")).stdout
    assert run(*live(sold, "--deals", "adjusted")).exit_code == 2


def test_what_is_told_of_a_day_is_what_a_log_tells_that_ended_then(managed: Path, run: Run) -> None:
    """And what was locked on that day is what the trial on the whole log locked."""
    until = datetime(2024, 11, 15, tzinfo=UTC)
    cut = managed.with_name("cut.jsonl")
    kept = [
        line for line in managed.read_bytes().splitlines() if datetime.fromisoformat(json.loads(line)["time"]) <= until
    ]
    cut.write_bytes(b"\n".join(kept) + b"\n")
    for level in ("company", "rep"):
        words = ("--as-of", until.isoformat(), "--by", level, "--json")
        whole, part = run(*live(managed, *words)), run(*live(cut, *words))
        assert whole.exit_code == 0, whole.stderr
        assert whole.stdout == part.stdout


def test_a_managers_figure_is_told_with_who_and_why_until_it_is_taken_back(managed: Path, run: Run) -> None:
    """The latest counts; its copies count once; above the team it is added up."""
    before, first, second, after = (
        json.loads(run(*live(managed, "--as-of", f"2024-11-{day}", "--by", "team", "--json")).stdout)
        for day in ("05", "07", "12", "21")
    )
    assert [len(each["adjustments"]) for each in (before, first, second, after)] == [0, 1, 1, 0]
    [figure] = second["adjustments"]
    assert (figure["by"], figure["reason"], figure["cents"], figure["id"]) == ("mia", "I asked them", 900_000, "f2")
    north = next(each for each in second["units"] if each["unit"]["name"] == "north")
    closed = next(each["cents"] for each in north["figures"] if each["version"] == "closed")
    adjusted = next(each for each in north["figures"] if each["version"] == "adjusted")
    assert (adjusted["cents"], adjusted["by"]) == (max(900_000, closed), "mia")
    assert "adjusted is" in north["words"][-1]

    shown = run(*live(managed, "--as-of", "2024-11-12", "--by", "team"))
    assert "mia said 9,000 EUR of team north on 2024-11-08 09:00 UTC: I asked them" in shown.stdout
    assert "adjusted (by mia)" in shown.stdout
    december = ("--period", "FY2024-M12", "--as-of", "2024-12-05", "--json")
    people = json.loads(run(*live(managed, *december)).stdout)["people"]
    assert [each["score"]["outcomes"] for each in people if each["person"] == "mia"] == [1]


def test_a_figure_that_names_an_earlier_time_is_on_record_since_it_came(sold: Path, run: Run) -> None:
    """It is told with both times; the weeks before it came are as they were, so it earns nobody a record."""
    data = AdjustmentData(period="FY2024-M12", level="company", amount="5000.00", reason="as I always said")
    late = ForecastAdjusted(id="f9", source="/people", time=datetime(2024, 11, 5, tzinfo=UTC), actor="mia", data=data)
    told = lines(until=datetime(2024, 12, 10, tzinfo=UTC))
    path = sold.with_name("late.jsonl")
    path.write_bytes(b"\n".join([*told, encode(late)]) + b"\n")
    words = live(path, "--period", "FY2024-M12")
    shown = run(*words).stdout
    assert "mia said 5,000 EUR of the company on 2024-11-05 00:00 UTC (on record since 2024-12-" in shown
    assert json.loads(run(*words, "--as-of", "2024-12-05", "--json").stdout)["adjustments"] == []


def test_a_forecast_for_people_begins_with_the_default(sold: Path, run: Run) -> None:
    """Whom it believes, why versions differ, and how each came out, follow."""
    shown = run(*live(sold, "--as-of", "2024-11-16")).stdout
    assert shown.startswith("FY2024-M11 by what was on record on 2024-11-16, in EUR: 15 days of it are left\n")
    assert re.search(r"^blend \(default\) +[\d,]+ +[\d,]+ +[\d,]+ +[\d,]+\nclosed +[\d,]+ +-", shown, re.MULTILINE)
    assert re.search(r"^model is [\d.]+ [kM] EUR over commit: deal-", shown, re.MULTILINE)
    assert "blend rests on FY2024-M10, FY2024-M09, FY2024-M08: how much" in shown
    assert "without a planned close, which no category counts: deal-" in shown
    assert "How each version came out by company, from 10 weekly locks of periods that are over:" in shown
    early = run(*live(sold, "--period", "FY2024-M08", "--as-of", "2024-08-02")).stdout
    assert "blend is what was simulated: no whole period" in early
    assert "No record yet" in early


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--as-of", "2020-01-01"], 1, "no deal was on record by then"),
        (["--as-of", "2024-12-05"], 2, "FY2024-M11 is over by then; --as-of a day before 2024-12-01"),
        (["--period", "November"], 2, "'November' is no period"),
        (["--since", "2024-10"], 2, "it goes with --backtest EVENTS"),
        (["--grain", "month"], 2, "it goes with --backtest EVENTS"),
        (["--write", "page.md"], 2, "it goes with --backtest EVENTS"),
        (["--backtest", "x.jsonl"], 2, "it does not go with --backtest"),
        (["--by", "galaxy"], 2, "'galaxy' is not one of"),
    ],
)
def test_what_cannot_be_forecast_is_said_in_a_sentence(
    sold: Path, run: Run, words: list[str], code: int, message: str
) -> None:
    """And nothing on standard output."""
    done = run(*live(sold, *words))
    assert done.exit_code == code
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["north", "FY2027-Q1", "5", "--reason", "x"], "'north' is no unit; company, region:NAME"),
        (["company:x", "FY2027-Q1", "5", "--reason", "x"], "'company:x' is no unit"),
        (["team:", "FY2027-Q1", "5", "--reason", "x"], "'team:' is no unit"),
        (["team:nroth", "FY2027-Q1", "5", "--reason", "x"], "there is no team 'nroth'; there are north, south"),
        (["team:north", "2027-Q1", "5", "--reason", "x"], "'2027-Q1' is no period"),
        (["team:north", "FY2027-Q1", "5k", "--reason", "x"], "'5k' is no amount; write 1_200_000"),
        (["team:north", "FY2027-Q1", "5"], "say why"),
        (["team:north", "FY2027-Q1"], "say what will be won, as 1_200_000, or --take-back"),
        (["team:north", "FY2027-Q1", "5", "--take-back"], "say an AMOUNT, or --take-back, not both"),
    ],
)
def test_a_figure_that_makes_no_sense_is_not_sent(sold: Path, run: Run, words: list[str], message: str) -> None:
    """It is said before anything is asked of Kafka."""
    files = ("--company", sold.with_name("company's"), "--rules", sold.with_name("teams"))
    done = run("forecast", "adjust", *words, *files)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--since", "soon"], 2, "'soon' is no month; write it as 2026-03"),
        (["--since", "2031-01"], 1, "no month from 2031-01-01 on"),
        (["--since", "2024-10", "--company", "nowhere.toml"], 1, "nowhere.toml: No such file"),
        (["--since", "2024-10", "--write", "{page}"], 1, "it has no place for sold.jsonl"),
        (["--since", "2024-10", "--grain", "week"], 2, "'week' is not one of"),
        ([], 2, "say from which month on to judge"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(sold: Path, run: Run, words: list[str], code: int, message: str) -> None:
    """And with the exit code of its kind."""
    page = sold.with_name("page.md")
    page.write_text("# Nothing\n", encoding="utf-8")

    found = run("forecast", "--backtest", sold, *(each.replace("{page}", str(page)) for each in words))

    assert found.exit_code == code
    assert message in " ".join(found.stderr.split())
