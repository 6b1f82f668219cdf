"""Who leads: what an environment that follows does not do, and what one that retires does not begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as with_parts
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from streams.alerts.policy import Policy
from streams.alerts.ruleset import AS_DECLARED, read_rules
from streams.channels.outcome import Outcome
from streams.config.delivery import read_delivery
from streams.engine.memory import MemoryShelf
from streams.engine.packing import Plain
from streams.engine.store import PartitionStore
from streams.notify.delivery import Delivery, encode_delivery, for_alert
from streams.notify.notice import Notice
from streams.replay.generation import Generation, encode_generation
from streams.runtime.leadership import Leadership
from streams.runtime.sender import SendParts, SendTask
from streams.runtime.track import Liveness, TrackTask
from streams.telemetry.emit import Metrics
from tests.builders import APPENDED_AT, a_clock, deliveries
from tests.unit.notify.said import a_notice, at
from tests.unit.runtime.test_track import parts


def said(role: Any) -> Leadership:
    """Leadership that heard of a role."""
    leadership = Leadership()
    value = encode_generation(Generation(role=role, other="v2.", since=1))
    leadership.on_record(SimpleNamespace(value=value))
    return leadership


@pytest.mark.parametrize(
    ("role", "leads", "follows"), [("leads", True, False), ("follows", False, True), ("retired", False, False)]
)
def test_the_record_says_who_leads(role: str, leads: bool, follows: bool) -> None:
    """Three roles; without a record an environment leads."""
    assert (said(role).leads, said(role).follows) == (leads, follows)
    assert Leadership().leads and not Leadership().follows


def test_an_unreadable_record_is_no_guess() -> None:
    """It ends the program."""
    with pytest.raises(msgspec.DecodeError):
        Leadership().on_record(SimpleNamespace(value=b'{"role": "emperor"}'))


@pytest.mark.parametrize("follows", [True, False])
def test_one_that_follows_asks_for_no_rules_and_moves_no_time(follows: bool) -> None:
    """Both come with what is copied; its own would come before their time."""
    store = PartitionStore(MemoryShelf(Plain()))
    store.restart(0)
    rules = read_rules({"rule": {"silent": {"factor": 2.0}}})
    assert rules.digest != AS_DECLARED.digest
    made = with_parts(parts(4), rules=lambda: rules, liveness=Liveness("wall"), follows=lambda: follows)
    task = TrackTask(0, store, made)
    list(task.ready())
    [clock] = deliveries([a_clock(1)])
    records: Any = [clock]
    task.process(records, 0)
    task.outbox()
    task.look(APPENDED_AT, caught_up=True)
    written = [each for each in task.outbox() if each.topic == "deal.activity"]
    assert len(written) == (0 if follows else 2)


class _Channels:
    """Notes what is tried, and answers nothing."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def attempt(self, delivery: Delivery, before: Notice | None, done: Callable[[Outcome], None]) -> None:
        self.tried.append(delivery.id)

    def repeat(self, channel: str, notices: list[Notice]) -> None:
        raise AssertionError


def test_one_that_retires_begins_no_attempt_and_is_idle_when_none_is_under_way(tmp_path: Path) -> None:
    """So whoever takes over need not fear that a message is on its way."""
    leads = True
    channels = _Channels()
    (tmp_path / "d.toml").write_text('fallback = ["a"]\n[channels.a]\nurl = "json://x"\n')
    plan = read_delivery(tmp_path / "d.toml", Policy(), "")
    task = SendTask(
        PartitionStore(MemoryShelf(Plain())),
        SendParts(parts(4).topics, plan, channels, lambda: at(0), Metrics("send"), leads=lambda: leads),
    )
    one, two = (for_alert(a_notice(f"al-{number}", sequence=1), "a", at(0), None) for number in range(2))
    task.process([SimpleNamespace(value=encode_delivery(one), headers=())], 0)
    assert not task.idle
    leads = False
    task.process([SimpleNamespace(value=encode_delivery(two), headers=())], 0)
    for _ in range(4):
        task.dirty()
        task.look(at(0), caught_up=True)
    assert channels.tried == [one.id]
    assert not task.idle
