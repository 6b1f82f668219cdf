"""People's actions on alerts through Kafka: from the command or any producer, past crashes and rubbish, to the deal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaProducer

from streams.admin.reading import latest_by_key
from streams.alerts.alert import Alert, decode_alert
from streams.cli import deal_hold
from streams.events import action
from streams.events.activity import ProposalSent
from streams.events.contract import encode
from streams.events.deal import Created, CreatedData
from streams.events.envelope import Event, moment_of
from streams.runtime.deadletter import DETAIL, REASON, TOPIC
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_operation import PARTITIONS, clock, send
from tests.reliability.truth import recompute

DAYS = tuple(clock(f"2026-02-{day:02d}") for day in range(3, 19))


def _silent_deal(product: Product, name: str = "opp-7") -> Alert:
    """Let a deal fall silent, and return its alert."""
    opened = Created(
        id=f"created-{name}",
        source="/crm",
        subject=name,
        time=clock("2026-02-02").time,
        data=CreatedData(name="Quiet deal", owner="rep-1", amount="9000", currency="EUR"),
    )
    send(product, clock("2026-02-02"), opened, *DAYS)
    eventually(lambda: any(each.rule == "silent" and each.opportunity == name for each in product.alerts()), 90)
    eventually(lambda: product.waiting() == 0, 60)  # an action counts from the time that the deal has come to
    return max((each for each in product.alerts() if each.opportunity == name), key=lambda each: each.sequence)


def _hand_in(product: Product, *values: tuple[bytes | None, bytes | None]) -> None:
    """Append records as a producer would that also takes one of neither key nor value."""

    async def append() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=product.bootstrap)
        await producer.start()
        try:
            for key, value in values:
                batch = producer.create_batch()
                batch.append(timestamp=None, key=key, value=value)
                await (await producer.send_batch(batch, f"{product.prefix}deal.alert-actions", partition=0))
        finally:
            await producer.stop()

    asyncio.run(append())


def _acknowledged(alert: Alert, name: str = "ack-1") -> Event:
    return action.AlertAcknowledged(
        id=name,
        source="/test",
        subject=alert.opportunity,
        time=moment_of(alert.at),
        actor="ann",
        data=action.AcknowledgedData(alert=alert.id),
    )


def _standing(product: Product) -> dict[str, Alert]:
    """The alerts on `deal.alerts.open`, by id."""
    records = latest_by_key(product.records("deal.alerts.open"))
    return {key.decode(): decode_alert(record.value or b"") for key, record in records.items()}


def _said(product: Product, transition: str) -> list[Alert]:
    return [each for each in product.alerts() if each.transition == transition]


def _until(product: Product, transition: str, number: int = 1) -> None:
    true: Callable[[], bool] = lambda: len(_said(product, transition)) >= number  # noqa: E731
    eventually(true, 60)


def test_an_action_reaches_its_deal_once_whoever_dies_meanwhile(product: Product) -> None:
    """Handed in twice around a kill -9 of the worker: one transition, with the name of who did it; a replay agrees."""
    first = product.start_worker().wait_ready()
    alert = _silent_deal(product)
    said = _acknowledged(alert)
    record = (alert.opportunity.encode(), encode(said))
    _hand_in(product, record)
    first.kill()
    _hand_in(product, record)
    product.start_worker().wait_ready()
    _until(product, "acknowledged")
    later = action.AlertAssigned(
        id="assign-1",
        source="/test",
        subject=alert.opportunity,
        time=moment_of(alert.at),
        actor="ann",
        data=action.AssignedData(alert=alert.id, to="bob"),
    )
    _hand_in(product, (b"opp-7", encode(later)))
    _until(product, "assigned")

    [acknowledged] = _said(product, "acknowledged")
    assert (acknowledged.by, acknowledged.status, acknowledged.id) == ("ann", "acknowledged", alert.id)
    assert _standing(product)[alert.id].assignee == "bob"
    eventually(lambda: product.waiting() == 0, 60)
    source = {number: [] for number in range(PARTITIONS)}  # type: ignore[var-annotated]
    for each in product.records("deal.activity"):
        source[each.partition].append(each)
    truth = recompute(source)
    assert {(each.id, each.sequence) for each in product.alerts()} == truth.alerts.keys()
    assert {key: decode_alert(value) for key, value in truth.open_alerts.items()} == _standing(product)


def test_rubbish_among_the_actions_is_a_dead_letter_and_holds_nobody_up(product: Product) -> None:
    """Nothing at all, no JSON, no action, nobody's action, an unknown alert: each has its reason."""
    product.start_worker().wait_ready()
    alert = _silent_deal(product)
    good = _acknowledged(alert)
    nobody = encode(good).replace(b'"actor":"ann"', b'"actor":""')
    nameless = json.dumps({k: v for k, v in json.loads(encode(good)).items() if k != "actor"}).encode()
    stranger = encode(good).replace(alert.id.encode(), b"al-" + b"0" * 20)
    other = encode(Created(id="no", source="/crm", subject="opp-9", time=good.time, data=CreatedData(name="No")))
    _hand_in(
        product,
        (None, None),
        (b"opp-7", b"{no json"),
        (b"opp-9", other),
        (b"opp-7", nobody),
        (b"opp-7", nameless),
        (b"opp-7", stranger),
        (b"opp-7", encode(good)),
    )
    _until(product, "acknowledged")
    eventually(lambda: len(product.records("deal.activity.dlq")) >= 6, 30)
    letters = product.records("deal.activity.dlq")
    assert sorted(each.headers[REASON].decode() for each in letters) == [
        "invalid_value",
        "missing_field",
        "no_action",
        "not_json",
        "null_value",
        "unknown_alert",
    ]
    assert "opp-9" not in product.deals()
    by_reason = {each.headers[REASON].decode(): each for each in letters}
    assert by_reason["no_action"].headers[TOPIC].decode().endswith("deal.alert-actions")
    assert by_reason["no_action"].value == other
    assert alert.id in by_reason["unknown_alert"].headers[DETAIL].decode()


