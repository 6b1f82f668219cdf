"""`dealwatch pipeline --show`: cohorts, velocity, wrong dates and edits of an event file, as JSON and for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from streams.connectors.eventfile import EventWriter
from streams.events import deal
from streams.events.envelope import Event
from tests.builders import a_close_date, a_heartbeat, a_loss, a_stage, a_win, an_opportunity, calendar_day, ms
from tests.unit.cli.samples import Run

RULES = """
[team.north]
owners = ["ann"]
[team.south]
owners = ["bob"]
"""
MINUTE = 1 / (24 * 60)


@pytest.fixture
def told(tmp_path: Path, run: Run) -> Any:
    """Return a function that asks about events: the JSON document, or the text, of a question."""

    def ask(events: Iterable[Event], *words: str, text: bool = False) -> Any:
        path, rules = tmp_path / "events.jsonl", tmp_path / "rules.toml"
        rules.write_text(RULES, encoding="utf-8")
        with EventWriter(path) as writer:
            for event in sorted(events, key=lambda each: each.at):
                writer.write(event)
        done = run("pipeline", "--events", path, "--rules", rules, *words, *(() if text else ("--json",)))
        assert done.exit_code == 0, done.stderr
        return done.stdout if text else json.loads(done.stdout)

    return ask


def born(day: float, name: str, owner: str = "ann", **data: Any) -> Event:
    """A deal in discovery."""
    data = {"owner": owner, "stage": "discovery", "position": 1, "amount": "100", **data}
    return an_opportunity(day, deal.CreatedData(**data), subject=name)


def of_a_spring() -> list[Event]:
    """Twenty deals of the first quarter, half of which moved on after ten days, and five went; ten of the second."""
    old = [f"old-{number:02d}" for number in range(20)]
    young = [f"new-{number:02d}" for number in range(10)]
    return [
        *(born(10, name, "ann" if number % 2 else "bob") for number, name in enumerate(old)),
        *(a_stage(20, "offer", 2, subject=name) for name in old[:10]),
        *(a_loss(40, subject=name) for name in old[10:15]),
        *(born(100, name) for name in young),
        a_stage(105, "offer", 2, subject=young[0]),
        a_heartbeat(120),
    ]


def test_cohorts_say_how_each_stage_is_left_with_those_still_in_it_at_risk(told: Any) -> None:
    """By the quarter of the entry, whenever they left; the parts of a level are all stays."""
    found = told(of_a_spring(), "--show", "cohorts", "--as-of", "2024-05-05")
    told_of = {(each["stage"], each["period"]): each for each in found["cohorts"]}
    old, young = told_of["discovery", "FY2024-Q1"], told_of["discovery", "FY2024-Q2"]
    assert (old["stays"], old["going"]) == (20, 5)
    chances = {"forward": 0.5, "back": 0.0, "won": 0.0, "lost": 0.25, "no_decision": 0.0, "going": 0.25}
    assert old["chances"] == pytest.approx(chances)
    assert old["median_days"] == 10
    assert (young["stays"], young["going"], young["median_days"]) == (10, 9, None)
    assert young["chances"]["forward"] == pytest.approx(0.1)
    assert told_of["offer", "FY2024-Q1"]["stays"] == 10

    by_team = told(of_a_spring(), "--show", "cohorts", "--by", "team", "--as-of", "2024-05-05")["cohorts"]
    assert {each["unit"]["name"] for each in by_team} == {"north", "south"}
    assert sum(each["stays"] for each in by_team) == sum(each["stays"] for each in found["cohorts"])
    late = told(of_a_spring(), "--show", "cohorts", "--since", "2024-04-01", "--as-of", "2024-05-05")["cohorts"]
    assert {each["period"] for each in late} == {"FY2024-Q2"}


def test_cohorts_for_people_say_nothing_of_a_few_and_compare_by_the_same_age(told: Any) -> None:
    """One stay in an offer is too few; a cohort that is 20 days old has no day 30 yet."""
    shown = told(of_a_spring(), "--show", "cohorts", "--as-of", "2024-04-29", text=True)
    assert "the company: stays that began from 2023-04-01 00:00 on, as known at 2024-04-29 00:00 UTC" in shown
    old = r"^discovery +FY2024-Q1 +20 +50% +0% +25% +0% +0% +25% +10 +50%$"
    young = r"^discovery +FY2024-Q2 +10 +10% +0% +0% +0% +0% +90% +- +-$"
    for line in (old, young, r"^offer +FY2024-Q2 +1 +too few *$"):
        assert re.search(line, re.sub(" +$", "", shown, flags=re.MULTILINE), re.MULTILINE), line
    early = told(of_a_spring(), "--show", "cohorts", "--since", "2024-04-25", "--as-of", "2024-04-29", text=True)
    assert "no deal entered a stage from 2024-04-25 00:00 to 2024-04-29 00:00 UTC; name an earlier --since" in early


def test_velocity_is_told_with_what_it_is_made_of(told: Any) -> None:
    """Of each unit, the one that yields most first; for people nothing of fewer than five wins."""
    names = [f"opp-{number}" for number in range(12)]
    events: list[Event] = [born(0, name, amount="400") for name in names]
    events += [a_win(20, subject=name) for name in names[:6]]
    events += [a_loss(20, subject=name) for name in names[6:8]]
    events += [born(0, "bob-1", "bob"), a_heartbeat(40)]
    north, south = told(events, "--show", "velocity", "--by", "team", "--as-of", "2024-02-01")["velocities"]
    assert (north["unit"]["name"], north["open"], north["created"], north["won"]) == ("north", 4, 12, 6)
    assert (north["win_rate"], north["average"], north["cycle_days"]) == (pytest.approx(0.5), "400.00", 20)
    assert north["a_day"] == pytest.approx(4 * 0.5 * 400 / 20)
    assert (south["unit"]["name"], south["open"], south["a_day"]) == ("south", 1, None)

    shown = told(events, "--show", "velocity", "--by", "team", "--as-of", "2024-02-01", text=True)
    assert re.search(r"^team north +4 +12 +50% +6 +400 +20 days +40$", shown, re.MULTILINE)
    assert re.search(r"^team south +1 +1 +- +0 +- +- +too few$", shown, re.MULTILINE)
    assert "Of fewer than 5 wins nothing is said" in shown


def with_wrong_dates() -> list[Event]:
    """Deals that are won after a month, none sooner; and five that are open, four with a date that cannot be right."""
    events: list[Event] = []
    for number in range(40):
        events += [born(0, f"won-{number}"), a_win(30, subject=f"won-{number}")]
    events += [born(60, name, amount=worth) for name, worth in (("over", "500"), ("none", "900"), ("soon", "300"))]
    events += [born(60, "good", "bob"), born(60, "made-up", "bob", amount=None)]
    events += [
        a_close_date(60, 69, subject="over"),
        a_close_date(60, 72, subject="soon"),
        a_close_date(60, 150, subject="good"),
        a_close_date(60, 150, subject="made-up", origin="default"),
        a_heartbeat(80),
    ]
    return events


def test_dates_that_cannot_be_right_are_listed_by_value_with_the_day_to_propose(told: Any) -> None:
    """Each fault is counted; the proposed day is not before the safe one, and neither has passed."""
    as_of = (calendar_day(70)).isoformat()
    [whole] = told(with_wrong_dates(), "--show", "dates", "--as-of", as_of)["units"]
    assert (whole["open"], whole["value"]) == (5, "1700.00")
    assert whole["counts"] == {"over": 1, "missing": 1, "early": 1, "default": 1}
    told_of = [(each["date"]["deal"], each["date"]["fault"], each["value"]) for each in whole["deals"]]
    assert told_of == [
        ("none", "missing", "900.00"),
        ("over", "over", "500.00"),
        ("soon", "early", "300.00"),
        ("made-up", "default", None),
    ]
    for each in whole["deals"]:
        assert as_of < each["date"]["proposed"] < each["date"]["safe"]
    proposed = whole["deals"][0]["date"]["proposed"]
    assert calendar_day(85).isoformat() <= proposed <= calendar_day(95).isoformat(), "ten of thirty days are over"

    teams = told(with_wrong_dates(), "--show", "dates", "--by", "team", "--as-of", as_of)["units"]
    assert [(each["unit"]["name"], each["open"], len(each["deals"])) for each in teams] == [
        ("north", 3, 3),
        ("south", 2, 1),
    ]


def test_dates_of_a_period_are_those_that_are_planned_in_it(told: Any) -> None:
    """A deal without a date is planned in none."""
    as_of = (calendar_day(70)).isoformat()
    found = told(with_wrong_dates(), "--show", "dates", "--period", "FY2024-Q1", "--as-of", as_of)
    [whole] = found["units"]
    assert (found["period"], whole["open"]) == ("FY2024-Q1", 2)
    assert {each["date"]["deal"] for each in whole["deals"]} == {"over", "soon"}
    shown = told(with_wrong_dates(), "--show", "dates", "--period", "FY2030", "--as-of", as_of, text=True)
    assert f"no open deal planned to close in FY2030 at {as_of} 00:00 UTC" in shown


def test_dates_for_people_say_what_each_fault_is(told: Any) -> None:
    """With the share of wins that come by the planned day, and what it rests on."""
    as_of = (calendar_day(70)).isoformat()
    shown = " ".join(told(with_wrong_dates(), "--show", "dates", "--as-of", as_of, text=True).split())
    assert "the company: 4 of 5 open deals have a date that cannot be right, 1,700.00: 1 over, 1 missing" in shown
    assert re.search(r"soon ann 300 \d{4}-\d\d-\d\d early \d+% \d{4}-\d\d-\d\d \d{4}-\d\d-\d\d", shown)
    assert "early: less than 25% of such wins come by then" in shown
    assert "as 40 stays in stages tell" in shown


def test_a_planned_close_is_the_day_that_was_said_where_the_company_has_its_own_time_zone(
    told: Any, tmp_path: Path
) -> None:
    """A deal that names no zone is planned for the company's day, on whichever side of Greenwich."""
    said = calendar_day(69).isoformat()
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "UTC"):
        company = tmp_path / "company.toml"
        company.write_text(f'timezone = "{zone}"', encoding="utf-8")
        words = ("--show", "dates", "--company", str(company), "--as-of", calendar_day(75).isoformat())
        [whole] = told(with_wrong_dates(), *words)["units"]
        assert {each["date"]["planned"] for each in whole["deals"] if each["date"]["deal"] == "over"} == {said}


