"""The revenue program on a real Kafka: its answers are those of the log, through kills, and through two of it."""

from __future__ import annotations

import signal
from datetime import datetime
from pathlib import Path

import psutil
import pytest
from kafka import KafkaProducer

from streams.admin.reading import latest_by_key
from streams.cli.generate import generate
from streams.config.company import company_of
from streams.config.settings import load
from streams.connectors.eventfile import read_lines
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.replay.sight import read_story
from streams.revenue.answers import TOPICS, Answer, ForecastTold, Said, decode_answer, encode_answer, key_of, topic_of
from streams.revenue.company import Unit
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from streams.runtime.child import NICE
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_operation import send

pytestmark = pytest.mark.kafka

#: Long after all that is generated, so that nothing is refused for its time.
NOW = 2_000_000_000_000


def answers(product: Product) -> dict[bytes, bytes]:
    """What is on the topics of answers."""
    found = {}
    for topic in TOPICS:
        for key, record in latest_by_key(product.records(f"deal.{topic}")).items():
            assert record.value is not None
            found[key] = record.value
    return found


def company(product: Product) -> ForecastTold | None:
    """The company's forecast of the running quarter."""
    for value in answers(product).values():
        told = decode_answer(value)
        if isinstance(told, ForecastTold) and told.unit == Unit() and told.day in told.period:
            return told
    return None


def of_file(events: Path, at: int) -> dict[bytes, bytes]:
    """What the same program says of an event file without Kafka, when time has come to `at` (milliseconds)."""
    teller = Teller(Standing(company_of(load())))
    for told in read_story(read_lines(events), NOW):
        teller.standing.take(told)
    teller.standing.pass_time(at)
    found: list[Answer] = list(teller.tell())
    while teller.waiting:
        found += teller.lock()
    found += teller.tell()
    return {key_of(each): encode_answer(each) for each in found}


def keys_after(product: Product, records: int) -> set[bytes | None]:
    """The keys on `deal.forecast` after so many records."""
    return {each.key for each in product.records("deal.forecast")[records:]}


def is_done(product: Product) -> bool:
    """Whether all weeks are locked and told of."""
    told = company(product)
    return told is not None and told.waiting == 0 and len(told.course) > 1


def test_answers_are_those_of_the_log_through_kills_and_a_second_one(product: Product, tmp_path: Path) -> None:
    """Byte by byte. A restart writes nothing again; who stands by goes on where the other was killed."""
    events = tmp_path / "events.jsonl.gz"
    generate(output=events, seed=11, deals=60, days=330, start="2025-02-03", json=False)
    product.run("replay", events, "--no-wait")
    first = product.start_worker("--role", "revenue")
    eventually(lambda: is_done(product), 120)
    pulse = company(product)
    assert pulse is not None
    expected = of_file(events, pulse.at - 1)
    eventually(lambda: answers(product).keys() == expected.keys(), 30)
    assert [(key, value) for key, value in answers(product).items() if value != expected[key]] == []

    written = {topic: len(product.records(f"deal.{topic}")) for topic in TOPICS}
    first.kill()
    second, third = (product.start_worker("--role", "revenue") for _ in range(2))
    for each in (second, third):
        eventually(lambda each=each: each.get(f"{each.address(beside=True)}/readyz") is not None, 60)  # type: ignore[misc]  # bound now
    pulses = {b"forecast|FY2025-Q4|company|", b"forecast|FY2026-Q1|company|"}
    eventually(lambda: keys_after(product, written["forecast"]) == pulses, 60)
    assert len(product.records("deal.pipeline")) == written["pipeline"]
    assert answers(product).keys() == expected.keys()

    second.kill()
    told = company(product)
    assert told is not None
    said = AdjustmentData(period=told.period.name, level="company", unit="", amount="123456.78", reason="a hunch")
    at = datetime.fromisoformat("2025-12-28T12:00:00Z")
    send(product, ForecastAdjusted(id="said-1", source="/test", time=at, actor="boss", data=said))
    eventually(lambda: (now := company(product)) is not None and now.adjustment is not None, 120)
    now = company(product)
    assert now is not None and now.adjustment is not None and now.figure("adjusted") is not None
    assert (now.adjustment.by, now.adjustment.cents, now.adjustment.reason) == ("boss", 12345678, "a hunch")

    third.process.send_signal(signal.SIGTERM)
    assert third.process.wait(15) == 0, third.log.read_text()


def test_rubbish_on_any_topic_stops_nothing_and_what_was_said_is_never_said_again(
    product: Product, tmp_path: Path
) -> None:
    """Records that are none are counted; locks are read back as they are, also where other rates say otherwise."""
    events = tmp_path / "events.jsonl.gz"
    generate(output=events, seed=12, deals=40, days=330, start="2025-02-03", json=False)
    product.run("replay", events, "--no-wait")
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for topic in ("activity", "alerts", "plays", "pipeline", "coaching", "attribution"):
        for value in (b"\xff\xfe rubbish", b"{}", None):
            producer.send(f"{product.prefix}deal.{topic}", key=b"rubbish", value=value)
    producer.close()
    worker = product.start_worker("--role", "revenue")
    eventually(lambda: is_done(product), 120)
    assert psutil.Process(worker.process.pid).nice() == NICE
    before = {key: value for key, value in answers(product).items() if isinstance(decode_answer(value), Said)}
    metrics = worker.get(f"{worker.address(beside=True)}/metrics") or ""
    assert 'dealwatch_revenue_unreadable_total{role="revenue",topic="alerts"} 2.0' in metrics
    worker.kill()

    rates = tmp_path / "company.toml"
    rates.write_text('currency = "EUR"\n' + "".join(f"[rates.{each}]\n2025-01-01 = 2.0\n" for each in ("GBP", "USD")))
    product.extra["DEALWATCH_COMPANY"] = str(rates)
    product.start_worker("--role", "revenue")
    seen = len(product.records("deal.pipeline"))
    eventually(lambda: len(product.records("deal.pipeline")) > seen, 90)
    after = answers(product)
    assert before and {key: after[key] for key in before} == before
    assert {topic_of(decode_answer(value)) for value in after.values()} == set(TOPICS)
