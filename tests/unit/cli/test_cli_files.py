"""Commands that work on files: backtest, generate, convert."""

import csv
import gzip
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.alerts.alert import decode_alert
from streams.cli.main import app
from streams.connectors.eventfile import EventWriter
from streams.demo.truth import DealTruth, WorldTruth, read_truth
from streams.events.contract import encode
from streams.state.codec import decode_deal
from tests.builders import a_call, a_close_date, a_loss, a_market, an_opportunity
from tests.unit.cli.samples import Run, needs_lightgbm

LOG = """deal,when,what
1,2026-01-05 09:00,created
1,2026-01-06 09:00,call
2,2026-01-06 10:00,lunch
"""
MAPPING = """
source = "/crm"
[columns]
opportunity = "deal"
time = "when"
[time]
format = "%Y-%m-%d %H:%M"
timezone = "UTC"
[[rule]]
when = { what = "created" }
event = "created"
[[rule]]
when = { what = "call" }
event = "call_logged"
"""


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the event file of a market that goes on for some months, in which there is something to learn."""
    path = tmp_path_factory.mktemp("year") / "year.jsonl.gz"
    with EventWriter(path) as writer:
        for event in a_market(deals=25, days=60):
            writer.write(event)
    return path


def test_a_backtest_judges_every_target(year: Path, run: Run) -> None:
    """The JSON has the figures of the model beside the base rate and the rules, and says how much there was."""
    found = json.loads(run("backtest", year, "--json").stdout)
    assert found["schema"] == 1
    assert sum(found["states"].values()) >= 1
    assert set(found["targets"]) == {"inactivity", "silence", "slippage", "win", "no_decision"}
    target = found["targets"]["slippage"]
    assert {"cases", "positives", "base_rate", "model", "base", "since_contact", "age"} < set(target)
    assert set(target["intervals"]) == {"roc_auc", "pr_auc", "brier", "log_loss", "ece"}
    assert sum(each["cases"] for each in target["reliability"]) == target["cases"]
    assert target["steadiness"]["days"] > 0
    assert target["compared"] is None
    assert set(target["model"]) == {"cases", "positives", "roc_auc", "pr_auc", "brier", "log_loss", "ece"}
    assert set(target["age"]) == {"roc_auc", "pr_auc"}
    assert found["alerts"]["silent"]["told"] >= 1
    silence = found["warnings"]["silence"]
    assert silence["rules"]["silent"]["told"] > 0
    assert {each["days"] for each in silence["plain"]} == {2, 3, 4, 5, 6, 7}
    assert "as_precise" in silence["plain"][0]
    assert silence["models"]["inactivity"]
    assert found["warnings"]["slip"]["spells"] >= 1


def test_the_same_log_gives_the_same_report(market: Path, run: Run) -> None:
    """Also the intervals, which are drawn."""
    assert run("backtest", market, "--json").stdout == run("backtest", market, "--json").stdout


def test_a_backtest_without_resamples_has_no_intervals(market: Path, run: Run) -> None:
    """And says so by leaving them out."""
    found = json.loads(run("backtest", market, "--json", "--resamples", "0").stdout)
    assert found["resamples"] == 0
    assert [each["intervals"] for each in found["targets"].values()] == [{}] * 5


def test_a_backtest_writes_what_it_is_asked_for(market: Path, run: Run, tmp_path: Path) -> None:
    """Predictions as CSV, alerts and states as they would be on their topics."""
    files = [tmp_path / name for name in ("p.csv", "a.jsonl", "s.jsonl.gz")]
    result = run("backtest", market, "-o", files[0], "--alerts", files[1], "--states", files[2], "--json")
    found = json.loads(result.stdout)
    rows = list(csv.DictReader(files[0].open(encoding="utf-8")))
    assert len(rows) == sum(each["cases"] for each in found["targets"].values())
    alerts = [decode_alert(line) for line in files[1].read_bytes().splitlines()]
    assert sum(alert.transition == "opened" for alert in alerts) == found["transitions"]["opened"]
    assert sum(each["told"] for each in found["alerts"].values()) >= found["transitions"]["opened"]
    assert all(decode_deal(line).facts.id for line in gzip.decompress(files[2].read_bytes()).splitlines())


def test_a_range_of_creation_days_includes_its_last_day(market: Path, run: Run) -> None:
    """The ranges before and from a day on, together, are everything."""
    whole = json.loads(run("backtest", market, "--json").stdout)
    first = json.loads(run("backtest", market, "--json", "--until", "2024-01-08").stdout)
    rest = json.loads(run("backtest", market, "--json", "--since", "2024-01-09").stdout)
    assert 0 < first["deals"] < whole["deals"]
    assert first["deals"] + rest["deals"] == whole["deals"]
    for target, found in whole["targets"].items():
        assert first["targets"][target]["cases"] + rest["targets"][target]["cases"] == found["cases"]


def test_a_backtest_prints_a_table_for_people(year: Path, run: Run) -> None:
    """Model, base rate and rules stand under each other."""
    shown = run("backtest", year).stdout
    for words in (
        "slippage:",
        "model",
        "base rate",
        "rule: days since last contact",
        "rule: age of the deal",
        "95 % interval, from",
        "skill week by week",
        "reached the deal's inactivity horizon",
        "rule: no contact for 4 days",
        "passed without a win",
        "as precise as a rule, the model's daily probability",
        "dead letters: none",
    ):
        assert words in shown


@pytest.fixture(scope="session")
def wide(year: Path) -> str:
    """Return the report on that market, beside LightGBM, on a terminal on which every line finds room."""
    surroundings = {"COLUMNS": "400", "DEALWATCH_CONFIG": None}
    return CliRunner().invoke(app, ["backtest", str(year), "--compare"], prog_name="dealwatch", env=surroundings).stdout


@needs_lightgbm
def test_a_report_fits_a_terminal_of_100_columns(
    year: Path, wide: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is longer, and none is broken: every row of a table has its numbers."""
    monkeypatch.setenv("COLUMNS", "100")
    narrow = run("backtest", year, "--compare").stdout
    assert max(len(line) for line in narrow.splitlines()) <= 100
    assert len(narrow.splitlines()) == len(wide.splitlines())


