"""Delivery as its user runs it: alerts on a real Kafka, the notify programs, a real web server that counts by id."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from streams.alerts.alert import Alert, Reason, encode_alert
from streams.notify.delivery import Delivery, decode_delivery, encode_delivery, for_alert
from streams.notify.notice import notice_of
from streams.runtime.sender import AT_ONCE
from streams.state.watch import Severity
from streams.telemetry.catalogue import PREFIX, served_by
from tests.contracts.documented import Documented
from tests.integration.product.conftest import Product, Worker, eventually, families
from tests.unit.notify.receivers import Answer, Hook, a_hook

DAY = 86_400_000
#: Open on all days at all times, so that the tests do not depend on when they run.
FILE = """
fallback = ["chat"]
give_up_hours = {give_up}

[channels.chat]
url = "json://127.0.0.1:{port}/chat"
rate = 200

[channels.slow]
url = "json://127.0.0.1:{port}/slow"
rate = 200

[channels.oncall]
url = "alertmanager://127.0.0.1:{port}"
repeat_seconds = 5

[hours]
working = "00:00-24:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

{routes}
"""
EVERYTHING_AT_ONCE = '[[routes]]\nchannels = ["chat"]\nalways = true\n'


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server."""
    with a_hook() as made:
        yield made


def wall() -> int:
    """The time now, in milliseconds."""
    return int(time.time() * 1000)


def alert(name: str, severity: Severity = "critical", owner: str = "rep-1", when: int | None = None) -> Alert:
    """An alert that has just opened."""
    at = wall() if when is None else when
    reason = Reason(
        rule="silent",
        rule_version=3,
        severity=severity,
        episode=at,
        title="No answer for 12 days",
        evidence=(),
        clears_when="the buyer makes contact",
    )
    return Alert(
        id=f"al-{name}",
        sequence=1,
        transition="opened",
        status="open",
        severity=severity,
        rule="silent",
        opportunity=f"opp-{name}",
        name=f"Deal {name}",
        owner=owner,
        account="",
        stage="Proposal",
        amount="1000",
        currency="EUR",
        opened_at=at,
        at=at,
        title="No answer for 12 days",
        reasons=(reason,),
    )


def over(open_alert: Alert) -> Alert:
    """The same alert, resolved now."""
    return replace(
        open_alert, sequence=2, transition="resolved", status="resolved", reasons=(), resolution="contact", at=wall()
    )


def configure(product: Product, hook: Hook, routes: str, give_up: float = 24) -> None:
    """Give the product a delivery file."""
    path = product.folder / "delivery.toml"
    path.write_text(FILE.format(port=hook.port, routes=routes, give_up=give_up))
    product.extra |= {"DEALWATCH_DELIVERY": str(path), "DEALWATCH_COMMIT_INTERVAL_SECONDS": "0.2"}


def say(product: Product, *alerts: Alert) -> None:
    """Write alerts as the tracker does."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for each in alerts:
        producer.send(f"{product.prefix}deal.alerts", key=each.opportunity.encode(), value=encode_alert(each))
    producer.flush(30)
    producer.close()


def decide(product: Product, *deliveries: Delivery) -> None:
    """Write deliveries as the program that decides does."""
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for each in deliveries:
        producer.send(f"{product.prefix}deal.notifications", key=each.owner.encode(), value=encode_delivery(each))
    producer.flush(30)
    producer.close()


def start(product: Product) -> Worker:
    """Start both programs, and wait until they take part."""
    return product.start_worker("--role", "notify").wait_ready()


def decided(product: Product) -> list[Delivery]:
    """All deliveries that were decided, each id once."""
    found = [decode_delivery(each.value) for each in product.records("deal.notifications") if each.value is not None]
    return list({each.id: each for each in found}.values())


def test_the_budget_holds_live_and_the_rest_waits(product: Product, hook: Hook) -> None:
    """Of eight criticals of an owner five go out at once; another owner's are not held up; old news says nothing."""
    configure(product, hook, "")
    worker = start(product)
    first = [alert(f"one-{number}") for number in range(8)]
    old = [alert(f"old-{number}", when=wall() - 3 * DAY) for number in range(3)]
    say(product, *old, *first, *(alert(f"two-{number}", owner="rep-2") for number in range(2)))

    eventually(lambda: len(hook.taken) >= 7, 60)
    time.sleep(3)

    owners = Counter(each.json["delivery"]["owner"] for each in hook.taken)
    assert owners == {"rep-1": 5, "rep-2": 2}
    assert Counter(hook.keys()).most_common(1)[0][1] == 1
    scraped = worker.get(f"{worker.address()}/metrics") or ""
    assert 'dealwatch_notifications_total{channel_kind="webhook",outcome="sent",role="send"} 7.0' in scraped
    assert families(scraped) == {PREFIX + each.name for each in served_by("send")}
    beside = worker.get(f"{worker.address(beside=True)}/metrics") or ""
    assert families(beside) == {PREFIX + each.name for each in served_by("allot")}
    assert 'dealwatch_deliveries_total{kind="alert",role="allot"} 7.0' in beside


