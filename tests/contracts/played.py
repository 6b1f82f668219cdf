"""An organisation played through the real product, so that every kind of record comes to lie on every topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from kafka import KafkaProducer
from msgspec.structs import replace

from streams.alerts.alert import decode_alert
from streams.cli.generate import generate
from streams.events import action, control, deal, judgement
from streams.events.contract import EVENT_TYPES, encode
from streams.events.control import CONTROL, ClockAdvanced
from streams.events.envelope import Event
from streams.replay.partitioner import partition_of
from streams.runtime.intake import JUDGEMENTS
from tests.contracts.full import full
from tests.integration.product.conftest import Product, eventually

SEED, DEALS, DAYS = 5, 20, 30
FIRST_DAY = datetime(2023, 1, 2, tzinfo=UTC)
AFTERWARDS = FIRST_DAY + timedelta(days=DAYS + 2)
#: A deal that is over is kept for 400 days.
LONG_BEFORE = FIRST_DAY - timedelta(days=420)
WITHIN_S = 120.0
#: What is no event, and one that has the form of an event but comes too late.
TOO_LATE = deal.Won(id="late", source="/crm", subject="opp-spoilt", time=FIRST_DAY)
SPOILT: tuple[bytes | None, ...] = (None, b"\xff\xfe", b"{", encode(TOO_LATE))


def play(product: Product) -> None:
    """Feed it, with a deal that is over for so long that it is forgotten; pin its models, and let them go."""
    product.start_worker().wait_ready()
    _send(product, forgotten(LONG_BEFORE))
    log = product.folder / "events.jsonl.gz"
    generate(output=log, seed=SEED, deals=DEALS, days=DAYS, start=FIRST_DAY.date().isoformat(), json=False)
    product.run("replay", log)
    _send(product, everything(AFTERWARDS))
    said = [each for each in everything(AFTERWARDS) if isinstance(each, (*JUDGEMENTS, control.ForecastAdjusted))]
    _send(product, said, "deal.alert-actions", partitions=1)
    _spoil(product)
    _act(product)
    product.run("models", "freeze", "--yes", "--reason", "quarter's end")
    _send(product, [clock(AFTERWARDS + timedelta(days=3))])
    _heard(product)
    product.run("models", "resume", "--yes")
    _send(product, [clock(AFTERWARDS + timedelta(days=4))])
    _heard(product)
    eventually(lambda: any(record.value is None for record in product.records("deal.state")), WITHIN_S)


def forgotten(start: datetime) -> list[Event]:
    """A deal that was over before the others began."""
    of: dict[str, Any] = {"source": "/crm", "subject": "opp-of-old"}
    opened = deal.Created(id="o1", time=start, data=deal.CreatedData(name="Of old", owner="rep-1"), **of)
    won = deal.Won(id="o2", time=start + timedelta(hours=1), **of)
    return [clock(start), opened, won, clock(start + timedelta(days=2))]


def everything(start: datetime) -> list[Event]:
    """An event of every type with every field said, and a deal that closes, is reopened, and closes again."""
    events: list[Event] = [clock(start)]
    for number, kind in enumerate(EVENT_TYPES):
        if kind is ClockAdvanced:
            continue
        minute = start + timedelta(minutes=number)
        event: Any = full(kind)
        subject = "" if kind in CONTROL else f"opp-full-{kind.__name__}"
        events.append(replace(event, id=f"full-{number}", source="/full", subject=subject, time=minute))
    second: dict[str, Any] = {"source": "/crm", "subject": "opp-second-thought"}

    def at(hours: float) -> datetime:
        return start + timedelta(hours=hours)

    events += [
        deal.Created(id="s1", time=at(1), data=deal.CreatedData(name="Second thought", owner="rep-1"), **second),
        judgement.HoldSet(id="s2", time=at(2), data=judgement.HoldData(reason="budget"), **second),
        clock(at(25)),
        deal.Won(id="s3", time=at(26), **second),
        deal.Reopened(id="s4", time=at(27), **second),
        deal.Lost(id="s5", time=at(28), data=deal.LostData(reason="price"), **second),
        control.ConnectorHeartbeat(id="h1", source="/crm", time=at(29)),
        clock(at(49)),
    ]
    return events


def clock(at: datetime) -> ClockAdvanced:
    """Say what time it is."""
    return ClockAdvanced(id=f"clock-{at.isoformat()}", source="/test", time=at)


def _send(product: Product, events: Sequence[Event], topic: str = "deal.activity", partitions: int = 4) -> None:
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for event in events:
        key = event.subject.encode() or None
        targets = range(partitions) if key is None else [partition_of(key, b"", partitions)]
        for partition in targets:
            producer.send(f"{product.prefix}{topic}", key=key, value=encode(event), partition=partition).get(30)
    producer.close()
    eventually(lambda: product.waiting() == 0, WITHIN_S)


def _spoil(product: Product) -> None:
    """Append what is no event, repair a dead letter, and send it back."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for value in SPOILT:
        producer.send(f"{product.prefix}deal.activity", key=b"opp-spoilt", value=value, partition=0).get(30)
    producer.close()
    eventually(lambda: product.waiting() == 0, WITHIN_S)
    listed = product.run("dlq", "list", "--reason", "not_json", "--json").stdout.splitlines()
    letter = msgspec.json.decode(listed[-1])
    letter["value"] = encode(clock(AFTERWARDS + timedelta(days=2))).decode()
    repaired = product.folder / "repaired.jsonl"
    repaired.write_bytes(msgspec.json.encode(letter) + b"\n")
    product.run("dlq", "replay", repaired)
    eventually(lambda: product.waiting() == 0, WITHIN_S)


def _act(product: Product) -> None:
    """Do to alerts that are open whatever people can do, from the outside: by topic, and by the deal's own events."""
    alerts = {each.key: decode_alert(each.value) for each in product.records("deal.alerts.open") if each.value}
    at = AFTERWARDS + timedelta(days=2)
    doing: dict[type[Event], Any] = {
        action.AlertAcknowledged: action.AcknowledgedData,
        action.AlertAssigned: action.AssignedData,
        action.AlertSnoozed: action.SnoozedData,
        action.AlertReopened: action.ReopenedData,
        action.AlertDone: action.DoneData,
        action.AlertDismissed: action.DismissedData,
    }
    events: list[Event] = []
    chosen = list(alerts.values())[-3:]
    for minute, (kind, data) in enumerate(doing.items()):
        of = {"alert": "", "to": "ann", "until": at + timedelta(days=9), "reason": "known", "note": "seen"}
        for alert in chosen:
            known = {name: value for name, value in {**of, "alert": alert.id}.items() if name in data.__struct_fields__}
            made: Any = kind
            events.append(
                made(
                    id=f"act-{minute}-{alert.id}",
                    source="/people",
                    subject=alert.opportunity,
                    actor="ann",
                    time=at + timedelta(minutes=minute),
                    data=data(**known),
                )
            )
    half = len(events) // 2
    _send(product, events[:half])
    _send(product, events, "deal.alert-actions", partitions=1)


def _heard(product: Product) -> None:
    """Wait until the learner has heard all lessons."""
    from streams.admin.lag import group_lag

    group, topic = f"{product.prefix}dealwatch-learn", f"{product.prefix}deal.examples"
    eventually(lambda: sum(group_lag(product.bootstrap, group, topic).values()) == 0, WITHIN_S)
