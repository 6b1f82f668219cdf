"""What doctor says of a group: who is at work, what waits, and where."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streams.admin import diagnosis
from streams.admin.diagnosis import Check, group
from streams.admin.lag import Member
from streams.config.topics import Topic

TOPIC = Topic("deal.activity", 4, {})


def found(monkeypatch: pytest.MonkeyPatch, lags: Mapping[int, int], members: int = 1) -> Check:
    """What it says where Kafka says so."""
    there = [Member("worker", "127.0.0.1", ())] * members
    monkeypatch.setattr(diagnosis, "members", lambda *_: there)
    monkeypatch.setattr(diagnosis, "group_lag", lambda *_: lags)
    return group("127.0.0.1:1", "track", "dealwatch-track", TOPIC)


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
    """Without any it is a warning."""
    check = found(monkeypatch, {0: 0, 1: 5}, members=0)
    assert check.verdict == "fail" and check.found.endswith("5 records of deal.activity wait (partition 1: 5)")
    assert found(monkeypatch, {0: 0, 1: 0}, members=0).verdict == "warn"