def test_killed_again_and_again_nothing_is_lost_and_every_id_is_known(product: Product, hook: Hook) -> None:
    """`kill -9` right after a message has arrived, before it could be written down: each id arrives, none is new.

    The receiver sees some ids twice, as it must be able to: it counts by id.
    """
    configure(product, hook, EVERYTHING_AT_ONCE)
    expected = 40
    say(product, *(alert(str(number), owner=f"rep-{number % 4}") for number in range(expected)))
    killed = 0
    for goal in (1, 12, 24):
        worker = product.start_worker("--role", "notify")
        eventually(lambda goal=goal: len(set(hook.keys())) >= goal, 90, soon=True)  # type: ignore[misc]  # bound now
        worker.kill()
        killed += len(set(hook.keys())) < expected
    start(product)
    eventually(lambda: len(set(hook.keys())) == expected, 90)
    time.sleep(3)

    assert killed >= 2, "no kill fell among the messages: make them more"
    assert set(hook.keys()) == {each.id for each in decided(product)}
    assert {each.json["delivery"]["notice"]["id"] for each in hook.taken} == {f"al-{n}" for n in range(expected)}
    # At most what was under way at each kill.
    assert len(hook.keys()) - expected <= 3 * AT_ONCE


def test_the_decider_killed_alone_decides_the_same_within_the_budget(product: Product, hook: Hook) -> None:
    """Its process is killed while alerts come: the worker ends, is started again, and no budget is spent twice."""
    configure(product, hook, "")
    owners = [f"rep-{number}" for number in range(6)]
    for turn in range(2):
        worker = product.start_worker("--role", "notify")
        say(product, *(alert(f"{turn}-{n}-{owner}", owner=owner) for n in range(4) for owner in owners))
        seen = len(decided(product))
        eventually(lambda seen=seen: len(decided(product)) > seen, 90, soon=True)  # type: ignore[misc]  # bound now
        [child] = psutil.Process(worker.process.pid).children()
        child.kill()
        eventually(lambda worker=worker: worker.process.poll() is not None, 30)  # type: ignore[misc]  # bound now
    start(product)
    eventually(lambda: len(set(hook.keys())) == 5 * len(owners), 90)
    time.sleep(3)

    assert Counter(each.owner for each in decided(product)) == dict.fromkeys(owners, 5)
    assert set(hook.keys()) == {each.id for each in decided(product)}


def outbox(product: Product) -> list[tuple[str, str, str]]:
    """Status, id and reason of what is listed."""
    listed = [json.loads(line) for line in product.run("notify", "outbox", "--json").stdout.splitlines()]
    return [(each["status"], each["id"], each["reason"]) for each in listed]


def test_what_began_is_left_out_once_its_end_was_sent_also_by_the_next_process(product: Product, hook: Hook) -> None:
    """Decided the wrong way round, as through a crash; killed in between: listed and counted, and never sent."""
    configure(product, hook, EVERYTHING_AT_ONCE)
    began = alert("one")
    first, last = (for_alert(notice_of(each), "chat", wall(), None, "update") for each in (began, over(began)))
    worker = start(product)
    decide(product, last)
    eventually(lambda: hook.keys() == [last.id], 60)
    eventually(lambda: any(each.key == last.id.encode() for each in product.records("deal.notifications.sent")), 30)
    time.sleep(3)
    worker.kill()

    worker = start(product)
    decide(product, first)
    counted = 'dealwatch_notifications_total{channel_kind="webhook",outcome="left_out",role="send"} 1.0'
    eventually(lambda: counted in (worker.get(f"{worker.address()}/metrics") or ""), 60)
    # It is counted when it is decided, and on the topic a moment later.
    eventually(lambda: outbox(product) == [("left_out", first.id, "overtaken")], 30)
    assert "0 sending, 0 refused, 1 left out" in product.run("notify", "outbox", "--status", "left_out").stdout
    assert "0 will be sent again" in product.run("notify", "retry").stdout
    assert hook.keys() == [last.id] and product.records("deal.alerts.dlq") == []


