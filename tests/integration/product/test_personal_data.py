"""What people are called, write and say is on topics, on the page and in messages, and nowhere that operators look."""

from __future__ import annotations

import gzip
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from streams.admin.reading import Record
from streams.cli.generate import generate
from streams.telemetry.redact import ADDRESS
from tests.integration.product.collector import a_collector
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_notify import EVERYTHING_AT_ONCE, configure
from tests.unit.notify.receivers import Answer, a_hook

pytestmark = pytest.mark.kafka
#: In every name, address and text; in no line, metric, span or check.
MARK = "mrkd"
#: Fields of events that name people or hold what they write.
PEOPLE = ("owner", "contact", "contacts")
TEXTS = ("name", "account", "product", "text", "note", "reason", "lead_source", "campaign", "role")
RUBBISH = (
    b"no event, but from anna.mrkd@mrkd.example",
    b'{"type": "deal.mrkd.v1", "id": "mrkd-1"}',
    b'{"type":"deal.created.v1","id":"mrkd-2","source":"/crm","time":"mrkd","subject":"opp-1","data":{}}',
    b'{"type":"deal.created.v1","id":"mrkd-3","source":"/crm","time":"2026-01-05T10:00:00Z","subject":"opp-1",'
    b'"actor":"anna.mrkd@mrkd.example","data":{"amount":"mrkd","name":"Anna Mrkd"}}',
    b'{"type":"deal.alert_done.v1","id":"mrkd-4","source":"/crm","time":"2026-01-05T10:00:00Z","subject":"opp-1",'
    b'"actor":"","data":{"alert":"mrkd","note":"Anna Mrkd is on leave"}}',
)
#: A rules file that cannot be used, for somebody's sake.
TWICE = "".join(f'[team.{name}]\nowners = ["anna.mrkd@mrkd.example"]\n' for name in "ab")


def marked(event: dict[str, Any]) -> dict[str, Any]:
    """The event with people's addresses for ids, and a mark in every free text."""
    data = dict(event.get("data", {}))
    for name in PEOPLE:
        if isinstance(data.get(name), str):
            data[name] = f"{data[name]}@mrkd.example"
        elif name in data:
            data[name] = [f"{each}@mrkd.example" for each in data[name]]
    data |= {name: f"Anna Mrkd: {data[name]}" for name in TEXTS if name in data}
    actor = {"actor": f"{event['actor']}@mrkd.example"} if event.get("actor") else {}
    return {**event, **actor, "data": data}


def marked_history(folder: Path) -> Path:
    """A month of an organisation in which everything that people call themselves and write is marked."""
    plain, path = folder / "plain.jsonl.gz", folder / "events.jsonl.gz"
    generate(output=plain, seed=5, deals=16, days=30, start="2026-01-05", json=False)
    with gzip.open(plain, "rt") as lines, gzip.open(path, "wt") as out:
        out.writelines(json.dumps(marked(json.loads(line))) + "\n" for line in lines)
    return path


def hand_in_rubbish(product: Product) -> None:
    """Write what is no event to the topics where others write."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for value in RUBBISH:
        producer.send(f"{product.prefix}deal.activity", key=b"opp-1", value=value)
        producer.send(f"{product.prefix}deal.alert-actions", key=b"opp-1", value=value)
    producer.send(f"{product.prefix}deal.alerts", key=b"opp-1", value=RUBBISH[0])
    producer.flush(30)
    producer.close()


def test_no_log_line_metric_span_or_check_names_a_person_or_quotes_one(product: Product, tmp_path: Path) -> None:
    """With everything logged and everything traced: a month of deals, rubbish, a broken rules file, a dead channel."""
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    with a_hook() as hook, a_collector() as collector:
        hook.answer = lambda _path, before: Answer(503 if before % 2 else 400)
        configure(product, hook, EVERYTHING_AT_ONCE)
        product.extra |= {
            "DEALWATCH_LOG_FORMAT": "json",
            "DEALWATCH_LOG_LEVEL": "DEBUG",
            "DEALWATCH_OTEL_ENDPOINT": collector.address,
            "DEALWATCH_OTEL_SAMPLE_RATIO": "1",
            "DEALWATCH_CLOCK": "event",
            "DEALWATCH_RULES": str(rules),
        }
        workers = [product.start_worker().wait_ready(), product.start_worker("--role", "notify").wait_ready()]
        product.run("replay", marked_history(tmp_path))
        hand_in_rubbish(product)
        rules.write_text(TWICE)
        eventually(lambda: len(product.records("deal.activity.dlq")) >= 2 * len(RUBBISH) - 1, 60)
        eventually(lambda: len(hook.requests) >= 4 and bool(product.records("deal.alerts.dlq")), 60)
        eventually(lambda: "rules or plays cannot be used" in workers[0].log.read_text(), 30)
        shown = [
            worker.get(f"{worker.address(beside)}/metrics") or "" for worker in workers for beside in (False, True)
        ]
        checked = [product.run("doctor", *options, check=False).output for options in ((), ("--json",))]
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
        for worker in workers:
            assert worker.process.wait(20) == 0, worker.log.read_text()

    logs = [worker.log.read_text() for worker in workers]
    assert all("dealwatch_build_info" in text for text in shown) and all("dead letters" in text for text in checked)
    assert all(any(" records handled" in line for line in text.splitlines()) for text in logs)
    assert f"'{ADDRESS}' is in team a already" in logs[0], "the owner's id is an address, and left out"
    assert "dn-" in logs[1], "the attempts that failed are logged, by the message's id"
    for text in (*logs, *shown, *checked, str(collector.spans)):
        assert [line for line in text.splitlines() if MARK in line.lower()] == []
    # It was all there to be named.
    assert any(MARK in each.facts.owner and MARK in each.facts.name.lower() for each in product.deals().values())
    for topic in ("deal.activity.dlq", "deal.alerts", "deal.alerts.dlq", "deal.notifications"):
        assert any(_names_somebody(record) for record in product.records(topic)), topic


def _names_somebody(record: Record) -> bool:
    return MARK.encode() in (record.value or b"").lower()
