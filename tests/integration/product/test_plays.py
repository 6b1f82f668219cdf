"""Plays through Kafka: on deal.plays once each past a crash, by the plays that the log says, with their effect."""

from __future__ import annotations

import json
from typing import Any

from streams.events import activity, judgement
from streams.events.deal import Created, CreatedData
from streams.plays.event import PlayEvent, decode_play_event
from tests.integration.product.conftest import Product, eventually
from tests.integration.product.test_operation import PARTITIONS, clock, send
from tests.reliability.truth import Truth, recompute

DEALS = tuple(f"opp-{number}" for number in range(12))
OWN = """
id = "keep_warm"
version = 1
title = "Keep it warm"
situation = "On hold for legal reasons"
priority = 85
followed_by = ["email_sent"]
cool_down_days = 30
[trigger]
on = "hold"
hold = ["legal"]
[[steps]]
text = "Ask legal what is missing"
due = 3
[success]
text = "somebody turns to the buyer when it resumes"
within_business_days = 5
resumed = 5
"""


def _opened(name: str, day: str) -> Created:
    data = CreatedData(name=name, owner="rep-1", amount="9000", currency="EUR")
    return Created(id=f"created-{name}", source="/crm", subject=name, time=clock(day).time, data=data)


def _held(name: str, day: str, reason: judgement.HoldReason = "budget") -> judgement.HoldSet:
    return judgement.HoldSet(
        id=f"hold-{name}-{day}",
        source="/crm",
        subject=name,
        time=clock(day).time,
        data=judgement.HoldData(reason=reason),
    )


def _written(name: str, day: str) -> activity.EmailSent:
    return activity.EmailSent(id=f"sent-{name}-{day}", source="/mail", subject=name, time=clock(day).time)


def _plays(product: Product) -> list[PlayEvent]:
    return [decode_play_event(each.value) for each in product.records("deal.plays") if each.value is not None]


def _truth(product: Product) -> Truth:
    source: dict[int, list[Any]] = {number: [] for number in range(PARTITIONS)}
    for each in product.records("deal.activity"):
        source[each.partition].append(each)
    return recompute(source)


def test_runs_are_on_the_topic_as_the_log_decides_whoever_dies_meanwhile(product: Product) -> None:
    """Alerts and holds begin runs, messages follow them, time fails them; killed in between: what a replay says."""
    first = product.start_worker().wait_ready()
    send(product, clock("2026-02-02"), *(_opened(name, "2026-02-02") for name in DEALS))
    send(product, *(_held(name, "2026-02-03") for name in DEALS[:4]))
    send(product, *(clock(f"2026-02-{day:02d}") for day in range(4, 13)))
    eventually(lambda: any(each.happened == "started" and each.alert for each in _plays(product)), 90)
    first.kill()
    send(product, *(_written(name, "2026-02-13") for name in DEALS[::2]))
    send(product, *(clock(f"2026-02-{day:02d}") for day in range(13, 28)))
    send(product, *(clock(f"2026-03-{day:02d}") for day in range(1, 12)))
    product.start_worker().wait_ready()
    eventually(lambda: any(each.happened == "failed" for each in _plays(product)), 90)
    eventually(lambda: product.waiting() == 0, 90)

    truth = _truth(product)
    records = product.records("deal.plays")
    found = {decode_play_event(each.value or b"").id: each for each in records}
    assert {name: each.value for name, each in found.items()} == truth.plays
    said = [decode_play_event(value) for value in truth.plays.values()]
    assert {each.happened for each in said} >= {"started", "followed", "touch_due", "failed"}
    for record in records:
        event = decode_play_event(record.value or b"")
        assert (record.key, record.headers["happened"]) == (event.opportunity.encode(), event.happened.encode())
        assert record.headers["arm"] == event.arm.encode()
    shown = {alert.play.run for alert in product.alerts() if alert.play is not None and alert.play.run}
    withheld = {alert.withheld.run for alert in product.alerts() if alert.withheld is not None and alert.withheld.run}
    arms = {each.run: each.arm for each in said}
    assert {arms[run] for run in shown} == {"played"}
    assert {arms[run] for run in withheld} <= {"held_out"}

    told = json.loads(product.run("plays", "effect", "--json").stdout)
    counts = {each["play"]: each["deals_played"] + each["deals_held_out"] for each in told["effects"]}
    assert counts["stay_close"] == 4


def test_a_play_that_is_added_while_a_worker_runs_arrives_through_the_log(product: Product) -> None:
    """Its folder is read by the worker; what decides is the record, so the replay of the log has the same runs."""
    folder = product.folder / "plays"
    folder.mkdir()
    product.extra["DEALWATCH_PLAYS"] = str(folder)
    worker = product.start_worker().wait_ready()
    send(product, clock("2026-02-02"), *(_opened(name, "2026-02-02") for name in DEALS[:2]))
    send(product, _held(DEALS[0], "2026-02-03", "legal"), clock("2026-02-04"))
    eventually(lambda: product.waiting() == 0, 60)
    assert [each for each in _plays(product) if each.play == "keep_warm"] == []
    (folder / "own.toml").write_text(OWN)
    eventually(lambda: b"keep_warm" in b"".join(each.value or b"" for each in product.records("deal.activity")), 60)
    send(product, _held(DEALS[1], "2026-02-05", "legal"), clock("2026-02-06"))
    eventually(lambda: {each.opportunity for each in _plays(product) if each.play == "keep_warm"} == {*DEALS[:2]}, 60)
    eventually(lambda: product.waiting() == 0, 60)
    assert {each.id for each in _plays(product)} == _truth(product).plays.keys()
    # Page and command line know it from the partition's own state, also once no folder says so any more.
    product.extra.pop("DEALWATCH_PLAYS")
    shown = json.loads(product.run("deal", "show", DEALS[1], "--json").stdout)["running_plays"]
    address = f"{worker.address()}/api/deals/{DEALS[1]}"
    eventually(lambda: '"keep_warm"' in (worker.get(address) or ""), 30)
    told = json.loads(worker.get(address) or "{}")["running_plays"]
    assert [each["play"]["id"] for each in shown] == [each["play"]["id"] for each in told] == ["keep_warm"]
    assert shown[0]["play"]["schedule"] == told[0]["play"]["schedule"]
    assert "1. Ask legal what is missing (by 2026-02-10" in product.run("deal", "show", DEALS[1]).stdout
    due = json.loads(worker.get(f"{worker.address()}/api/inbox?status=due") or "{}")
    assert due["statuses"]["due"] == len(due["due"])
