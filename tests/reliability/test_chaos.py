"""One round of every fault under load (S1, S6, S7, S10, and S3 and S4 among them): nothing differs from the truth."""

from __future__ import annotations

import asyncio
from itertools import islice
from pathlib import Path

import pytest

from tests.reliability.chaos import SEATS, chaos
from tests.reliability.injector import ROUND, Kind, schedule
from tests.reliability.stage import Stage
from tests.reliability.workers import Nursery


@pytest.mark.kafka
def test_a_round_of_every_fault_leaves_the_truth(stage: Stage, nursery: Nursery, tmp_path: Path) -> None:
    """Ten kills, three zombies, two deaths of the broker, each weather once, and more: zero differences."""
    report = asyncio.run(chaos(stage, nursery, tmp_path, seed=11))
    assert report.differences == [], report.table()
    assert dict(report.faults) == {kind.value: count for kind, count in ROUND.items()}
    assert report.ticks > 0 and report.compared["alert"] > 0 and report.compared["dead letter"] > 0
    assert report.samples > 0


def test_the_seed_alone_decides_the_faults() -> None:
    """The same seed gives the same schedule, and every round holds every kind as often as it should."""
    seats = tuple(SEATS)
    rounds = [list(islice(schedule(seed, seats), ROUND.total())) for seed in (1, 1, 2)]
    assert rounds[0] == rounds[1] != rounds[2]
    for faults in rounds:
        assert {kind: sum(each.kind is kind for each in faults) for kind in Kind} == dict(ROUND)