def with_edits() -> list[Event]:
    """Ann pushes six deals the evening before the quarter ends (day 91), Bob twenty on as many days."""
    opened = [born(0, f"ann-{number}") for number in range(6)] + [
        born(0, f"bob-{number}", "bob") for number in range(3)
    ]
    sitting = [a_close_date(90 + 5 * number * MINUTE, 200, subject=f"ann-{number}", actor="ann") for number in range(6)]
    steady = [a_close_date(3 * day, 200 + day, subject=f"bob-{day % 3}", actor="bob") for day in range(1, 24)]
    return [*opened, *sitting, *steady, a_heartbeat(100)]


def test_edits_in_batches_say_before_which_end_of_a_quarter_they_came(told: Any) -> None:
    """And each person's late share, beside that of even work."""
    found = told(with_edits(), "--show", "edits", "--since", "2024-01-01", "--as-of", calendar_day(100).isoformat())
    [whole] = found["units"]
    assert found["calls"] == [ms(91)]
    [batch] = whole["batches"]
    assert (batch["by"], len(batch["deals"]), batch["call"]) == ("ann", 6, ms(91))
    people = {each["late"]["by"]: each for each in whole["people"]}
    assert (people["ann"]["share"], people["bob"]["share"]) == (1.0, 0.0)
    assert people["bob"]["late"]["expected"] == pytest.approx(2 / 100, rel=0.01)

    teams = told(with_edits(), "--show", "edits", "--by", "team", "--as-of", calendar_day(100).isoformat())["units"]
    assert [(each["unit"]["name"], len(each["batches"])) for each in teams] == [("north", 1), ("south", 0)]