def test_the_command_acts_waits_for_the_deal_and_undoes(product: Product) -> None:
    """Snoozed, opened again, on hold and released, from the terminal; what makes no sense is refused with a reason."""
    product.start_worker().wait_ready()
    alert = _silent_deal(product)
    snoozed = product.run("alerts", "snooze", alert.id[:8], "--for", "2w", "--by", "ann", "--note", "on holiday")
    assert f"{alert.id}  Quiet deal (opp-7): snoozed by ann (snoozed; silent snoozed until 2026-03-04" in snoozed.stdout
    assert _standing(product)[alert.id].note == "on holiday"
    assert "reopened by bob (open)" in product.run("alerts", "reopen", "opp-7", "--by", "bob").stdout
    again = product.run("alerts", "reopen", "opp-7", "--by", "bob")
    assert "nothing changed" in again.output
    wrong = product.run("alerts", "snooze", alert.id, "--rule", "slipping", check=False)
    assert wrong.exit_code == 2
    assert f"{alert.id} has no reason 'slipping'; it has silent" in wrong.output
    assert product.run("alerts", "acknowledge", "opp-8", check=False).exit_code == 1
    held = product.run("deal", "hold", "opp-7", "--reason", "budget", "--until", "2026-04-01")
    assert "opp-7 rests (budget) until 2026-04-01" in held.stdout
    assert _said(product, "resolved")[-1].resolution == "the deal is on hold (budget)"
    assert _standing(product) == {}
    assert "opp-7 goes on" in product.run("deal", "release", "opp-7").stdout


def test_a_proposed_update_is_answered_from_the_terminal(product: Product) -> None:
    """Shown with what speaks for it, accepted by one command; what is proposed no more is refused in a sentence."""
    product.start_worker().wait_ready()
    data = CreatedData(name="Unwritten", owner="rep-1", stage="Discovery", position=2, amount="9000", currency="EUR")
    born, day = clock("2026-02-02"), clock("2026-02-03")
    created = Created(id="created-8", source="/crm", subject="opp-8", time=born.time, data=data)
    send(product, created, ProposalSent(id="sent-8", source="/crm", subject="opp-8", time=day.time), day)
    eventually(lambda: "Move to Proposal?" in product.run("deal", "show", "opp-8", check=False).stdout, 60)
    stage, date = json.loads(product.run("deal", "show", "opp-8", "--json").stdout)["updates"]
    rejected = product.run("deal", "reject", "opp-8", date["id"][:10], "--by", "ann").stdout
    assert f"opp-8: rejected, {date['title']}" in rejected
    said = product.run("deal", "accept", "opp-8", "--by", "ann").stdout
    assert said == "opp-8: stage is Proposal now\n"
    assert product.deals()["opp-8"].facts.stage == "Proposal"
    again = product.run_apart("deal", "accept", "opp-8")
    assert again.returncode != 0
    assert "nothing is proposed for opp-8" in again.stderr
    written = [each.value for each in product.records("deal.activity") if stage["id"].encode() in (each.value or b"")]
    assert [b'"type":"deal.stage_changed.v1"' in (each or b"") for each in written] == [True]


def test_without_a_worker_the_command_says_that_nobody_has_heard(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hold that was handed in is no hold yet; the next worker takes it in."""
    worker = product.start_worker().wait_ready()
    _silent_deal(product)
    eventually(lambda: product.waiting() == 0, 60)
    worker.kill()
    monkeypatch.setattr(deal_hold, "WAIT_S", 1.0)
    said = product.run("deal", "hold", "opp-7", "--reason", "budget").stdout
    assert "handed in, but no worker has taken it in within 1 s" in said
    assert not product.deals()["opp-7"].facts.hold_reason
    product.start_worker().wait_ready()
    eventually(lambda: product.deals()["opp-7"].facts.hold_reason == "budget", 60)
