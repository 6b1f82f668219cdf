"""`dealwatch attribution --show`: sources by won value and by risk, and what ended alerts, of an event file."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.cli.generate import generate
from streams.cli.heard import hear
from streams.cli.onrecord import Asked, story
from streams.config.settings import load
from streams.revenue.company import Company
from streams.revenue.seen import Seen
from streams.revenue.standing import Standing
from streams.revenue.tell_coaching import tell_matrix, tell_recoveries
from tests.unit.cli.samples import Run


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an event file of a small organisation over three months."""
    path = tmp_path_factory.mktemp("attribution") / "events.jsonl.gz"
    generate(output=path, seed=4, deals=70, days=90, start="2026-01-05", json=False)
    return path


def asked(run: Run, events: Path, *words: str) -> Any:
    """The JSON document of a question about attribution."""
    done = run("attribution", "--events", events, *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_sources_have_all_that_was_won_the_most_first(generated: Path, run: Run) -> None:
    """The parts of what attribution credits as a whole; nothing is said of alerts where nobody looked at them."""
    whole = asked(run, generated)
    found = asked(run, generated, "--show", "sources")
    values = [Decimal(each["won_value"]) for each in found["sources"]]
    assert found["by"] == "lead_source" and len(values) > 3
    assert values == sorted(values, reverse=True)
    assert sum(values) == Decimal(whole["attribution"]["value"])
    assert found["sources"] == whole["sources"]
    assert {each["at_risk"] for each in found["sources"]} == {each["value_at_risk"] for each in found["sources"]}
    assert found["sources"][0]["value_at_risk"] is None

    shown = run("attribution", "--events", generated, "--show", "sources", "--by", "channel").stdout
    assert "channels as known at 2026-04-0" in shown and "what was won the most first" in shown
    assert "rows do not add up" in shown


def test_risk_ranks_by_the_share_of_open_deals_that_have_an_alert(generated: Path, run: Run) -> None:
    """Of an event file the engine tells which they are; what is at risk is a part of what is open."""
    found = asked(run, generated, "--show", "risk")
    known = [each["at_risk"]["value"] for each in found["sources"] if each["at_risk"] is not None]
    assert known and known == sorted(known, reverse=True)
    assert [each["at_risk"] is None for each in found["sources"]] == sorted(
        each["at_risk"] is None for each in found["sources"]
    )
    for each in found["sources"]:
        assert 0 <= Decimal(each["value_at_risk"]) <= Decimal(each["open_value"])
    assert sum(Decimal(each["value_at_risk"]) for each in found["sources"]) > 0
    by_campaign = asked(run, generated, "--show", "risk", "--by", "campaign")
    assert by_campaign["by"] == "campaign" and len(by_campaign["sources"]) > len(found["sources"])

    shown = run("attribution", "--events", generated, "--show", "risk").stdout
    assert "the largest share of open deals with an alert first" in shown
    assert "the engine tells of this file; nobody answered them" in " ".join(shown.split())


def test_recoveries_add_up_over_rules_and_kinds_of_touches(generated: Path, run: Run) -> None:
    """Each episode ended one way, by one rule; what ended with the buyer is credited once."""
    found = asked(run, generated, "--show", "recoveries")["recoveries"]
    assert found["ended"] == sum(each["ended"] for each in found["rules"]) > 50
    for each in found["rules"]:
        assert each["ended"] == each["buyer"] + each["closed"] + each["late_news"] + each["otherwise"]
    assert sum(each["credit"] for each in found["kinds"]) == pytest.approx(found["recovered"], abs=0.01)
    assert found["going_on"] > 0
    assert {each["play"] for each in found["plays"]} & {"book_next_step", "re_engage"}

    shown = run("attribution", "--events", generated, "--show", "recoveries").stdout
    words = " ".join(shown.split())
    assert f"{found['ended']:,} episodes (reasons of alerts) ended by 2026-04-0" in words
    assert re.search(r"^mail +\d", shown, re.MULTILINE) and re.search(r"^going_quiet +\d", shown, re.MULTILINE)
    assert "not what would have happened without" in words and "too few deals to tell" in words


def test_recoveries_of_a_day_of_the_past_know_nothing_of_what_came_later(
    generated: Path, tmp_path: Path, run: Run
) -> None:
    """As with all questions; before there was an alert nothing ended."""
    cut = tmp_path / "cut.jsonl"
    lines = gzip.decompress(generated.read_bytes()).splitlines()
    cut.write_bytes(
        b"\n".join(takewhile(lambda line: not re.search(rb'"time":"2026-0(2-2|[3-9])', line), lines)) + b"\n"
    )
    words = ("--show", "recoveries", "--as-of", "2026-02-20")
    found = asked(run, generated, *words)
    assert found == asked(run, cut, *words)
    assert 0 < found["recoveries"]["ended"] < asked(run, generated, "--show", "recoveries")["recoveries"]["ended"]
    early = run("attribution", "--events", generated, "--show", "recoveries", "--as-of", "2026-01-06").stdout
    assert "0 episodes (reasons of alerts) ended by 2026-01-06 00:00 UTC, 0 with the buyer; " in early


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "lead_source"], "credit goes to channels and campaigns"),
        (["--show", "recoveries", "--by", "channel"], "recoveries are told by rule, kind of touch and play"),
        (["--show", "risk", "--half-life", "9"], "not with --show risk: nothing decays there"),
        (["--show", "risk", "--events", "-"], "the file is read twice here; name it"),
        (["--show", "recoveries", "--events", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--show", "recoveries", "--as-of", "2020-01-01"], "no deal was on record by then"),
        (["--show", "risk", "--as-of", "2020-01-01"], "no deal was on record by then"),
        (["--show", "losses"], "'losses' is not one of"),
        (["--by", "owner"], "'owner' is not one of"),
    ],
)
def test_what_attribution_cannot_answer_is_said_in_a_sentence(
    generated: Path, run: Run, words: list[str], said: str
) -> None:
    """And nothing on standard output."""
    done = run("attribution", "--events", generated, *words)
    assert done.exit_code in (1, 2)
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_what_is_kept_current_of_recoveries_and_accounts_is_what_the_commands_say(generated: Path, run: Run) -> None:
    """The three topics are read side by side, with rounds in between; the figures are the same in the end."""
    from_command = asked(run, generated, "--show", "recoveries")
    who = Asked(load(prefix=""), Company(), None)
    alerts, plays = hear(who, generated)
    with story(who, generated) as told:
        seen = list(told.deals)
    assert told.at is not None
    standing = Standing(Company())
    for part in range(4):
        for each in seen[part * len(seen) // 4 : (part + 1) * len(seen) // 4]:
            standing.see(each)
        if part == 0:
            for alert in alerts:
                standing.hear(alert)
            for event in plays:
                standing.play(event)
        tell_recoveries(standing, standing.clock + 1)
    kept = tell_recoveries(standing, from_command["at"] + 1)
    assert kept.left_out == 0
    assert _plain(kept.report) == from_command["recoveries"]

    words = ("matrix", "--events", generated, "--by", "account", "--json")
    accounts = json.loads(run(*words).stdout)["accounts"]
    matrix = tell_matrix(_without_alerts(seen), told.at)
    named = [each for each in accounts if each["account"] in {one.account for one in matrix.matrix.accounts}]
    assert named == _plain(matrix.matrix.accounts)
    assert len(named) + matrix.accounts_left_out == len(accounts)


def _without_alerts(seen: list[Seen]) -> Standing:
    """How deals stand as `matrix` reads them of a file, which has no alerts."""
    standing = Standing(Company())
    for each in seen:
        standing.see(each)
    return standing


def _plain(value: object) -> Any:
    """A value as a document has it."""
    return json.loads(msgspec.json.encode(value))
