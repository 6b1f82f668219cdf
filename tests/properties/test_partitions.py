"""Law: neither the number of partitions nor Python's hash seed changes what a backtest says."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest

from streams.alerts.alert import encode_alert
from streams.alerts.rules.dates import Slipping
from streams.alerts.rules.silence import GoingQuiet
from streams.backtest.predictions import write_csv
from streams.backtest.run import Result, run
from streams.events.contract import encode
from tests.builders import APPENDED_AT, a_market, a_policy

_PROJECT = Path(__file__).parents[2]


def backtest(partitions: int) -> Result:
    """Run a small market on so many partitions."""
    lines = [encode(event) for event in a_market(deals=20, days=45)]
    return run(lines, a_policy(GoingQuiet(min_cases=30), Slipping(min_cases=30)), APPENDED_AT, partitions)


def digest(result: Result) -> str:
    """Return the hash of every alert and every prediction, in a fixed order."""
    text = StringIO()
    write_csv(result.predictions.rows, text)
    alerts = sorted(encode_alert(alert) for alert in result.alerts)
    return sha256(text.getvalue().encode() + b"\n".join(alerts)).hexdigest()


@pytest.fixture(scope="module")
def alone() -> Result:
    """The market on a single partition."""
    return backtest(1)


@pytest.mark.parametrize("partitions", [3, 12])
def test_the_number_of_partitions_makes_no_difference(alone: Result, partitions: int) -> None:
    """One, three and twelve partitions give the same alerts, predictions, facts and models."""
    spread = backtest(partitions)
    assert len(alone.alerts) > 50
    assert sorted(alone.predictions.rows) == sorted(spread.predictions.rows)
    assert sorted(map(encode_alert, alone.alerts)) == sorted(map(encode_alert, spread.alerts))
    assert {name: (deal.facts, deal.watch) for name, deal in alone.deals.items()} == {
        name: (deal.facts, deal.watch) for name, deal in spread.deals.items()
    }
    assert alone.models == spread.models
    assert (alone.lives, alone.ended_at) == (spread.lives, spread.ended_at)


@pytest.mark.parametrize("seed", ["1", "4242"])
def test_the_hash_seed_makes_no_difference(alone: Result, seed: str) -> None:
    """Another process with another hash seed gives the same bytes."""
    program = "from tests.properties.test_partitions import backtest, digest; print(digest(backtest(3)))"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(_PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=_PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert digest(alone) == done.stdout.strip()
