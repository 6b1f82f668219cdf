"""What people say of alerts, through the real product: actions become votes, and the next day's models move a rule."""

from __future__ import annotations

import json
from datetime import timedelta

from streams.alerts.alert import Alert
from streams.events import action
from streams.events.deal import Created, CreatedData
from streams.events.envelope import Event
from streams.labels.lesson import VotesChanged, decode_lesson
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_operation import PARTITIONS, clock, send
from tests.reliability.truth import recompute

FIRST, SECOND = clock("2026-02-02").time, clock("2026-02-20").time


def _days(first: str, days: int) -> list[Event]:
    start = clock(first).time
    return [clock((start + timedelta(days=each)).date().isoformat()) for each in range(days)]


def _created(name: str, second: bool = False) -> Event:
    data = CreatedData(name=name, owner="rep-1")
    return Created(id=f"c-{name}", source="/crm", subject=name, time=SECOND if second else FIRST, data=data)


def _silent(product: Product, name: str) -> list[Alert]:
    return [each for each in product.alerts() if each.opportunity == name and each.rule == "silent"]


def _dismissed(alert: Alert, by: str) -> Event:
    return action.AlertDismissed(
        id=f"no-{alert.id}",
        source="/test",
        subject=alert.opportunity,
        time=clock("2026-02-18").time,
        actor=by,
        data=action.DismissedData(alert=alert.id, rule="silent", reason="wrong"),
    )


def test_alerts_that_people_call_useless_come_later_from_the_next_day_on(product: Product) -> None:
    """Six silences called so by three people; the next one is told days later, and says why. A replay agrees."""
    product.start_worker().wait_ready()
    names = [f"opp-{number}" for number in range(6)]
    send(product, clock("2026-02-02"), *map(_created, names), *_days("2026-02-03", 16))
    eventually(lambda: all(_silent(product, name) for name in names), 90)
    assert "nobody has said" in product.run("rules", "show", "silent").stdout
    send(product, *(_dismissed(_silent(product, name)[0], f"rep-{place % 3}") for place, name in enumerate(names)))
    send(product, *_days("2026-02-19", 2), _created("opp-later", second=True), *_days("2026-02-21", 22))
    eventually(lambda: bool(_silent(product, "opp-later")), 90)

    heard = [decode_lesson(each.value or b"") for each in product.records("deal.examples")]
    assert len([each for each in heard if isinstance(each, VotesChanged)]) == 6
    before, after = _silent(product, "opp-0")[0], _silent(product, "opp-later")[0]
    waited = [(each.at - begun.timestamp() * 1000) / 86_400_000 for each, begun in ((before, FIRST), (after, SECOND))]
    assert 13.5 <= waited[0] < 13.6
    assert 18.0 <= waited[1] < 18.1  # after 17 days, at a weekend, too few were business days
    why = "people here called 6 of 6 such alerts not useful, so it speaks from 1.88 times instead of 1.5 times"
    assert why in [each.text for reason in after.reasons if reason.rule == "silent" for each in reason.evidence]

    shown = product.run("rules", "show", "silent").stdout
    assert "1.5 times -> 1.8" in shown
    votes = json.loads(product.run("rules", "show", "silent", "--json").stdout)["votes"]
    assert [(each["team"], each["useful"], each["not_useful"], each["people"]) for each in votes] == [("", 0, 6, 3)]
    assert "0 useful, 6 not" in product.run("rules", "list").stdout

    eventually(lambda: product.waiting() == 0, 60)
    source = {number: [] for number in range(PARTITIONS)}  # type: ignore[var-annotated]
    for each in product.records("deal.activity"):
        source[each.partition].append(each)
    assert {(each.id, each.sequence) for each in product.alerts()} == recompute(source).alerts.keys()
