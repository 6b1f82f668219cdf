"""The real log of 7,455 loan applications, converted, replayed through Kafka and the worker, and judged."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from streams.backtest.run import Result
from tests.conftest import Converted
from tests.integration.product.conftest import Product, eventually

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(900)]


def test_every_row_is_accounted_for_although_the_worker_is_killed_and_a_second_replay_changes_nothing(
    product: Product, bpi_events: Converted, bpi_backtest: Result
) -> None:
    """7,455 applications end as 1,336 won and 6,119 lost, with the states and alert ids of the backtest."""
    path, account = bpi_events
    assert account.rows_read == account.events_written + account.rows_left_out == 150_256
    worker = product.start_worker().wait_ready()
    product.run("replay", path, "--no-wait")
    eventually(lambda: 0 < product.waiting() < account.events_written * 3 // 4, 180)
    worker.kill()
    product.start_worker()
    eventually(lambda: product.waiting() == 0, 400)

    assert_same(product, bpi_backtest)
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
    assert_same(product, bpi_backtest)


def assert_same(product: Product, expected: Result) -> None:
    """States and alerts on the topics are those of the backtest."""
    deals = product.deals()
    assert {"won": 1_336, "lost": 6_119} == Counter(deal.facts.status for deal in deals.values())
    assert {name: deal.facts for name, deal in expected.deals.items()} == {name: d.facts for name, d in deals.items()}
    assert {(each.id, each.sequence, each.at) for each in expected.alerts} == {
        (each.id, each.sequence, each.at) for each in product.alerts()
    }
