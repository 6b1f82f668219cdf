"""Every query of every dashboard, run by a real Prometheus that scrapes the product at work: no panel stays empty.

Grafana itself cannot be had where this is tested; what it would draw can, and the page draws it.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaProducer

from deploy.grafana.boards import BOARDS
from streams.alerts.alert import Alert, encode_alert
from streams.cli.generate import generate
from streams.events import action
from streams.events.contract import encode
from streams.events.control import ClockAdvanced
from streams.notify.delivery import encode_delivery, for_alert
from streams.replay.partitioner import partition_of
from streams.telemetry.catalogue import ALL, PREFIX, Metric
from tests.integration.product.collector import a_collector
from tests.integration.product.conftest import Product, Worker, eventually
from tests.oncall.hurry import RULES
from tests.oncall.prometheus import Prometheus
from tests.unit.deploy.promql import put_in
from tests.unit.notify.receivers import a_hook
from tests.unit.notify.said import a_notice, an_alert

PARTITIONS, DEALS, DAYS = 4, 60, 75
DELIVERY = """
fallback = ["chat"]
[channels.chat]
url = "json://127.0.0.1:{port}/chat"
rate = 200
[hours]
working = "00:00-24:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
[budget]
per_day = 1
reserve = 0
"""

#: What need not move in this run, and where it is seen to.
STILL = {
    "alerts_mended_total": "nobody loses a partition; tests/reliability/test_fault_points.py",
    "alerts_passed_over_total": "no round is held; tests/unit/runtime/test_allotter.py",
    "deadlines_late_seconds": "they pass in time; tests/oncall/test_people.py",
    "events_replayed_total": "nothing crashes; tests/reliability",
    "model_challenged": "as the world goes; tests/unit/telemetry/test_emit.py",
    "model_notices_total": "as the world goes; tests/oncall/test_models.py",
    "model_pinned": "nobody pins; tests/oncall/test_models.py",
    "models_substituted_total": "the learner is there; tests/oncall/test_models.py",
    "notifications_oldest_seconds": "the service answers at once; tests/oncall/test_people.py",
    "notifications_waiting": "the service answers at once; tests/oncall/test_people.py",
    "recovered_states_total": "nothing is started again; tests/unit/telemetry/test_emit.py",
    "revenue_backlog": "it is empty between two looks; tests/unit/telemetry/test_emit.py",
    "revenue_locks_waiting": "too short for an earlier period; tests/unit/telemetry/test_emit.py",
    "revenue_unreadable_total": "all is our own; tests/unit/telemetry/test_emit.py",
    "rules_file_invalid": "the file is right; tests/oncall/test_people.py",
}

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="needs Prometheus (Debian's package `prometheus`)"
)


def has(prometheus: Prometheus, expr: str, since: float) -> bool:
    """Whether a query has drawn a point: a number, at any time since then."""
    end = time.time()
    found = prometheus.ask("query_range", query=expr, start=str(since), end=str(end), step="1")
    return any(math.isfinite(float(value)) for series in found["result"] for _, value in series["values"])


@pytest.fixture
def working(product: Product) -> Iterator[tuple[Product, list[Worker], Prometheus]]:
    """The whole product: worker, learner, revenue, who decides and who sends, a service that takes messages; traces."""
    prometheus = Prometheus(product.folder, sorted(RULES.glob("*.rules.yml")))
    with a_hook() as hook, a_collector() as collector, prometheus:
        path = product.folder / "delivery.toml"
        path.write_text(DELIVERY.format(port=hook.port))
        product.extra |= {
            "DEALWATCH_DELIVERY": str(path),
            "DEALWATCH_COMMIT_INTERVAL_SECONDS": "0.2",
            "DEALWATCH_PROMETHEUS_URL": prometheus.url,
            "DEALWATCH_OTEL_ENDPOINT": collector.address,
        }
        workers = [product.start_worker().wait_ready(), product.start_worker("--role", "notify").wait_ready()]
        revenue = product.start_worker("--role", "revenue")
        pairs = [each.address(beside) for each in workers for beside in (False, True)]
        prometheus.scrape("dealwatch", [*pairs, revenue.address(beside=True)])
        yield product, workers, prometheus


def now() -> datetime:
    """The time on the wall."""
    return datetime.fromtimestamp(time.time(), UTC)


def lived(product: Product, until: datetime) -> None:
    """Play a generated organisation whose days end now; of its lines some are late, doubled and malformed."""
    events = product.folder / "events.jsonl.gz"
    start = (until - timedelta(days=DAYS)).date().isoformat()
    generate(output=events, seed=11, deals=DEALS, days=DAYS, start=start, json=False)
    product.run("replay", events)
    eventually(lambda: product.waiting() == 0, 180)
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for partition in range(PARTITIONS):
        clock = ClockAdvanced(id=f"now-{partition}", source="/test", time=until)
        producer.send(f"{product.prefix}deal.activity", value=encode(clock), partition=partition)
    producer.close()
    eventually(lambda: product.waiting() == 0, 60)


def answered(product: Product) -> list[Alert]:
    """A person dismisses an alert of each partition: votes, and alerts that a record of now leads to."""
    standing = {each.opportunity: each for each in product.alerts() if each.status == "open" and each.reasons}
    chosen: list[Alert] = []
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for partition in range(PARTITIONS):
        of_partition = [
            each for each in standing.values() if partition_of(each.opportunity.encode(), b"", PARTITIONS) == partition
        ]
        for each in of_partition[:3]:
            chosen.append(each)
            dismissed = action.AlertDismissed(
                id=f"no-{each.id}",
                source="/test",
                subject=each.opportunity,
                time=now(),
                actor="rep-1",
                data=action.DismissedData(alert=each.id, rule=each.rule, reason="wrong"),
            )
            value = encode(dismissed)
            producer.send(f"{product.prefix}deal.alert-actions", key=each.opportunity.encode(), value=value)
    producer.close()
    assert chosen, "the organisation has no open alert: make it larger"
    return chosen


def told(product: Product) -> None:
    """A critical alert of now, and a message: whom the organisation's own alerts reach depends on the hour."""
    at = int(time.time() * 1000)
    critical = an_alert("al-critical", at, "critical")
    message = for_alert(a_notice("al-now", at), "chat", at, None, "test")
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    producer.send(f"{product.prefix}deal.alerts", key=critical.opportunity.encode(), value=encode_alert(critical))
    producer.send(f"{product.prefix}deal.notifications", key=message.id.encode(), value=encode_delivery(message))
    producer.close()