@needs_lightgbm
def test_a_backtest_is_compared_with_lightgbm(year: Path, wide: str, run: Run) -> None:
    """On the rows that it could answer: those of months before which outcomes were known."""
    target = json.loads(run("backtest", year, "--compare", "--json").stdout)["targets"]["inactivity"]
    compared = target["compared"]
    assert 0 < compared["cases"] < target["cases"]
    assert compared["model"]["cases"] == compared["rival"]["cases"] == compared["cases"]
    assert set(compared["difference"]) == {"roc_auc", "pr_auc", "brier", "log_loss", "ece"}
    assert f"the {compared['cases']:,} of {target['cases']:,} that LightGBM, trained anew each month, could" in wide
    assert "model minus LightGBM" in wide


@pytest.mark.parametrize(("name", "begins"), [("r.png", b"\x89PNG"), ("r.svg", b"<?xml")])
def test_a_backtest_draws_what_it_is_asked_for(
    market: Path, run: Run, tmp_path: Path, name: str, begins: bytes
) -> None:
    """The kind of picture goes by its name."""
    assert run("backtest", market, "--plot", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(("option", "library"), [("--compare", "lightgbm"), ("--plot=r.png", "matplotlib")])
def test_an_extra_that_is_not_installed_is_found_before_the_work(
    market: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, library: str
) -> None:
    """With the command that installs it; nothing is left lying around."""
    monkeypatch.setitem(sys.modules, library, None)
    result = run("backtest", market, option)
    assert result.exit_code == 1
    assert f"`pip install {library}`" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_picture_of_another_kind_is_refused(market: Path, run: Run) -> None:
    """Two kinds are drawn."""
    result = run("backtest", market, "--plot", "r.gif")
    assert result.exit_code == 2
    assert "ends in .png or .svg" in " ".join(result.stderr.split())


@needs_lightgbm
def test_a_log_of_one_deal_is_judged_as_far_as_that_goes(run: Run, tmp_path: Path) -> None:
    """Figures without intervals, targets with one outcome without figures, and no month to compare."""
    path = tmp_path / "one.jsonl"
    events = [an_opportunity(0), a_close_date(0.5, 20), *(a_call(day) for day in (1, 2, 3)), a_loss(30)]
    path.write_bytes(b"\n".join(encode(each) for each in events))
    shown = run("backtest", path, "--compare", "--plot", tmp_path / "one.png").stdout
    assert "LightGBM: nothing to compare" in shown
    assert "both outcomes are needed to judge predictions" in shown
    assert "95 % interval" not in shown
    assert (tmp_path / "one.png").read_bytes()


def test_alerts_are_judged_by_kind_of_deal_where_the_truth_is_given(run: Run, tmp_path: Path) -> None:
    """Every kind has its line, and a sum."""
    events, truth = tmp_path / "world.jsonl", tmp_path / "world.truth.jsonl"
    assert run("generate", "-o", events, "--deals", "25", "--days", "50").exit_code == 0
    found = json.loads(run("backtest", events, "--truth", truth, "--resamples", "0", "--json").stdout)["kinds"]
    assert sum(kind["deals"] for kind in found.values()) >= 20
    shown = run("backtest", events, "--truth", truth, "--resamples", "0").stdout
    lines = [line.split() for line in shown.partition("alerts about silence by kind")[2].splitlines()]
    total = next(line for line in lines if line[:1] == ["all"])
    assert [int(each) for each in total[1:]] == [
        sum(kind[what] for kind in found.values()) for what in ("deals", "rule", "alerts")
    ]
    refused = run("backtest", events, "--truth", events)
    assert refused.exit_code == 1
    assert "name the .truth.jsonl that dealwatch generate wrote" in refused.stderr


def test_an_output_that_cannot_be_written_is_found_before_the_work(market: Path, run: Run) -> None:
    """Nobody waits a minute to learn that a folder is missing, and nothing is left lying around."""
    result = run("backtest", market, "-o", "nowhere/p.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: nowhere/p.csv: No such file or directory")


def test_a_backtest_of_something_else_fails_with_the_reasons(run: Run, tmp_path: Path) -> None:
    """A CSV is no event file; nothing is written about it."""
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    result = run("backtest", path, "-o", tmp_path / "p.csv")
    assert result.exit_code == 1
    assert "none of its lines is an event: 3 wrong_type, 1 not_json" in result.stderr
    assert not (tmp_path / "p.csv").exists()


def test_the_same_seed_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    """Event file and truth are a function of what is on the command line."""
    for name in ("a", "b"):
        assert (
            run(
                "generate", "--seed", "3", "--deals", "5", "--days", "10", "-o", tmp_path / f"{name}.jsonl.gz"
            ).exit_code
            == 0
        )
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert (tmp_path / "a.truth.jsonl").read_bytes() == (tmp_path / "b.truth.jsonl").read_bytes()


def test_the_truth_begins_with_its_world_and_the_summary_counts_it(run: Run, tmp_path: Path) -> None:
    """The hidden truth lies beside the events, and can be generated again from its first line."""
    path = tmp_path / "events.jsonl"
    found = json.loads(
        run("generate", "--deals", "6", "--days", "10", "--start", "2025-03-03", "-o", path, "--json").stdout
    )
    truths = [read_truth(line) for line in (tmp_path / "events.truth.jsonl").read_bytes().splitlines()]
    assert isinstance(truths[0], WorldTruth)
    assert (truths[0].deals, truths[0].days, truths[0].start.date().isoformat()) == (6, 10, "2025-03-03")
    assert found["lines"] == len(path.read_bytes().splitlines())
    assert found["told"]["deal"] == 6


def test_the_summary_of_the_truth_counts_in_words(run: Run, tmp_path: Path) -> None:
    """One deal, six deals."""
    for number, words in ((6, "6 deals"), (1, "1 deal,")):
        shown = run("generate", "--deals", str(number), "--days", "20", "-o", tmp_path / "e.jsonl").stdout
        truth = shown.splitlines()[1].partition(": ")[2]
        assert words in f"{truth},"
        assert "_" not in truth
        assert f"{number} deal, " not in truth or number == 1


def test_teams_have_the_habits_that_were_asked_for(run: Run, tmp_path: Path) -> None:
    """The world's first line of the truth says so, and so does each of the team's deals."""
    habits = ["--habit", "team-uk-1=skips_stages", "--habit", "team-uk-1=weekly_review"]
    run("generate", "--deals", "20", "--days", "20", "-o", tmp_path / "e.jsonl", *habits)
    world, *rest = [read_truth(line) for line in (tmp_path / "e.truth.jsonl").read_bytes().splitlines()]

    assert isinstance(world, WorldTruth)
    assert world.settings.team_habits == {"team-uk-1": ("skips_stages", "weekly_review")}
    found = {each.team: each.habits for each in rest if isinstance(each, DealTruth)}
    assert {team for team, each in found.items() if each} == {"team-uk-1"}


@pytest.mark.parametrize("habit", ["team-de-9=favourites", "team-de-1=sings", "team-de-1", "=favourites"])
def test_a_habit_that_is_none_is_wrong_use(run: Run, tmp_path: Path, habit: str) -> None:
    """What there is is said, and nothing is written."""
    failed = run("generate", "-o", tmp_path / "e.jsonl", "--habit", habit)

    assert failed.exit_code == 2
    assert "skips_stages" in failed.stderr
    assert not list(tmp_path.iterdir())


def test_generated_events_need_a_file_of_their_own(run: Run) -> None:
    """Two files cannot go to one output."""
    assert run("generate", "-o", "-").exit_code == 2


@pytest.fixture
def log(tmp_path: Path) -> tuple[Path, Path]:
    """Return a log and its mapping."""
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    return tmp_path / "log.csv", tmp_path / "mapping.toml"


def test_a_conversion_accounts_for_every_row(log: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    """Rows read are events written and rows left out, with the reason."""
    source, mapping = log
    found = json.loads(run("convert", source, "--mapping", mapping, "-o", tmp_path / "e.jsonl", "--json").stdout)
    assert (found["rows_read"], found["events_written"], found["rows_left_out"]) == (3, 2, 1)
    assert sum(found["left_out_by_reason"].values()) == 1
    shown = run("convert", source, "--mapping", mapping, "-o", tmp_path / "e.jsonl").stdout
    assert "3 rows read = 2 events written + 1 rows left out" in shown


def test_events_on_standard_output_leave_the_account_to_standard_error(log: tuple[Path, Path], run: Run) -> None:
    """A pipe gets events and nothing else; two documents on one output are wrong use."""
    source, mapping = log
    assert run("convert", source, "--mapping", mapping, "-o", "-", "--json").exit_code == 2


def test_a_mapping_that_is_wrong_is_said_in_one_line(log: tuple[Path, Path], run: Run) -> None:
    """Whoever writes a mapping learns what is wrong with it."""
    source, mapping = log
    mapping.write_text("source = 1", encoding="utf-8")
    result = run("convert", source, "--mapping", mapping, "-o", "e.jsonl")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "err-connector-mapping-invalid" in result.stderr
