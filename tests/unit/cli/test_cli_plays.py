"""`dealwatch plays`: what there is, whether a tenant's are right, what difference they make."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.cli.samples import Run
from tests.unit.plays.test_files import OWN


def test_plays_are_listed_the_most_specific_first(run: Run, tmp_path: Path) -> None:
    """Those of a folder stand among those that come with the product."""
    (tmp_path / "own.toml").write_text(OWN)
    listed = json.loads(run("plays", "list", "--plays", tmp_path, "--json").stdout)["plays"]
    order = [each["id"] for each in listed]
    assert order.index("stay_close") < order.index("our_own") < order.index("close_plan")
    shown = run("plays", "list").stdout
    assert "re_engage 1" in shown
    assert "our_own" not in shown


def test_one_play_is_shown_for_people_and_as_a_file_would_have_it(run: Run) -> None:
    """Steps with their days, the rhythm, success; a name that is none is answered with one that is."""
    shown = run("plays", "show", "stay_close").stdout
    assert "a light touch every 30 days" in shown
    assert "within 5 business days" in shown
    assert json.loads(run("plays", "show", "stay_close", "--json").stdout)["trigger"]["hold"] == ["budget"]
    refused = run("plays", "show", "stay_clos")
    assert refused.exit_code == 1
    assert "did you mean stay_close?" in refused.stderr


def test_a_folder_is_checked(run: Run, tmp_path: Path) -> None:
    """Right: what it changes. Wrong: exit code 1, and each fault."""
    assert run("plays", "check").stdout == "all plays are as they come with Dealwatch\n"
    (tmp_path / "own.toml").write_text(OWN)
    assert run("plays", "check", tmp_path).stdout == "our_own: version 1\n"
    (tmp_path / "own.toml").write_text(OWN.replace("silent", "silnt"))
    refused = run("plays", "check", tmp_path)
    assert refused.exit_code == 1
    assert "did you mean silent?" in refused.stderr


def test_the_effect_of_plays_is_told_of_an_event_file(run: Run, market: Path) -> None:
    """Both arms and every measure, with a verdict that says when there are too few deals."""
    told = json.loads(run("plays", "effect", "--events", market, "--json").stdout)
    assert {"book_next_step", "fix_close_date"} <= {each["play"] for each in told["effects"]}
    [one] = json.loads(run("plays", "effect", "--events", market, "--play", "book_next_step", "--json").stdout)[
        "effects"
    ]
    assert one["deals_played"] + one["deals_held_out"] > 0
    assert [each["name"] for each in one["measures"]] == ["followed", "succeeded", "replied", "calmed", "won"]
    shown = run("plays", "effect", "--events", market, "--play", "book_next_step").stdout
    assert "too few deals to tell" in shown
    assert "withheld" in shown
    assert "no play was called for" in run("plays", "effect", "--events", market, "--since", "2030-01-01").stdout
