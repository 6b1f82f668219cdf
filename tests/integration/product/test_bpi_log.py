"""The real log of 7,455 loan applications, converted, replayed through Kafka and the worker, and judged."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.connectors.eventfile import read_lines
from streams.connectors.history.convert import Conversion, convert
from tests.integration.product.conftest import PROJECT, Product, eventually

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(900)]

MAPPING = PROJECT / "deploy" / "mappings" / "bpi2012.toml"


@pytest.fixture(scope="module")
def converted(bpi_log: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Conversion]:
    """Return the converted log and its account."""
    path = tmp_path_factory.mktemp("bpi") / "events.jsonl.gz"
    return path, convert(bpi_log, MAPPING, path)


@pytest.fixture(scope="module")
def expected(converted: tuple[Path, Conversion]) -> Result:
    """Return what the core makes of it without Kafka."""
    return run(read_lines(converted[0]), Policy(), int(time.time() * 1000), partitions=4)


def test_every_row_is_accounted_for_although_the_worker_is_killed_and_a_second_replay_changes_nothing(
    product: Product, converted: tuple[Path, Conversion], expected: Result
) -> None:
    """7,455 applications end as 1,336 won and 6,119 lost, with the states and alert ids of the backtest."""
    path, account = converted
    assert account.rows_read == account.events_written + account.rows_left_out == 150_256
    worker = product.start_worker().wait_ready()
    product.run("replay", path, "--no-wait")
    eventually(lambda: 0 < product.waiting() < account.events_written * 3 // 4, 180)
    worker.kill()
    product.start_worker()
    eventually(lambda: product.waiting() == 0, 400)

    assert_same(product, expected)
    before = len(product.records("deal.alerts"))
    again = json.loads(product.run("replay", path, "--json").stdout)

    assert again["balanced"]
    assert (account.events_written, 0, account.events_written, 0) == (
        again["events_sent"],
        again["folded"],
        again["duplicates"],
        again["dead_letters"],
    )
    assert before == len(product.records("deal.alerts"))
    assert_same(product, expected)


def assert_same(product: Product, expected: Result) -> None:
    """States and alerts on the topics are those of the backtest."""
    deals = product.deals()
    assert {"won": 1_336, "lost": 6_119} == Counter(deal.facts.status for deal in deals.values())
    assert {name: deal.facts for name, deal in expected.deals.items()} == {name: d.facts for name, d in deals.items()}
    assert {(each.id, each.sequence, each.at) for each in expected.alerts} == {
        (each.id, each.sequence, each.at) for each in product.alerts()
    }
