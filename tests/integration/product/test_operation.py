"""The worker as an operator sees it: deadlines across restarts, stopping, metrics, and what is not there."""

from __future__ import annotations

import signal
from datetime import datetime

import psutil
import pytest
from kafka import KafkaProducer

from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.events.deal import Created, CreatedData
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.telemetry.catalogue import PREFIX, Role, served_by
from tests.integration.product.conftest import Product, eventually, families

PARTITIONS = 4


@pytest.fixture(autouse=True)
def _apart(product: Product) -> None:
    """Start workers here as operators do, each a command of its own."""
    product.nursery = None


def send(product: Product, *events: Event) -> None:
    """Append events, control events to every partition."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for event in events:
        key = event.subject.encode() or None
        targets = range(PARTITIONS) if key is None else [partition_of(key, b"", PARTITIONS)]
        for partition in targets:
            producer.send(f"{product.prefix}deal.activity", key=key, value=encode(event), partition=partition).get(30)
    producer.close()


def clock(day: str) -> ClockAdvanced:
    """The announcement that it is noon of a day."""
    return ClockAdvanced(id=f"clock-{day}", source="/test", time=datetime.fromisoformat(f"{day}T12:00:00Z"))


def test_a_deadline_fires_without_any_event_after_the_worker_was_replaced(product: Product) -> None:
    """A deal falls silent, its worker is killed, a new one takes over: the alert comes when its time has come."""
    opened = Created(
        id="1",
        source="/crm",
        subject="opp-7",
        time=datetime.fromisoformat("2026-02-02T10:00:00Z"),
        data=CreatedData(name="Quiet deal", owner="rep-1", amount="9000", currency="EUR"),
    )
    first = product.start_worker().wait_ready()
    send(product, clock("2026-02-02"), opened, clock("2026-02-03"))
    eventually(lambda: "opp-7" in product.deals(), 60)
    assert product.alerts() == []
    first.kill()

    product.start_worker()
    send(product, *(clock(f"2026-02-{day:02d}") for day in range(4, 21)))
    eventually(lambda: any(alert.rule == "silent" for alert in product.alerts()), 90)

    alert = next(each for each in product.alerts() if each.rule == "silent")
    assert ("opp-7", "rep-1", "9000") == (alert.opportunity, alert.owner, alert.amount)
    assert alert.play is not None and alert.reasons[0].evidence and alert.risk is not None
    summed = alert.risk.level + sum(driver.log_odds or 0.0 for driver in alert.risk.drivers)
    assert abs(alert.risk.log_odds - summed) < 1e-9


def test_a_stopped_worker_leaves_within_ten_seconds_and_takes_its_learner_along(product: Product) -> None:
    """SIGTERM ends worker and learner in order, with exit code 0."""
    worker = product.start_worker().wait_ready()
    family = psutil.Process(worker.process.pid).children(recursive=True)
    assert family, "the learner should run beside the worker"

    worker.process.send_signal(signal.SIGTERM)

    assert worker.process.wait(12) == 0, worker.log.read_text()
    eventually(lambda: not any(child.is_running() for child in family), 5)


def test_a_learner_that_is_gone_takes_its_worker_along_with_one_line(product: Product) -> None:
    """Whoever looks after the worker starts both again; the line says which process it was, and what ended it."""
    worker = product.start_worker().wait_ready()
    [learner] = psutil.Process(worker.process.pid).children()

    learner.kill()

    assert worker.process.wait(30) == 1
    said = worker.log.read_text()
    assert "Traceback" not in said and "Crashed" not in said, said
    assert said.splitlines()[-1].count(f"role learn beside this one (pid {learner.pid}) was ended by SIGKILL") == 1


def test_every_metric_of_the_catalogue_is_in_a_live_scrape_and_no_other(product: Product) -> None:
    """What the catalogue names is what `/metrics` shows, so that rules and dashboards can be checked against it."""
    worker = product.start_worker().wait_ready()
    apart = product.start_worker("--role", "revenue")
    programs: tuple[tuple[Role, str], ...] = (
        ("track", worker.address()),
        ("learn", worker.address(beside=True)),
        ("revenue", apart.address(beside=True)),
    )
    for role, address in programs:
        eventually(lambda address=address: worker.get(f"{address}/readyz") is not None, 30)  # type: ignore[misc]  # bound now
        text = worker.get(f"{address}/metrics") or ""
        assert families(text) == {PREFIX + each.name for each in served_by(role)}
        assert worker.get(f"{address}/healthz") is not None


def test_a_worker_without_topics_says_what_to_do(kafka: str, product: Product) -> None:
    """A worker that finds no topics ends with one clear line."""
    product.prefix += "nowhere."

    done = product.run_apart("worker")

    assert done.returncode == 1
    assert "dealwatch topics apply" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_without_a_page_keeps_no_view_of_the_deals_and_still_answers_operators(product: Product) -> None:
    """With many workers one page is enough; the others are asked for health and metrics only."""
    product.extra["DEALWATCH_PAGE"] = "false"
    worker = product.start_worker().wait_ready()
    address = worker.address()

    assert f"{PREFIX}events_in_total" in (worker.get(f"{address}/metrics") or "")
    assert worker.get(f"{address}/") is None
    assert worker.get(f"{address}/api/deals") is None
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(15) == 0
