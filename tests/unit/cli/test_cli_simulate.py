"""`dealwatch alerts simulate` on a small generated organisation: promises kept, nothing lost, advice to be used."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.samples import Run

_DEALS, _DAYS, _REPS = 250, 90, 5


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the events of five reps; the truth lies beside them."""
    from datetime import UTC, datetime

    from streams.cli.generate import _write, truth_path
    from streams.demo.settings import WorldSettings
    from streams.demo.world import World

    path = tmp_path_factory.mktemp("organisation") / "events.jsonl.gz"
    world = World(7, datetime(2026, 1, 5, tzinfo=UTC), WorldSettings(reps=_REPS))
    _write(path, truth_path(path), world, _DEALS, _DAYS)
    return path


@pytest.fixture(scope="module")
def found(organisation: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the command says in one document."""
    from typer.testing import CliRunner

    from streams.cli.main import app

    truth = organisation.with_name("events.truth.jsonl")
    words = ["alerts", "simulate", str(organisation), "--truth", str(truth), "--precision", "0.6", "--json"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_nobody_gets_more_than_five_a_working_day_and_nothing_is_lost(found: dict[str, Any]) -> None:
    """Every alert is sent, named in a digest, or neither for a reason; every owner is listed."""
    assert found["alerts"] == found["sent"] + found["digest"] + found["neither"]
    assert found["sent"] > 20
    assert {each["owner"] for each in found["owners"]} - {""} == {
        "rep-de-01",
        "rep-de-02",
        "rep-fr-01",
        "rep-uk-01",
        "rep-us-01",
    }
    assert 0 < max(each["busiest"] for each in found["owners"]) <= 5
    assert sum(each["sent"] for each in found["rules"].values()) == sum(each["sent"] for each in found["owners"])
    assert set(found["severities"]) <= {"warning", "critical"}


def test_fading_deals_are_told_of_and_holds_are_left_alone(found: dict[str, Any]) -> None:
    """The bars of the product, on few deals: most fades found, most of what was told right."""
    truth = found["truth"]
    assert truth["fading"] >= 5
    assert truth["recall"] >= 0.8
    assert truth["precision"] >= 0.6


def test_what_it_advises_is_a_rules_file(found: dict[str, Any], organisation: Path, run: Run, tmp_path: Path) -> None:
    """The lines can be pasted, and are checked by the command that checks rules."""
    advised = {name: each for name, each in found["thresholds"].items() if each is not None}
    assert advised
    text = "".join(f"[rule.{name}]\nprobability = {each:.2f}\n" for name, each in advised.items())
    assert set(tomllib.loads(text)["rule"]) == set(advised)
    file = tmp_path / "rules.toml"
    file.write_text(text)
    assert run("rules", "check", file).exit_code == 0


def test_a_file_that_is_none_is_wrong_use(run: Run, tmp_path: Path) -> None:
    """With what was wrong, and no traceback."""
    result = run("alerts", "simulate", tmp_path / "absent.jsonl")
    assert result.exit_code != 0
    assert "absent.jsonl" in result.output
