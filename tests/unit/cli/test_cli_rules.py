"""`dealwatch rules`: the list, one rule in full, and a file that is right or wrong."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from streams.alerts.alert import decode_alert
from streams.alerts.parameters import described
from streams.alerts.registry import BY_NAME, RULES
from streams.backtest.tellings import tellings
from streams.connectors.eventfile import EventWriter
from tests.builders import a_call, a_clock, an_opportunity, new_rules
from tests.unit.cli.samples import Run

MINE = """
[rule.silent]
factor = 2
[rule.no_next_step]
on = false
[team.emea]
owners = ["rep-1"]
[team.emea.rule.silent]
min_days = 5
[team.emea.rule.no_next_step]
on = true
"""


@pytest.fixture
def mine() -> Path:
    """Return a file with parameters of everybody and of a team."""
    path = Path("mine.toml")
    path.write_text(MINE)
    return path


def test_the_list_has_every_rule_with_its_severities(run: Run) -> None:
    """For people as a table, for programs with everything."""
    shown = run("rules", "list").stdout
    assert all(f"\n{rule.name} " in shown for rule in RULES)
    listed = json.loads(run("rules", "list", "--json").stdout)["rules"]
    assert [each["name"] for each in listed] == [rule.name for rule in RULES]
    assert all(each["on"] and each["meaning"] and each["severities"] for each in listed)


def test_the_list_says_what_is_off_and_for_whom(run: Run, mine: Path) -> None:
    """A rule may be off for everyone, and speak for a team."""
    [row] = [line for line in run("rules", "list", "--rules", mine).stdout.splitlines() if "no_next_step" in line]
    assert "off (on: emea)" in row
    [one] = [
        each for each in json.loads(run("rules", "list", "--rules", mine, "--json").stdout)["rules"] if not each["on"]
    ]
    assert one["name"] == "no_next_step"


def test_a_rule_is_shown_with_the_parameters_of_every_team(run: Run, mine: Path) -> None:
    """What holds for everyone, for each team, as declared, and where that comes from."""
    shown = run("rules", "show", "silent", "--rules", mine).stdout
    rule = BY_NAME["silent"]
    for text in (rule.meaning, rule.example, rule.clears_when, "a hold or a planned meeting", "everyone", "emea"):
        assert text in shown
    found = json.loads(run("rules", "show", "silent", "--rules", mine, "--json").stdout)
    parameters = {each["name"]: each for each in found["parameters"]}
    assert list(parameters) == [each.name for each in described(rule.parameters)]
    assert (parameters["factor"]["value"], parameters["factor"]["default"]) == (2.0, 1.5)
    assert parameters["factor"]["teams"] == {"emea": 2.0}
    assert parameters["min_days"]["teams"] == {"emea": 5.0}
    assert parameters["factor"]["origin"]


def test_the_default_file_is_read_where_it_is(run: Run) -> None:
    """Without an option: the setting, else `rules.toml` in the working folder."""
    Path("rules.toml").write_text("[rule.silent]\nfactor = 1.7\n")
    assert json.loads(run("rules", "check", "--json").stdout)["changes"] == [
        {"place": "rule.silent.factor", "value": 1.7, "default": 1.5}
    ]


def test_a_misspelt_rule_is_answered_with_the_nearest(run: Run) -> None:
    """Exit code 1, one line."""
    result = run("rules", "show", "silnt")
    assert (result.exit_code, result.stderr.strip()) == (
        1,
        "error: there is no rule 'silnt'; did you mean silent? [err-not-found]",
    )


def test_a_file_is_checked_against_the_defaults(run: Run, mine: Path) -> None:
    """Every difference with what it replaces; a file without one says so."""
    shown = run("rules", "check", mine).stdout
    assert ["rule.silent.factor", "2", "1.5"] in [line.split() for line in shown.splitlines()]
    assert ["team.emea.rule.no_next_step.on", "true", "false"] in [line.split() for line in shown.splitlines()]
    Path("empty.toml").write_text("# nothing yet\n")
    assert run("rules", "check", "empty.toml").stdout == "all rules are as declared\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"[rule.silnt]\nfactor = 2\n", "rule.silnt: no such rule; did you mean silent?"),
        (b"[rule.silent]\nfactor = 0.5\n", "rule.silent.factor: 0.5 must be a number of times (> 1, <= 10)"),
        (b"x = [", "no TOML"),
        (b"\xff", "no UTF-8 text"),
        (b"#" * 70_000, "at most 65,536 are read"),
        (None, "No such file or directory"),
    ],
    ids=["name", "bounds", "TOML", "UTF-8", "size", "absent"],
)
def test_a_file_that_cannot_be_used_fails_with_its_faults(run: Run, text: bytes | None, told: str) -> None:
    """Exit code 1: a worker would go on with the rules that it had."""
    if text is not None:
        Path("bad.toml").write_bytes(text)
    result = run("rules", "check", "bad.toml")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: bad.toml: ")
    assert told in result.stderr
    assert result.stderr.rstrip().endswith("[err-rules-wrong]")


def test_a_backtest_goes_by_a_file_in_place_of_the_logs_own_rules(run: Run) -> None:
    """What would have been said with other parameters; without the option the log's own changes hold."""
    off = {"rule": {"silent": {"on": False}}}
    with EventWriter(Path("log.jsonl")) as writer:
        for event in (an_opportunity(0), new_rules(0, off), a_call(0.5), a_clock(30)):
            writer.write(event)
    Path("sooner.toml").write_text("[general]\nusual_gap_days = 5\n")
    said = {}
    for name, options in {"log": [], "file": ["--rules", "sooner.toml"]}.items():
        result = run(
            "backtest", "log.jsonl", "--resamples", "0", "--json", "--alerts", f"alerts-{name}.jsonl", *options
        )
        assert result.exit_code == 0, result.output
        alerts = [decode_alert(line) for line in Path(f"alerts-{name}.jsonl").read_bytes().splitlines()]
        said[name] = [each.move for each in tellings(alerts) if each.rule == "silent"]
    assert said == {"log": [], "file": ["told", "worse"]}


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("show", "silent"), ("show", "silent", "--json")])
def test_a_kafka_that_does_not_answer_is_not_waited_for_long_and_what_is_not_known_is_said(
    words: tuple[str, ...], run: Run
) -> None:
    """Somebody listens there and says nothing. What needs no Kafka is all there, as without one."""
    alone = run("rules", *words, "--offline").stdout
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()
        shown = run("rules", *words, "--broker", address)
    assert time.monotonic() - began < 7.0
    assert shown.exit_code == 0
    assert alone.partition("what people said")[0] in shown.stdout
    missing = f"something listens at {address}, but no Kafka answers within 1.5 s"
    assert missing in (shown.stdout if words == ("show", "silent") else shown.stderr)
