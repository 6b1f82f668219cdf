"""How large the benchmark is, where it runs, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

Part = Literal["engine", "pipeline", "models", "latency", "growth", "capacity", "revenue"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do. The defaults are the benchmark that is published; `quick` is for tests and CI."""

    broker: str
    folder: Path
    """For files of the runs; removed by whoever made it."""
    parts: tuple[Part, ...] = PARTS
    repeats: int = 3
    events: int = 2_000_000
    """Events of the part `engine`."""
    partitions: int = 4
    limit_s: float = 20.0
    """A contender that has not handled everything after this time stops, and is judged by what it did."""
    deals: int = 3_000
    """Deals of the generated log of `pipeline`."""
    days: int = 60
    school_days: int = 150
    """Days of the log that the fixed models of every part are learned from."""
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Open deals in `growth`."""
    growth_partitions: tuple[int, ...] = (4, 24)
    growth_workers: tuple[int, ...] = (1, 2)
    scored_deals: int = 200_000
    """So many times a deal is scored in `models`."""
    settled_s: float = 2.0
    """A group that dealt its partitions this long ago has settled."""
    latency_shares: tuple[float, ...] = (0.1, 0.5, 0.9)
    """Of the full rate: how fast events are sent in `latency`."""
    latency_deals: int = 50_000
    """Open deals in `latency`."""
    latency_s: float = 20.0
    """How long events are sent at each rate in `latency`."""
    latency_events: int = 1_000
    """So many are sent at least, however slow the machine is: some of them cause an alert."""
    deadlines_s: float = 15.0
    """For how long deadlines fall due, one after the other, in `latency`."""
    capacity_sizes: tuple[int, int] = (20_000, 100_000)
    """Open deals in `capacity`: two sizes, of which slopes are made."""
    capacity_events: int = 20_000
    """Events for deals picked at random in `capacity`."""
    capacity_logs: tuple[int, int] = (300, 1_000)
    """Deals of the two generated logs of `capacity`."""
    capacity_days: int = 75
    """Days of these logs."""
    revenue_sizes: tuple[int, ...] = (10_000, 100_000)
    """Open deals in `revenue`: the views are of the largest company."""
    revenue_views: int = 20
    """So many times each view is asked for."""
    contenders: tuple[str, ...] = ()
    """Only these; empty: all."""


def quick_plan(*, broker: str, folder: Path, parts: tuple[Part, ...] = PARTS) -> Plan:
    """A plan for tests and CI: everything once and small."""
    return Plan(
        broker=broker,
        folder=folder,
        parts=parts,
        repeats=1,
        events=10_000,
        limit_s=15.0,
        deals=30,
        days=30,
        school_days=60,
        scored_deals=5_000,
        sizes=(300, 600),
        growth_partitions=(4,),
        settled_s=0.5,
        latency_deals=500,
        latency_s=3.0,
        latency_events=100,
        deadlines_s=3.0,
        capacity_sizes=(300, 600),
        capacity_events=300,
        capacity_logs=(30, 60),
        capacity_days=40,
        revenue_sizes=(50, 100),
        revenue_views=3,
    )


class Listener(Protocol):
    """Told what happens, for whoever waits."""

    def say(self, sentence: str) -> None:
        """Something worth a line."""

    def begin(self, what: str, total: int) -> None:
        """A run begins; it will handle so many."""

    def progress(self, done: int) -> None:
        """So many of it are done."""


class Silence:
    """A listener for whom nothing is interesting."""

    def say(self, sentence: str) -> None:
        """Ignore it."""

    def begin(self, what: str, total: int) -> None:
        """Ignore it."""

    def progress(self, done: int) -> None:
        """Ignore it."""
