"""Traces on a real Kafka and with a real collector: an alert is followed from what led to it to who was told."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from streams.events.contract import encode
from streams.events.deal import CloseDateChanged, CloseDateData, Created, CreatedData
from streams.replay.partitioner import partition_of
from streams.telemetry.tracing import TRACEPARENT
from tests.integration.product.collector import Collector, Span, a_collector
from tests.integration.product.conftest import Product, Worker, environment, eventually
from tests.integration.product.test_notify import EVERYTHING_AT_ONCE, configure
from tests.integration.product.test_operation import PARTITIONS, clock, send
from tests.unit.notify.receivers import Answer, Hook, a_hook

pytestmark = pytest.mark.kafka
#: The trace in which a CRM sent an event.
UPSTREAM = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server that is told of alerts."""
    with a_hook() as made:
        yield made


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Return a collector."""
    with a_collector() as made:
        yield made


def pushed(product: Product, name: str = "opp-7", trace: str = "") -> None:
    """Let a deal be pushed again and again, which is an alert; the last push comes with a trace, if one is named."""
    born = Created(
        id=f"created-{name}",
        source="/crm",
        subject=name,
        time=clock("2026-02-02").time,
        data=CreatedData(name="Deal", owner="rep-1", amount="9000", currency="EUR", close_date=date(2026, 2, 20)),
    )
    pushes = [
        CloseDateChanged(
            id=f"push-{name}-{month}",
            source="/crm",
            subject=name,
            time=clock("2026-02-03").time,
            data=CloseDateData(close_date=date(2026, month, 20)),
        )
        for month in (4, 6, 8, 10)
    ]
    send(product, clock("2026-02-02"), born, clock("2026-02-03"), *pushes[:-1])
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    headers = [(TRACEPARENT, f"00-{trace}-b7ad6b7169203331-01".encode())] if trace else []
    key = name.encode()
    target = partition_of(key, b"", PARTITIONS)
    topic = f"{product.prefix}deal.activity"
    producer.send(topic, key=key, value=encode(pushes[-1]), partition=target, headers=headers).get(30)
    producer.close()
    send(product, clock("2026-02-04"), clock("2026-02-05"))


def traced(product: Product, collector: Collector) -> None:
    """Let programs trace, live in the events' time, and log as programs read it."""
    product.extra |= {
        "DEALWATCH_OTEL_ENDPOINT": collector.address,
        "DEALWATCH_OTEL_SAMPLE_RATIO": "0",
        "DEALWATCH_LOG_FORMAT": "json",
        "DEALWATCH_CLOCK": "event",
        "DEALWATCH_MODEL_WAIT_SECONDS": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


def logged(worker: Worker) -> list[dict[str, Any]]:
    """The lines of a program; all of them are JSON."""
    return [json.loads(line) for line in worker.log.read_text().splitlines()]


def ended(*workers: Worker) -> None:
    """Let programs end as they are asked to."""
    for worker in workers:
        worker.process.send_signal(signal.SIGTERM)
    for worker in workers:
        assert worker.process.wait(15) == 0, worker.log.read_text()


def test_an_alert_is_followed_from_what_led_to_it_to_who_was_told(
    product: Product, hook: Hook, collector: Collector
) -> None:
    """One trace: handled, decided, tried in vain, sent; linked to the CRM's own. And a log line names it."""
    configure(product, hook, EVERYTHING_AT_ONCE)
    traced(product, collector)
    hook.answer = lambda _path, before: Answer(503 if before == 0 else 200)
    track = product.start_worker("--role", "track").wait_ready()
    notify = product.start_worker("--role", "notify").wait_ready()

    pushed(product, trace=UPSTREAM)
    eventually(lambda: len(hook.taken) > 0, 90)
    ended(track, notify)

    [told] = [each.json["delivery"]["notice"]["id"] for each in hook.taken]
    made = next(span for span in collector.spans if told in span.attributes.get("dealwatch.alert.ids", ""))
    way = [span for span in collector.spans if span.trace == made.trace]
    assert made.name == f"process {product.prefix}deal.activity" and made.role == "track" and not made.parent
    assert UPSTREAM in made.links
    assert {span.name for span in way if span.parent == made.id} >= {"handle", "encode"}
    decided = _of(way, f"decide {product.prefix}deal.notifications", "allot")
    assert [each.parent for each in decided] == [made.id]
    attempts = _of(way, "send message", "send")
    assert [each.parent for each in attempts] == [decided[0].id] * 2 and [each.failed for each in attempts] == [
        True,
        False,
    ]
    # The batches of the other programs have traces of their own, and links to it; so has the checkpoint.
    linked = {
        (span.role, span.name.removeprefix("process ").removeprefix(product.prefix))
        for span in collector.spans
        if made.trace in span.links
    }
    assert linked >= {("track", "checkpoint"), ("allot", "deal.alerts"), ("send", "deal.notifications")}
    for topic in ("deal.alerts", "deal.alerts.open", "deal.notifications"):
        assert made.trace in product.records(topic)[0].headers[TRACEPARENT].decode(), topic
    [line] = [each for each in logged(notify) if each.get("trace_id") == made.trace]
    assert (line["role"], line["span_id"]) == ("send", attempts[0].id)
    assert {each["role"] for each in logged(notify)} == {"send", "allot"}


def _of(spans: list[Span], name: str, role: str) -> list[Span]:
    return [span for span in spans if (span.name, span.role) == (name, role)]


def test_a_collector_that_is_away_changes_nothing_and_what_is_lost_is_counted(
    product: Product, collector: Collector, tmp_path: Path
) -> None:
    """The same states and the same alerts, byte for byte, as without traces; the worker ends as it should."""
    product.extra |= {"DEALWATCH_CLOCK": "event", "DEALWATCH_MODEL_WAIT_SECONDS": "1"}
    plain = product.start_worker("--role", "track").wait_ready()
    pushed(product)
    eventually(lambda: bool(product.alerts()) and product.waiting() == 0, 90)
    ended(plain)
    (tmp_path / "traced").mkdir()
    with environment(product.bootstrap, f"{product.prefix}traced.", tmp_path / "traced") as other:
        traced(other, collector)
        other.extra["DEALWATCH_OTEL_SAMPLE_RATIO"] = "1"
        collector.status = 400  # for good; who does not answer at all is tried again for a while
        worker = other.start_worker("--role", "track").wait_ready()
        pushed(other, trace=UPSTREAM)
        eventually(lambda: bool(other.alerts()) and other.waiting() == 0, 90)
        eventually(lambda: _dropped(worker) > 0, 30)
        ended(worker)

        for topic in ("deal.alerts", "deal.alerts.open", "deal.examples", "deal.plays"):
            assert said(other, topic) == said(product, topic) != [], topic
        assert other.deals() == product.deals() != {}
        assert all(TRACEPARENT in record.headers for record in other.records("deal.alerts"))
        assert all(TRACEPARENT not in record.headers for record in product.records("deal.alerts"))
        complaints = [each for each in logged(worker) if each["logger"] == "dealwatch.traces"]
    assert [each["level"] for each in complaints] == ["warning"] and collector.requests > 0


def said(product: Product, topic: str) -> list[tuple[bytes | None, bytes | None]]:
    """Keys and values of a topic, whatever their order among partitions."""
    return sorted(((record.key, record.value) for record in product.records(topic)), key=repr)


def _dropped(worker: Worker) -> float:
    shown = worker.get(f"{worker.address()}/metrics") or ""
    found = [line for line in shown.splitlines() if line.startswith('dealwatch_trace_spans_total{outcome="dropped"')]
    return sum(float(line.split()[-1]) for line in found)
