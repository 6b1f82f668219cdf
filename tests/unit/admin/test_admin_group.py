"""What doctor says of a group: who is at work, what waits, and where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streams.admin import diagnosis_groups
from streams.admin.check import Check
from streams.admin.diagnosis_groups import group
from streams.admin.errors import AccessDenied
from streams.admin.lag import Member
from streams.config.topics import Topic

TOPIC = Topic("deal.activity", 4, {})


def found(
    monkeypatch: pytest.MonkeyPatch,
    lags: Mapping[int, int],
    members: int = 1,
    *,
    role: str = "track",
    beside: int | None = 0,
    committed: Mapping[int, int] | None = None,
    end: int = 0,
) -> Check:
    """What it says where Kafka says so; of whom works `beside` nothing (none), where a right is missing."""
    counts = {f"dealwatch-{role}": members, "dealwatch-other": beside}

    def there(_: object, name: str) -> list[Member]:
        number = counts[name]
        if number is None:
            raise AccessDenied("no")
        return [Member("worker", "127.0.0.1", ())] * number

    monkeypatch.setattr(diagnosis_groups, "members", there)
    monkeypatch.setattr(diagnosis_groups, "group_lag", lambda *_: lags)
    monkeypatch.setattr(diagnosis_groups, "committed_places", lambda *_: committed or {})
    monkeypatch.setattr(diagnosis_groups, "spans", lambda *_: dict.fromkeys(lags, (end, end)))
    return group("127.0.0.1:1", role, f"dealwatch-{role}", TOPIC, "dealwatch-other")


def test_partitions_in_which_most_waits_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most first; those without anything not at all."""
    check = found(monkeypatch, {0: 3, 1: 0, 2: 1_200, 3: 0}, members=2)
    assert check.found == (
        "2 at work in dealwatch-track; 1,203 records of deal.activity wait (partition 2: 1,200, partition 0: 3)"
    )
    assert check.verdict == "ok"
    many = found(monkeypatch, {number: 10 + number for number in range(64)})
    assert many.found.count("partition ") == 4 and "partition 63: 73" in many.found


def test_nothing_is_named_where_nothing_waits_or_there_is_one_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name for all of it would say nothing."""
    assert found(monkeypatch, {0: 0, 1: 0}).found.endswith("0 records of deal.activity wait")
    assert found(monkeypatch, {0: 7}).found.endswith("7 records of deal.activity wait")


def test_records_that_nobody_works_on_fail_and_say_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any it is a warning, as long as nothing ever was there."""
    check = found(monkeypatch, {0: 0, 1: 5}, members=0)
    assert check.verdict == "fail" and check.found.endswith("5 records of deal.activity wait (partition 1: 5)")
    assert found(monkeypatch, {0: 0, 1: 0}, members=0).verdict == "warn"


@pytest.mark.parametrize(("committed", "end"), [({0: 7}, 0), ({}, 7), ({0: 7}, 7)])
def test_nobody_keeps_deals_that_are_there_is_a_failure_though_nothing_waits(
    committed: Mapping[int, int], end: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every event is handled and the worker is gone: no deadline passes. A log that retention has emptied counts."""
    check = found(monkeypatch, {0: 0, 1: 0}, members=0, committed=committed, end=end)
    assert check.verdict == "fail" and "no deadline passes" in check.found
    assert found(monkeypatch, {0: 0}, members=0, role="learn", committed=committed, end=end).verdict == "warn"


@pytest.mark.parametrize(("role", "alone"), [("learn", "--role learn"), ("track", "--role track")])
def test_who_is_missing_is_started_alone_where_the_other_half_is_at_work(
    role: str, alone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one command starts both; so it does where nobody may say who is there."""
    apart = found(monkeypatch, {0: 5}, members=0, role=role, beside=1)
    assert apart.todo == f"start one with `dealwatch worker {alone}`"
    for beside in (0, None):
        assert found(monkeypatch, {0: 5}, members=0, role=role, beside=beside).todo == (
            "start one with `dealwatch worker`"
        )
