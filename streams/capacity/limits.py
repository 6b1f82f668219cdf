"""What breaks, and at what size: single programs, single partitions, and what the setting, a machine or Kafka allows.

Every limit compares a cell that grows with the demand with a threshold that does not. At what multiple of the demand
(deals and events alike) it is reached is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from streams.capacity.formula import evaluate


class Limit(NamedTuple):
    """One limit: it breaks when `load` exceeds `allowed`, both formulas over a plan."""

    name: str
    load: str
    allowed: str
    happens: str
    change: str


#: What a limit goes by and nothing measured says. Sources: docs/capacity.md.
ALLOWED: Mapping[str, float] = {
    "machine_bytes": 64 * 2.0**30,
    "page_start_s": 600,
    "oldest_answers_s": 86_400,
    "most_members": 100,
    "most_replicas": 4_000,
    "partition_bytes_s": 10e6,
    "line_bytes_s": 1.25e9,
    "broker_disk_bytes": 16e12,
}

LIMITS: tuple[Limit, ...] = (
    Limit(
        "models of the day late",
        "close_s",
        "model_wait_s",
        "workers stop waiting at midnight (UTC) and go on with yesterday's models; nothing is lost",
        "a longer model_wait_seconds, or ask about a random share of the deals each day",
    ),
    Limit(
        "learner's memory",
        "learn_limit",
        "machine_bytes",
        "the learner does not fit into 64 GiB: all questions that wait are decoded in one process",
        "keep questions packed or in RocksDB, ask about a random share, or shard by question",
    ),
    Limit(
        "learner's processor",
        "learn_cores",
        "useful_cores * (1 - headroom)",
        "the one learner falls behind for good: workers score with older and older models",
        "learn from a random share with weights; or shards whose precisions are added once a day",
    ),
    Limit(
        "learner's partition",
        "examples_a_day / 86400 * peak_factor",
        "partition_bytes_s",
        "deal.examples has one partition; one broker's disk and line take it all",
        "partitions by deal, and a learner that reads them all",
    ),
    Limit(
        "page's memory",
        "page_limit",
        "machine_bytes",
        "the page keeps every open deal and does not fit into 64 GiB",
        "several pages by region or team, or a database that is fed from deal.state",
    ),
    Limit(
        "page's processor",
        "page_cores",
        "useful_cores * (1 - headroom)",
        "the page shows what was, minutes ago; the worker that serves it slows down with it",
        "page = false for workers, a process of its own for the page; then shards, or a database",
    ),
    Limit(
        "page's start",
        "page_s",
        "page_start_s",
        "the page is empty or incomplete for more than ten minutes after a restart",
        "a view kept on disk, which goes on from its offsets",
    ),
    Limit(
        "who decides of alerts",
        "allot_cores",
        "useful_cores * (1 - headroom)",
        "messages are late: deal.alerts has one partition, and budgets are kept by one process",
        "partitions of deal.alerts by owner: a budget is an owner's, so owners can be dealt out",
    ),
    Limit(
        "memory of answers",
        "revenue_limit",
        "machine_bytes",
        "the program of revenue keeps every deal of the log and does not fit into 64 GiB: it is killed as it starts",
        "a program for each region, with deals of its own; or forgetting deals that ended years ago",
    ),
    Limit(
        "age of answers",
        "answers_every_s",
        "oldest_answers_s",
        "forecasts are more than a day old: a round over all deals takes a tenth of that",
        "rounds that tell only what changed; or a program for each region",
    ),
    Limit(
        "processor of answers",
        "revenue_cores",
        "useful_cores * (1 - headroom)",
        "the one program of revenue falls behind the log at the peak; alerts and messages go on without it",
        "a program for each region, with partitions of its own",
    ),
    Limit(
        "partitions",
        "partitions",
        "most_partitions",
        "the setting and the chart refuse more than 1,000 partitions",
        "several installations by region, each with a prefix; or a leaner worker",
    ),
    Limit(
        "members of the group",
        "workers",
        "most_members",
        "each rebalance asks every member; one that is slow holds up all for rebalance_timeout (20 s)",
        "several installations by region, each with a group of its own",
    ),
    Limit(
        "replicas on a broker",
        "broker_replicas",
        "most_replicas",
        "a broker that dies has thousands of leaders to hand over; cleaners queue up",
        "more brokers",
    ),
    Limit("brokers' network", "broker_network", "line_bytes_s", "10 Gbit/s of a broker are full", "more brokers"),
    Limit(
        "brokers' disk",
        "broker_disk",
        "broker_disk_bytes",
        "16 TB of a broker are full",
        "more brokers, a shorter retention, or tiered storage (KIP-405) for deal.activity",
    ),
)


class Reached(NamedTuple):
    """A limit, and at what multiple of the demand it is reached; below one it is broken by what was asked for."""

    limit: Limit
    factor: float
    load: float
    allowed: float


#: Beyond a trillion times, or a trillionth of, what is asked for nobody looks.
_FAR = 1e12
_STEPS = 36


def reached(values_at: Callable[[float], Mapping[str, float]]) -> tuple[Reached, ...]:
    """Return all limits, the first to break first; `values_at` are a plan's numbers at a multiple of its demand."""
    values_at = cache(values_at)
    here = values_at(1.0)
    found = [
        Reached(each, _factor(each, values_at), evaluate(each.load, here), evaluate(each.allowed, here))
        for each in LIMITS
    ]
    return tuple(sorted(found, key=lambda each: each.factor))


def _factor(limit: Limit, values_at: Callable[[float], Mapping[str, float]]) -> float:
    def breaks(factor: float) -> bool:
        values = values_at(factor)
        return evaluate(limit.load, values) > evaluate(limit.allowed, values)

    low, high = 1 / _FAR, _FAR
    if breaks(low):
        return low
    if not breaks(high):
        return high
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if breaks(middle) else (middle, high)
    return high
