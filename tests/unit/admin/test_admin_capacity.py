"""What doctor says of room: the disks of brokers, and how much of the workers a day takes."""

from __future__ import annotations

import pytest

from streams.admin.diagnosis_capacity import Disk, Load, capacity, kafka_disk

GB = 10**9


@pytest.mark.parametrize(("free", "verdict"), [(40, "ok"), (15, "ok"), (14, "warn"), (5, "warn"), (4, "fail")])
def test_the_fullest_broker_decides(free: int, verdict: str) -> None:
    """Its number is said, and what the topics take on all of them."""
    check = kafka_disk([Disk(1, 90 * GB, 100 * GB, 2 * GB), Disk(2, free * GB, 100 * GB, 3 * GB)])
    assert check.verdict == verdict and bool(check.todo) == (verdict != "ok")
    assert check.found == f"{free}.0 GB ({free}%) free on broker 2, the least; our topics take 5.0 GB"


def test_a_broker_that_does_not_say_how_full_it_is_is_no_alarm() -> None:
    """Those before 3.3 do not, and other makes."""
    check = kafka_disk([Disk(1, -1, -1, 2 * GB)])
    assert check.verdict == "ok" and "do not say" in check.found


@pytest.mark.parametrize(
    ("load", "verdict", "said"),
    [
        (Load(864_000, 36_000, 1, 4), "ok", "takes 1 % of 1 worker"),
        (Load(0, 0, 1, 4), "ok", "less than 1 % of 1 worker"),
        (Load(86_400_000, 3_600_000, 1, 4), "warn", "takes 100 % of 1 worker"),
        (Load(86_400_000, 3_600_000, 4, 4), "ok", "takes 25 % of 4 workers"),
        (Load(36_000_000, 36_000_000, 4, 4), "warn", "takes 250 % of 4 workers"),
        (Load(5, 5, 6, 4), "warn", "6 workers and 4 partitions: 2 can only stand by"),
        (Load(5, 5, 0, 4), "ok", "nobody is there"),
    ],
)
def test_what_came_is_held_against_who_is_there(load: Load, verdict: str, said: str) -> None:
    """The busier of day and hour counts; a millisecond for each record makes a thousand a second of a worker."""
    check = capacity(load, 1_000.0)
    assert (check.verdict, said in check.found) == (verdict, True), check
    assert bool(check.todo) == (verdict == "warn")


def test_more_workers_are_asked_for_while_there_are_partitions_for_them() -> None:
    """Then partitions, which only a rebuild makes; how many `plan` says, by the busier of day and hour."""
    assert "start more workers, up to 4" in capacity(Load(80_000_000, 0, 1, 4), 1_000.0).todo
    full = capacity(Load(80_000_000, 10_000_000, 1, 1), 1_000.0).todo
    assert "rebuild start NEW --partitions N" in full and "--events-per-day 240000000" in full
