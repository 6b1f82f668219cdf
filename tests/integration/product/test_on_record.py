"""Questions about all deals, asked of the log of a system that runs: what the worker has on record is what is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from streams.admin.alertlog import is_open, latest
from streams.cli.generate import generate
from streams.plays.event import PlayEvent, decode_play_event
from tests.integration.product.conftest import Product, eventually

pytestmark = pytest.mark.kafka


def test_the_pipeline_of_the_log_is_what_the_worker_has_open(product: Product, tmp_path: Path) -> None:
    """Deal for deal and cent for cent, late and refused events included; matrix and coach hear the alerts, too."""
    events = tmp_path / "events.jsonl.gz"
    generate(output=events, seed=11, deals=40, days=60, start="2026-01-05", json=False)
    product.start_worker().wait_ready()
    product.run("replay", events)
    eventually(lambda: product.waiting() == 0, 60)

    [unit] = json.loads(product.run("pipeline", "--period", "all", "--since", "2026-01-20", "--json").stdout)["units"]
    stood = [state.facts for state in product.deals().values() if state.facts.is_open]
    end = unit["waterfall"]["end"]
    assert end["deals"] == len(stood) > 0
    assert Decimal(end["amount"]) == sum(Decimal(each.amount) for each in stood if each.amount is not None)
    assert sorted(end["unvalued"]) == sorted(each.id for each in stood if each.amount is None)
    assert Decimal(unit["gap"]) == 0

    of_file = product.run("matrix", "--events", events).stdout
    of_log = product.run("matrix").stdout
    assert "too few alerts to say (0," in " ".join(of_file.split())
    assert product.alerts() and "too few alerts to say (0," not in " ".join(of_log.split())
    assert "not for employment decisions" in " ".join(product.run("coach").stdout.split())
    assert json.loads(product.run("attribution", "--json").stdout)["sources"]


def test_questions_about_alerts_hear_those_of_the_topics(product: Product, tmp_path: Path) -> None:
    """What is at risk is what `deal.alerts.open` has, or what was open then; episodes end as the alerts say."""
    events = tmp_path / "events.jsonl.gz"
    generate(output=events, seed=12, deals=50, days=80, start="2026-01-05", json=False)
    product.start_worker().wait_ready()
    product.run("replay", events)
    eventually(lambda: product.waiting() == 0, 60)

    deals, alerts = {name: each.facts for name, each in product.deals().items()}, product.alerts()
    alerted = {each.opportunity for each in latest(alerts) if is_open(each)}
    at_risk = [deals[name] for name in alerted if deals[name].is_open]
    risk = ("attribution", "--show", "risk", "--json")
    now = json.loads(product.run(*risk).stdout)["sources"]
    worth = sum(Decimal(each.amount) for each in at_risk if each.amount is not None)
    assert sum(Decimal(each["value_at_risk"]) for each in now) == worth > 0
    last = datetime.fromtimestamp(max(each.at for each in alerts) / 1000 + 1, UTC).isoformat()
    assert [each["value_at_risk"] for each in json.loads(product.run(*risk, "--as-of", last).stdout)["sources"]] == [
        each["value_at_risk"] for each in now
    ]
    then = json.loads(product.run(*risk, "--as-of", "2026-02-10").stdout)["sources"]
    assert 0 < sum(Decimal(each["value_at_risk"]) for each in then) != worth

    found = json.loads(product.run("attribution", "--show", "recoveries", "--json").stdout)["recoveries"]
    reasons = {(each.opportunity, reason.rule) for each in alerts for reason in each.reasons}
    standing = {(each.opportunity, reason.rule) for each in latest(alerts) for reason in each.reasons}
    assert found["going_on"] == len(standing) and found["ended"] >= len(reasons - standing) > 0
    assert found["ended"] == sum(each["ended"] for each in found["rules"])
    assert {each["play"] for each in found["plays"]} <= {each.play for each in product_plays(product)}
    assert "nobody answered them" not in product.run("attribution", "--show", "recoveries").stdout

    for show in ("cohorts", "velocity", "dates", "edits"):
        document = json.loads(product.run("pipeline", "--show", show, "--json").stdout)
        if show == "dates":
            assert [each["open"] for each in document["units"]] == [sum(each.is_open for each in deals.values())]


def product_plays(product: Product) -> list[PlayEvent]:
    """What happened to plays, as the topic has it."""
    return [decode_play_event(record.value) for record in product.records("deal.plays") if record.value is not None]
