"""`dealwatch pipeline` as people read it: a period to come, what is counted, and who has a quota and no deal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from streams.connectors.eventfile import EventWriter
from streams.events import deal
from streams.events.envelope import Event
from tests.builders import a_close_date, a_heartbeat, a_win, an_opportunity, calendar_day
from tests.unit.cli.samples import Run

RULES = """
[team.north]
owners = ["ann"]
[team.south]
owners = ["bob"]
"""
COMPANY = """
[quota."FY2024-Q1"]
team.north = 50
team.south = 700
[quota."FY2024-Q2"]
team.north = 400
"""


def born(day: float, name: str, closes: int, amount: str) -> Event:
    """A deal of ann's that is planned to close on a day."""
    data = deal.CreatedData(owner="ann", stage="discovery", position=1, amount=amount, close_date=calendar_day(closes))
    return an_opportunity(day, data, subject=name)


#: Day 0 is the first of January 2024, day 91 the first of April. The deal goes to the second quarter, comes back, goes.
EVENTS = [
    born(2, "sways", 40, "100"),
    a_close_date(5, 100, subject="sways"),
    a_close_date(8, 50, subject="sways"),
    a_close_date(11, 110, subject="sways"),
    born(3, "won", 20, "60"),
    a_win(20, subject="won"),
    a_heartbeat(30),
]


@pytest.fixture
def told(tmp_path: Path, run: Run) -> Any:
    """Return a function that asks for the pipeline: the JSON document, or the text."""
    path, rules, company = tmp_path / "events.jsonl", tmp_path / "rules.toml", tmp_path / "of.toml"
    rules.write_text(RULES, encoding="utf-8")
    company.write_text(COMPANY, encoding="utf-8")
    with EventWriter(path) as writer:
        for event in sorted(EVENTS, key=lambda each: each.at):
            writer.write(event)

    def ask(*words: str, text: bool = False) -> Any:
        files = ("--events", path, "--rules", rules, "--company", company, "--as-of", "2024-01-31")
        done = run("pipeline", *files, *words, *(() if text else ("--json",)))
        assert done.exit_code == 0, done.stderr
        return done.stdout if text else json.loads(done.stdout)

    return ask


def test_a_period_to_come_is_told_since_the_quarter_that_runs_began(told: Any) -> None:
    """Next quarter's pipeline is what is asked in each call: it needs no --since, and is never refused."""
    shown = told("--period", "FY2024-Q2", text=True)
    assert "open deals planned to close in FY2024-Q2, 2024-01-01 00:00 to 2024-01-31 00:00 UTC" in shown
    [unit] = told("--period", "FY2024-Q2")["units"]
    assert unit["waterfall"]["end"] == {"amount": "100.00", "deals": 1, "unvalued": []}


def test_deals_and_times_are_counted_apart(told: Any) -> None:
    """One deal that left the quarter twice is one deal."""
    shown = told("--period", "FY2024-Q1", text=True)
    assert re.search(r"^ +amount +deals +times +most of it", shown, re.MULTILINE)
    assert re.search(r"^pushed out to a later period +-200\.00 +1 +2 +sways -200", shown, re.MULTILINE)


def test_a_unit_that_has_a_quota_and_no_deal_is_told_of(told: Any) -> None:
    """Nobody needs to be told of more than a team that has nothing for its quota."""
    north, south = told("--by", "team")["units"]
    assert (south["unit"]["name"], south["waterfall"]["end"]["amount"]) == ("south", "0.00")
    assert south["coverage"]["missing"] == "700.00"
    assert north["coverage"]["missing"] == "0.00"


def test_a_quota_that_is_reached_is_not_a_quota_that_nobody_named(told: Any) -> None:
    """Each of the two is said by its own words."""
    shown = told("--by", "team", text=True)
    assert "coverage: the quota (50) is reached, 60 is won" in shown
    assert "coverage: no quota is named" in told("--by", "rep", text=True)
