"""The real log of loan applications: its first weeks, replayed through Kafka and the worker, and judged."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.config.plays import shipped
from streams.connectors.eventfile import EventWriter, read_lines
from tests.conftest import Converted
from tests.integration.product.conftest import Product, eventually

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(900)]

#: The whole log takes minutes, and what it holds is judged without Kafka (tests/data).
_UNTIL = "2011-10-25"


class Part(NamedTuple):
    """The events of a part of the log, how many they are, and what the core makes of them without Kafka."""

    path: Path
    events: int
    backtest: Result


@pytest.fixture(scope="module")
def part(bpi_events: Converted, tmp_path_factory: pytest.TempPathFactory) -> Part:
    """Return the first three weeks and a half."""
    path = tmp_path_factory.mktemp("part") / "events.jsonl.gz"
    events = 0
    with EventWriter(path) as writer:
        for line in read_lines(bpi_events.path):
            event = orjson.loads(line)
            if event["time"] < _UNTIL:
                writer.write_line(line)
                events += bool(event.get("subject"))  # the line that names the source's horizon is about no deal
    return Part(path, events, run(read_lines(path), Policy(playbook=shipped()), int(time.time() * 1000), partitions=4))


def test_every_event_is_accounted_for_although_the_worker_is_killed_and_a_second_replay_changes_nothing(
    product: Product, part: Part
) -> None:
    """Thousands of applications end with the states and alert ids of the backtest."""
    assert part.events > 17_000
    worker = product.start_worker().wait_ready()
    product.run("replay", part.path, "--no-wait")
    eventually(lambda: 0 < product.waiting() < part.events * 3 // 4, 180, soon=True)
    worker.kill()
    product.start_worker()
    eventually(lambda: product.waiting() == 0, 400)

    assert_same(product, part.backtest)
    before = len(product.records("deal.alerts"))
    again = json.loads(product.run("replay", part.path, "--json").stdout)

    assert again["balanced"]
    assert (part.events, 0, part.events, 0) == (
        again["events_sent"],
        again["folded"],
        again["duplicates"],
        again["dead_letters"],
    )
    assert before == len(product.records("deal.alerts"))
    assert_same(product, part.backtest)


def assert_same(product: Product, expected: Result) -> None:
    """States and alerts on the topics are those of the backtest."""
    deals = product.deals()
    assert min(Counter(deal.facts.status for deal in deals.values())[end] for end in ("open", "won", "lost")) > 100
    assert {name: deal.facts for name, deal in expected.deals.items()} == {name: d.facts for name, d in deals.items()}
    assert {(each.id, each.sequence, each.at) for each in expected.alerts} == {
        (each.id, each.sequence, each.at) for each in product.alerts()
    }
