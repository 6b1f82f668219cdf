"""What the part `capacity` makes of what it saw: slopes of two sizes, medians of rounds, and a plan that fits them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from streams.bench.capacity import derived, medians, slope
from streams.bench.lived import LivedLog, Ran, Restarted
from streams.bench.plan import Plan
from streams.bench.standing import OpenDeals, PageView, Spent
from streams.bench.usage import NoProcess, folder_bytes, usage_of
from streams.bench.volumes import Volume, weighed
from streams.capacity.catalogue import NAMES

PLAN = Plan(broker="", folder=Path())


def opened(deals: int, store: str) -> OpenDeals:
    """What a bench would see of a machine on which everything is a straight line."""
    memory = store == "memory"
    return OpenDeals(
        deals=deals,
        events=20_000,
        state_raw=3_000.0,
        empty=80_000_000,
        full=80_000_000 + deals * (1_400 if memory else 300),
        worked=80_000_000 + deals * (1_400 if memory else 300) + min(deals, 8_000) * 20_000,
        recovery_s=deals * (30e-6 if memory else 60e-6),
        asked=deals if memory else 0,
        day=Spent(deals * 400e-6, 100, deals * 700) if memory else None,
        spent=Spent(20_000 * 300e-6, 20_000 * 90, 20_000 * 800),
        page=PageView(70.0, 90_000_000, 91_000_000 + deals * 6_000) if memory else None,
        on_disk=0 if memory else 1_000_000 + deals * 900,
        again_s=0.0 if memory else deals * 10e-6,
    )


def volume(records: int, each: int, live: int = 0) -> Volume:
    """A topic of records of one size, compressed to a third."""
    return Volume(
        records=records,
        raw=records * each,
        stored=records * each // 3,
        live=live,
        live_raw=live * each,
        keyed_raw=records * each,
    )


def lived(deals: int) -> LivedLog:
    """A log of so many deals, with 20 events and 30 days each."""
    events, days = deals * 20, deals * 30
    topics = ("state", "plays", "models", "notifier", "notifications", "alerts.open")
    volumes = {f"deal.{name}": volume(100, 300, 10) for name in topics}
    # 60,000 heartbeats of 30 bytes are there anyway.
    volumes["deal.activity"] = Volume(
        records=60_000 + events, raw=0, stored=60_000 * 30 + events * 90, live=0, live_raw=0, keyed_raw=events * 400
    )
    volumes |= {"deal.examples": volume(days * 2, 600), "deal.alerts": volume(days // 10, 3_000)}
    volumes["deal.learner"] = Volume(
        records=days, raw=days * 900, stored=7_500_000 + days * 300, live=days // 3, live_raw=days * 300, keyed_raw=0
    )
    return LivedLog(
        deals=deals,
        events=events,
        open_deals=deals // 2,
        questions=days,
        waiting=days // 3,
        tracked=Ran(1.0 + events * 300e-6 + days * 400e-6),
        learned=Ran(5.0 + days * 900e-6, 100_000_000, 150_000_000 + days // 3 * 3_000),
        restarted=Restarted(days // 3, days // 3 * 100e-6, 110_000_000 + days // 3 * 3_000),
        allotted=Ran(days // 10 * 200e-6, 90_000_000, 90_000_000 + days // 10 * 2_000),
        volumes=volumes,
    )


def test_every_figure_is_the_slope_that_was_there() -> None:
    """With what is constant taken out: a process's start, heartbeats, the learner's parts."""
    found = derived(
        [lived(300), lived(1_200)],
        [opened(20_000, "memory"), opened(100_000, "memory")],
        [opened(20_000, "rocksdb"), opened(100_000, "rocksdb")],
        PLAN,
        2_000,
    )
    assert found.keys() == NAMES
    for name, value in {
        "track_event_us": 300,
        "track_day_us": 400,
        "track_deal_bytes": 1_400,
        "track_disk_deal_bytes": 300,
        "track_decoded_bytes": 20_000,
        "disk_deal_bytes": 900,
        "restore_us": 30,
        "restore_disk_us": 60,
        "restore_local_us": 10,
        "questions_day": 1,
        "page_deal_bytes": 6_000,
        "activity_event_bytes": 90,
        "activity_event_raw_bytes": 400,
        "activity_partition_bytes": 60_000 * 30 / (4 * 75),
        "learner_question_bytes": 300,
        "learner_day_bytes": 7_500_000 / 75,
        "learn_question_us": 900,
        "learn_question_bytes": 3_000,
        "learn_work_bytes": 40_000_000,
        "learn_restore_us": 100,
        "mixture_ratio": 1,
        "mixture_us": 300 + 400 * 30 / 20,
        "alerts_day": 0.1,
    }.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name


def test_a_slope_is_never_below_zero() -> None:
    """Noise of a small machine must not give memory back for deals."""
    assert slope((1, 2), (5, 3)) == 0.0


def test_the_median_of_the_rounds_counts_and_all_are_kept() -> None:
    """So that whoever reads the file sees how far they are apart."""
    found = medians([{"a": 1.0}, {"a": 9.0}, {"a": 2.00000049}])
    assert found["a"].value == 2.0
    assert found["a"].runs == (1.0, 9.0, 2.0)


def test_compaction_leaves_the_last_of_each_key_that_counts() -> None:
    """Tombstones and what a program remembers of itself are not among the live."""

    class Record:
        def __init__(self, key: bytes | None, value: bytes | None) -> None:
            self.key, self.value = key, value

    records = [
        Record(b"a", b"1111"),
        Record(b"b", b"22"),
        Record(b"a", b"1"),
        Record(b"b", None),
        Record(b"~x", b"9" * 90),
    ]
    found = weighed([*records, Record(None, b"tick")], 500, lambda key: not key.startswith(b"~"))
    assert (found.records, found.live, found.live_raw, found.stored) == (6, 1, 2, 500)
    assert found.raw == 5 + 3 + 2 + 1 + 92 + 4
    assert found.keyed_raw == found.raw - 4
    assert found.live_stored == 500 * 2 / found.raw


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the part capacity needs Linux")
def test_a_process_is_seen_to_work_and_to_weigh() -> None:
    """This one; and one that is not there is named."""
    before = usage_of(os.getpid())
    assert before.resident > 10_000_000
    while usage_of(os.getpid()).cpu_s <= before.cpu_s:
        sum(range(100_000))
    with pytest.raises(NoProcess, match="4194305"):
        usage_of(4_194_305)


def test_the_files_under_a_folder_are_weighed_together(tmp_path: Path) -> None:
    """At any depth."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"45")
    assert folder_bytes(tmp_path) == 5