def test_edits_for_people_leave_out_who_made_a_few(told: Any) -> None:
    """Six of Ann's say nothing of how she works; a time without a call says so."""
    words = ("--show", "edits", "--as-of", calendar_day(100).isoformat())
    shown = told(with_edits(), *words, text=True)
    assert re.search(r"^ann +2024-03-31 00:00 +25 +6 +6 +close date changed 6 +2024-04-01 00:00", shown, re.MULTILINE)
    assert re.search(r"^bob +23 +0 +0% +\d+%", shown, re.MULTILINE)
    assert "1 with fewer than 20 edits: too few to say" in shown and "coaching, not for judging people" in shown
    quiet = told(with_edits(), "--show", "edits", "--as-of", "2024-02-01", "--since", "2024-01-05", text=True)
    assert "no forecast call and no end of a quarter lies in that time" in " ".join(quiet.split())
    none = told(with_edits(), "--show", "edits", "--as-of", "2024-04-09", "--since", "2024-04-08", text=True)
    assert "nobody edited a deal from 2024-04-08 00:00 to 2024-04-09 00:00 UTC" in none


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--show", "cohorts", "--period", "FY2024"], "not with --show cohorts: a cohort is what entered a stage"),
        (["--show", "velocity", "--period", "all"], "not with --show velocity: velocity is of all open deals"),
        (["--show", "velocity", "--since", "3d"], "not with --show velocity: velocity always looks back a year"),
        (["--show", "dates", "--since", "3d"], "not with --show dates: dates are as they stand"),
        (["--show", "edits", "--period", "FY2024"], "not with --show edits: edits are counted by when they were made"),
        (["--show", "dates", "--period", "soon"], "is no period"),
        (["--show", "edits", "--since", "2027-01-01"], "would begin after it ends"),
        (["--show", "cohorts", "--since", "2027-01-01"], "would begin after it ends"),
        (["--show", "slips"], "'slips' is not one of"),
        (["--show", "dates", "--as-of", "2000-01-01"], "no deal was on record by then"),
    ],
)
def test_what_narrows_nothing_is_refused_with_the_reason(words: list[str], said: str, tmp_path: Path, run: Run) -> None:
    """In a sentence, and nothing on standard output."""
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        for event in (born(0, "a"), a_win(5, subject="a")):
            writer.write(event)
    done = run("pipeline", "--events", path, *words)
    assert done.exit_code in (1, 2)
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""
