"""A manager's figure through Kafka: from the command or any producer to every partition, and into the forecast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from streams.cli.generate import generate
from streams.events.contract import encode
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.events.envelope import moment_of
from streams.revenue.version import ADJUSTED, ROLLUPS
from streams.runtime.deadletter import DETAIL, REASON
from tests.integration.product.conftest import Product, eventually

pytestmark = pytest.mark.kafka

PARTITIONS = 4
RULES = '[team.north]\nowners = ["rep-uk-01", "rep-uk-02"]\n'


def forecast(product: Product, rules: Path, *words: str) -> dict[str, Any]:
    """The forecast of the log, by team."""
    shown = product.run("forecast", "--by", "team", "--rules", rules, *words, "--json").stdout
    found: dict[str, Any] = json.loads(shown)
    return found


def rolled_up(found: dict[str, Any]) -> list[dict[str, int]]:
    """What each unit comes to by the record alone: time went on a little between two questions."""
    counted = {*ROLLUPS, ADJUSTED}
    return [
        {each["version"]: each["cents"] for each in unit["figures"] if each["version"] in counted}
        for unit in found["units"]
    ]


def figures(product: Product) -> list[tuple[int, bytes]]:
    """What lies of figures on `deal.activity`: partition and value."""
    return [
        (record.partition, record.value)
        for record in product.records("deal.activity")
        if record.value is not None and b"deal.forecast_adjusted.v1" in record.value
    ]


def test_a_figure_goes_to_every_partition_holds_in_the_forecast_and_is_taken_back(
    product: Product, tmp_path: Path
) -> None:
    """Of two that are said one after the other the latter counts; the log says of deals what their file says."""
    events, rules = tmp_path / "events.jsonl.gz", tmp_path / "rules.toml"
    generate(output=events, seed=11, deals=40, days=60, start="2026-01-05", json=False)
    rules.write_text(RULES, encoding="utf-8")
    product.start_worker().wait_ready()
    product.run("replay", events)
    eventually(lambda: product.waiting() == 0, 60)
    before = forecast(product, rules)
    assert before["adjustments"] == []
    of_file = json.loads(product.run("forecast", "--events", events, "--by", "team", "--rules", rules, "--json").stdout)
    assert of_file["units"] == before["units"]

    period, adjust = before["period"], ("forecast", "adjust", "team:north", before["period"])
    by = ("--by", "mia", "--rules", str(rules))
    product.run(*adjust, "70_000_000", "--reason", "a slip of the pen", *by)
    said = product.run(*adjust, "7_000_000", "--reason", "they signed", *by)
    assert said.stdout == f"team north, {period}: 7,000,000.00 by mia (they signed)\n"
    copies = figures(product)
    assert sorted(number for number, _ in copies) == sorted([*range(PARTITIONS)] * 2)
    assert len({value for _, value in copies}) == 2

    found = forecast(product, rules)
    [figure] = found["adjustments"]
    assert (figure["by"], figure["cents"], figure["reason"]) == ("mia", 700_000_000, "they signed")
    north = next(each for each in found["units"] if each["unit"] == {"level": "team", "name": "north"})
    assert {"adjusted": 700_000_000}.items() <= {each["version"]: each["cents"] for each in north["figures"]}.items()
    shown = product.run("forecast", "--rules", rules).stdout
    assert "mia said 7,000,000 of team north on" in shown

    product.run(*adjust, "--take-back", *by)
    after = forecast(product, rules)
    assert after["adjustments"] == []
    assert rolled_up(after) == rolled_up(before)

    over = product.run("forecast", "adjust", "company", "FY2025-Q4", "5", "--reason", "x", check=False)
    assert over.exit_code == 2
    assert "FY2025-Q4 was over on 2026-01-01" in " ".join(over.stderr.split())
    assert len(figures(product)) == 3 * PARTITIONS


def test_a_figure_that_nobody_said_is_a_dead_letter_once(product: Product) -> None:
    """From any producer; one that can be counted is taken in from the same topic, with whatever key."""
    product.start_worker().wait_ready()
    data = AdjustmentData(period="FY2026-Q1", level="company", amount="10.00")
    good = encode(ForecastAdjusted(id="f1", source="/crm", time=moment_of(1_772_442_000_000), actor="mia", data=data))
    nobodys, nothing = good.replace(b'"mia"', b'""'), good.replace(b'"10.00"', b'"-10.00"')
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for key, value in ((None, nobodys), (b"any", nothing), (b"any", good)):
        producer.send(f"{product.prefix}deal.alert-actions", key=key, value=value).get(30)
    producer.close()
    eventually(lambda: len(figures(product)) == PARTITIONS, 60)
    assert {value for _, value in figures(product)} == {good}
    dead = {record.value: record.headers for record in product.records("deal.activity.dlq")}
    assert set(dead) == {nobodys, nothing}
    assert dead[nothing][REASON] == b"invalid_value"
    assert b"non-negative decimal" in dead[nothing][DETAIL]