def test_no_panel_of_any_dashboard_is_empty(working: tuple[Product, list[Worker], Prometheus]) -> None:
    """Two months and a half of an organisation, ending now; then every query, as Grafana would ask it, and the page."""
    product, workers, prometheus = working
    began = time.time()
    eventually(lambda: prometheus.value('sum(up{job="dealwatch"})') == [5.0], 60)
    lived(product, now())
    answered(product)
    told(product)
    empty: dict[str, list[str]] = {}

    def all_drawn() -> bool:
        nonlocal empty
        empty = {
            f"{board.title}: {panel.title}": missing
            for board in BOARDS
            for row in board.rows
            for panel in row.panels
            if (missing := [each.expr for each in panel.queries if not has(prometheus, put_in(each.expr), began)])
        }
        return not empty

    try:
        eventually(all_drawn, 60)
    except AssertionError:
        raise AssertionError(f"these panels are empty: {json.dumps(empty, indent=1)}") from None
    every_metric_has_moved(prometheus, began)
    the_page_draws_them_all(workers[0].address())
    the_books_balance(prometheus)
    nobody_is_called(prometheus)


def every_metric_has_moved(prometheus: Prometheus, since: float) -> None:
    """One that nobody sets shows 0 for ever, and its panel is not empty: each was above 0 once, but for STILL."""
    window = f"{int(time.time() - since) + 60}s"

    def moved(metric: Metric) -> bool:
        name = f"{PREFIX}{metric.name}{'_count' if metric.kind == 'histogram' else ''}"
        most = prometheus.value(f"max(max_over_time({name}[{window}]))")
        return bool(most) and most[0] > 0

    assert sorted({each.name for each in ALL if not moved(each)} - STILL.keys()) == [], "nobody sets these"


def the_page_draws_them_all(address: str) -> None:
    """Every panel of every dashboard has a picture, a number, bars or words, and none says that there is no data."""
    unfilled: dict[str, list[str]] = {}

    def all_filled() -> bool:
        nonlocal unfilled
        unfilled = {}
        for board in BOARDS:
            with urllib.request.urlopen(f"{address}/dashboards/{board.uid}?range=5m", timeout=60) as answer:
                said = answer.read().decode()
            panels = re.findall(r'<section class="card at-.*?</section>', said, re.DOTALL)
            assert len(panels) == sum(len(row.panels) for row in board.rows)
            empty = [each for each in panels if not re.search(r"<polyline|<rect|<b |<b>|<code>", each)]
            unfilled |= {board.uid: [*re.findall(r'class="(?:empty|problem)">.*?<', said), *empty]}
        return not any(unfilled.values())

    try:
        eventually(all_filled, 60)
    except AssertionError:
        raise AssertionError(f"the page leaves these empty: {json.dumps(unfilled, indent=1)}") from None
    with urllib.request.urlopen(f"{address}/dashboards/dealwatch-overview?range=5m", timeout=60) as answer:
        said = answer.read().decode()
    assert said.count('<option value="127.0.0.1:') == 5, "every program can be chosen"


def the_books_balance(prometheus: Prometheus) -> None:
    """What is taken in has an outcome, as the alert about lost data reads it."""
    taken_in = prometheus.value("sum(dealwatch_events_in_total)")
    outcomes = prometheus.value('sum({__name__=~"dealwatch_events_(folded|duplicate|replayed|dead)_total"})')
    assert taken_in[0] > 100 and outcomes == taken_in


def nobody_is_called(prometheus: Prometheus) -> None:
    """The rules are evaluated without errors; what is wrong here are the dead letters, which are.

    Time that runs through months in seconds makes objectives and limits of time fire as well, so only causes count.
    """
    groups = prometheus.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 50 and {rule["health"] for rule in rules} == {"ok"}, [
        (rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"
    ]
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert "DealwatchDeadLetters" in firing
    assert not firing & {"DealwatchDown", "DealwatchDataLost", "DealwatchPartitionsUnowned", "DealwatchStalled"}
