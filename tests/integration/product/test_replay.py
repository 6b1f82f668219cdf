"""A log through Kafka and the worker: accounted for, the same as the backtest, the same again, whatever is killed."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest

from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.config.plays import shipped
from tests.integration.product.conftest import Product, eventually

DEALS, DAYS = 80, 40


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated log with late, duplicate, out-of-order and malformed lines."""
    from streams.cli.generate import generate

    path = tmp_path_factory.mktemp("log") / "events.jsonl.gz"
    generate(output=path, seed=11, deals=DEALS, days=DAYS, start="2026-01-05", json=False)
    return path


@pytest.fixture(scope="module")
def expected(log: Path) -> Result:
    """Return what the core makes of the log without Kafka."""
    with gzip.open(log) as lines:
        return run(
            (line.rstrip(b"\n") for line in lines), Policy(playbook=shipped()), int(time.time() * 1000), partitions=4
        )


def facts_of(product: Product) -> dict[str, object]:
    """The facts of every deal on the topic."""
    return {name: deal.facts for name, deal in product.deals().items()}


def said_by(product: Product) -> set[tuple[str, int, int]]:
    """Every transition of every alert: id, sequence, time."""
    return {(alert.id, alert.sequence, alert.at) for alert in product.alerts()}


def assert_as_expected(product: Product, expected: Result) -> None:
    """States and alerts on the topics are those of the backtest."""
    assert {name: deal.facts for name, deal in expected.deals.items()} == facts_of(product)
    assert {(alert.id, alert.sequence, alert.at) for alert in expected.alerts} == said_by(product)


def test_every_event_is_accounted_for_and_a_second_replay_changes_nothing(
    product: Product, log: Path, expected: Result
) -> None:
    """A log through Kafka gives the states and alerts of the backtest; sent again it is recognised as a repeat."""
    product.start_worker().wait_ready()

    first = json.loads(product.run("replay", log, "--json").stdout)

    assert first["balanced"]
    assert first["events_sent"] == first["folded"] + first["duplicates"] + first["dead_letters"]
    assert first["dead_letters"] == len(expected.rejections) > 0
    assert first["folded"] == sum(deal.facts.events for deal in expected.deals.values())
    assert_as_expected(product, expected)
    said = len(product.records("deal.alerts"))

    second = json.loads(product.run("replay", log, "--json").stdout)

    assert second["balanced"]
    assert second["folded"] == 0
    assert said == len(product.records("deal.alerts"))
    assert_as_expected(product, expected)


def test_a_worker_killed_again_and_again_leaves_the_same_states_and_alerts(
    product: Product, log: Path, expected: Result
) -> None:
    """`kill -9` in the middle, several times, then a restart: states and alert ids of an undisturbed run."""
    product.run("replay", log, "--no-wait")
    killed_midway = 0
    for _ in range(3):
        worker = product.start_worker()
        before = product.waiting()
        eventually(lambda before=before: product.waiting() < before or before == 0, 90, soon=True)  # type: ignore[misc]  # bound now
        worker.kill()
        killed_midway += product.waiting() > 0
    product.start_worker()
    eventually(lambda: product.waiting() == 0, 180)

    assert killed_midway > 0, "no kill fell into the middle of the log: make it longer"
    assert_as_expected(product, expected)


def test_two_workers_share_the_partitions_and_one_takes_over(product: Product, log: Path, expected: Result) -> None:
    """Two workers split the work; when one is killed the other one finishes it, with the same result."""
    first = product.start_worker().wait_ready()
    product.start_worker().wait_ready()
    product.run("replay", log, "--no-wait")
    time.sleep(2)
    first.kill()

    eventually(lambda: product.waiting() == 0, 180)

    assert_as_expected(product, expected)
