"""What docs/upgrade.md promises of states: those of the schema before are read, those of one to come refused."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from streams.admin.reading import latest_by_key
from streams.alerts.policy import Policy
from streams.backtest.run import Result, run
from streams.config.plays import shipped
from streams.state.codec import PARTITION_KEY, SCHEMA
from streams.state.memory import DealState
from tests.integration.product.conftest import Product

DEALS, DAYS = 60, 40
#: What states of schema 10 did not know; it begins empty.
NEW = frozenset(("product",))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return a generated log with late, duplicate, out-of-order and malformed lines."""
    from streams.cli.generate import generate

    path = tmp_path_factory.mktemp("log") / "events.jsonl.gz"
    generate(output=path, seed=23, deals=DEALS, days=DAYS, start="2026-01-05", json=False)
    return gzip.decompress(path.read_bytes()).splitlines()


@pytest.fixture(scope="module")
def expected(log: list[bytes]) -> Result:
    """Return what the core makes of the log without Kafka."""
    return run(iter(log), Policy(playbook=shipped()), int(time.time() * 1000), partitions=4)


def replay(product: Product, lines: list[bytes], name: str) -> None:
    """Send lines through Kafka and wait until they are handled."""
    path = product.folder / name
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert json.loads(product.run("replay", path, "--json").stdout)["balanced"]


def without(value: Any, names: frozenset[str]) -> Any:
    """Return a document without these fields, wherever they stand in it."""
    if isinstance(value, dict):
        return {name: without(each, names) for name, each in value.items() if name not in names}
    return [without(each, names) for each in value] if isinstance(value, list) else value


def known_before(deals: Mapping[str, DealState]) -> dict[str, Any]:
    """The facts of deals, but for those that the schema before did not know."""
    return {name: without(msgspec.to_builtins(deal.facts), NEW) for name, deal in deals.items()}


def put_back_a_schema(product: Product) -> int:
    """Write every state as a worker of the schema before had left it; return how many."""
    states = latest_by_key(product.records("deal.state"))
    producer = KafkaProducer(bootstrap_servers=product.bootstrap, acks="all")
    for key, record in states.items():
        value = json.loads(record.value or b"")
        assert value["schema"] == SCHEMA
        old = {**without(value, NEW), "schema": SCHEMA - 1}
        producer.send(
            f"{product.prefix}deal.state",
            key=key,
            value=json.dumps(old, separators=(",", ":"), ensure_ascii=False).encode(),
            partition=record.partition,
            headers=list(record.headers.items()),
        ).get(30)
    producer.close()
    return len(states)


def schemas(product: Product) -> set[int]:
    """Return the schemas of the states that hold now."""
    found = latest_by_key(product.records("deal.state")).values()
    return {json.loads(record.value)["schema"] for record in found if record.value is not None}


def said_by(product: Product) -> list[tuple[str, int]]:
    """Return every alert message in its order, repeats too: id and sequence."""
    found = [json.loads(record.value) for record in product.records("deal.alerts") if record.value is not None]
    return [(each["id"], each["sequence"]) for each in found]


@pytest.mark.kafka
def test_states_of_the_schema_before_are_read_and_written_anew_one_by_one(
    product: Product, log: list[bytes], expected: Result
) -> None:
    """Half of a log, the states as the version before wrote them, the other half: facts and alerts of the whole log."""
    old = product.start_worker().wait_ready()
    replay(product, log[: len(log) // 2], "first.jsonl")
    old.process.terminate()
    assert old.process.wait(30) == 0
    said = said_by(product)
    assert put_back_a_schema(product) > DEALS // 2
    assert schemas(product) == {SCHEMA - 1}

    new = product.start_worker().wait_ready()
    assert said_by(product) == said, "a start with old states tells nothing again"
    replay(product, log[len(log) // 2 :], "second.jsonl")
    assert known_before(product.deals()) == known_before(expected.deals)
    everything = said_by(product)
    assert len(everything) == len(set(everything)) > len(said)
    assert {each for each, _ in everything} == {alert.id for alert in expected.alerts}
    assert SCHEMA in schemas(product) <= {SCHEMA - 1, SCHEMA}, "written anew when something happens to a deal"
    assert new.process.poll() is None


@pytest.mark.kafka
def test_states_of_a_schema_to_come_end_the_worker_so_that_nothing_is_lost(product: Product, log: list[bytes]) -> None:
    """What a rollback over a schema meets: one line that says so, and the states stay as they are."""
    first = product.start_worker().wait_ready()
    replay(product, log[:400], "first.jsonl")
    first.process.terminate()
    assert first.process.wait(30) == 0
    record = next(each for each in product.records("deal.state") if each.key != PARTITION_KEY)
    later = (record.value or b"").replace(b'{"schema":%d' % SCHEMA, b'{"schema":%d' % (SCHEMA + 1), 1)
    assert later != record.value
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    producer.send(
        f"{product.prefix}deal.state",
        key=record.key,
        value=later,
        partition=record.partition,
        headers=list(record.headers.items()),
    ).get(30)
    producer.close()
    before = len(product.records("deal.state"))

    second = product.start_worker()
    assert second.process.wait(60) == 1
    assert "schema" in second.log.read_text().splitlines()[-1]
    assert len(product.records("deal.state")) == before