def test_a_slow_channel_holds_up_nobody_and_what_is_refused_is_buried_and_retried(product: Product, hook: Hook) -> None:
    """One channel hangs, one refuses, one wants to be left alone for a second: each message has its own fate."""
    asked: list[float] = []

    def answer(path: str, before: int) -> Answer:
        if path == "/slow":
            return Answer(200, after_s=5)
        if path == "/chat" and not asked:
            asked.append(time.monotonic())
            return Answer(429, {"Retry-After": "2"})
        if path == "/chat" and refusing:
            return Answer(422)
        return Answer()

    refusing: list[int] = []
    hook.answer = answer
    configure(
        product,
        hook,
        '[[routes]]\nchannels = ["slow"]\nowner = ["snail"]\nalways = true\n'
        '[[routes]]\nchannels = ["chat"]\nalways = true\n',
    )
    start(product)
    say(product, *(alert(f"slow-{number}", owner="snail") for number in range(3)), alert("quick"))
    eventually(lambda: any(each.path == "/chat" for each in hook.taken), 30)
    assert time.monotonic() - asked[0] >= 2, "it was asked to wait for two seconds"

    refusing.append(1)
    say(product, alert("bad"))
    eventually(lambda: len(product.records("deal.alerts.dlq")) == 1, 30)
    [letter] = product.records("deal.alerts.dlq")
    documented = Documented()
    for topic in ("deal.notifications", "deal.alerts.dlq"):
        assert [problem for each in product.records(topic) for problem in documented.check(topic, each)] == []
        assert documented.checked[topic].total() > 0
    assert letter.headers["dealwatch_reason"] == b"http_422"
    assert decode_delivery(letter.value or b"").notice.id == "al-bad"  # type: ignore[union-attr]
    eventually(lambda: [each[::2] for each in outbox(product) if each[0] == "refused"] == [("refused", "http_422")], 30)

    refusing.clear()
    assert "1 " in product.run("notify", "retry").stdout
    eventually(lambda: any(each.json["delivery"]["notice"]["id"] == "al-bad" for each in hook.taken), 30)
    assert "0 " in product.run("notify", "retry").stdout
    eventually(lambda: sum(each.path == "/slow" for each in hook.taken) == 3, 60)


def test_alertmanager_is_told_again_until_the_alert_ends(product: Product, hook: Hook) -> None:
    """An open alert is repeated, also by the next process after a kill, and ended when it is resolved."""
    configure(product, hook, '[[routes]]\nchannels = ["oncall"]\nalways = true\n')
    one = alert("one")
    worker = start(product)
    say(product, one)
    eventually(lambda: len(hook.taken) >= 2, 60)
    worker.kill()
    before = len(hook.taken)
    start(product)
    eventually(lambda: len(hook.taken) >= before + 2, 60)

    say(product, over(one))
    eventually(lambda: hook.taken[-1].json[0]["endsAt"] <= now_text(), 60)
    count = len(hook.taken)
    time.sleep(7)

    assert len(hook.taken) == count, "what has ended is not repeated"
    assert len({json.dumps(each.json[0]["labels"]) for each in hook.taken}) == 1


def now_text() -> str:
    """The time now as Alertmanager's API writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.999Z", time.gmtime())


def test_what_gives_up_is_not_tried_for_ever(product: Product, hook: Hook, tmp_path: Path) -> None:
    """A service that is away for longer than `give_up_hours`: a dead letter says so."""
    hook.answer = lambda _path, _before: Answer(503)
    configure(product, hook, EVERYTHING_AT_ONCE, give_up=0.002)
    start(product)
    say(product, alert("one"))
    eventually(lambda: len(product.records("deal.alerts.dlq")) == 1, 60)
    [letter] = product.records("deal.alerts.dlq")
    assert letter.headers["dealwatch_reason"] == b"gave_up"
    assert len(hook.requests) > 1
