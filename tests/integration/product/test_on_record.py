"""Questions about all deals, asked of the log of a system that runs: what the worker has on record is what is told."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from streams.cli.generate import generate
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
