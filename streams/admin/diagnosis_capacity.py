"""What the doctor says of room: disks of Kafka's brokers, and how much of the workers a day of records takes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from streams.access.kafka import Address
from streams.admin.check import Check, Look
from streams.admin.client import admin
from streams.admin.lag import members
from streams.admin.reading import appended_since, partition_count
from streams.alerts.words import count
from streams.capacity.shipped import shipped
from streams.config.topics import Topics

_GB = 1_000_000_000
#: Kafka stops with a full disk, and so does everything: shares of a broker's disk that are free.
_WARN_FREE, _FAIL_FREE = 0.15, 0.05
_HOUR_S, _DAY_S = 3_600, 86_400
#: Of what all workers can do: from here on a peak finds no room. As `dealwatch plan` has it: half is kept free.
_WARN_BUSY = 0.5


class Disk(NamedTuple):
    """A folder in which a broker keeps its log, in bytes; `whole` is 0 where the broker does not say."""

    broker: int
    free: int
    whole: int
    ours: int
    """What this environment's topics take of it."""


class Load(NamedTuple):
    """Records that were appended to `deal.activity`, and who there is to handle them."""

    within_a_day: int
    within_an_hour: int
    workers: int
    partitions: int


def capacity_checks(bootstrap: Address, topics: Topics, group: str) -> Iterator[Look]:
    """Yield the checks, each with its name; `group` is the one of the workers."""
    yield "kafka disk", lambda: _kafka_disk(bootstrap, topics)
    yield "capacity", lambda: capacity(_load(bootstrap, topics, group), shipped().values["mixture_us"])


def kafka_disk(disks: Sequence[Disk]) -> Check:
    """Whether brokers have room, and how much of it is taken by the topics of this environment, replicas included."""
    ours = f"our topics take {_size(sum(each.ours for each in disks))}"
    told = [each for each in disks if each.whole > 0]
    if not told:
        return Check("kafka disk", "ok", f"{ours}; its brokers do not say how much is free")
    least = min(told, key=lambda each: each.free / each.whole)
    share = least.free / least.whole
    found = f"{least.free / _GB:.1f} GB ({share:.0%}) free on broker {least.broker}, the least; {ours}"
    if share >= _WARN_FREE:
        return Check("kafka disk", "ok", found)
    todo = (
        "make room, or a larger disk; `dealwatch plan` says what a day takes, docs/topics.md what may be kept shorter"
    )
    return Check("kafka disk", "fail" if share < _FAIL_FREE else "warn", found, todo)


def capacity(load: Load, event_us: float) -> Check:
    """Whether the workers have room for a peak, at `event_us` microseconds of a core for each record.

    What was measured elsewhere says whether it is a tenth or ten times, not more; the lag says whether it is enough.
    """
    name, day, hour = "capacity", load.within_a_day, load.within_an_hour
    came = f"{day:,} {'record' if day == 1 else 'records'} within a day, {hour:,} of them within the hour"
    plan = f"`dealwatch plan --deals N --events-per-day {max(day, hour * 24)}` says how many"
    if not load.workers:
        return Check(name, "ok", f"{came}; nobody is there to carry them: see the track group")
    if (idle := load.workers - load.partitions) > 0:
        found = f"{load.workers} workers and {count(load.partitions, 'partition')}: {idle} can only stand by"
        return Check(name, "warn", found, "end them, or more partitions: `dealwatch rebuild start NEW --partitions N`")
    busy = max(day / _DAY_S, hour / _HOUR_S) * event_us / 1e6 / load.workers
    found = f"{came}; by what was measured that takes {_percent(busy)} of {count(load.workers, 'worker')}"
    if busy <= _WARN_BUSY:
        return Check(name, "ok", found)
    if load.workers < load.partitions:
        return Check(name, "warn", found, f"start more workers, up to {load.partitions}: {plan}")
    todo = f"each partition has a worker: more of both, by `dealwatch rebuild start NEW --partitions N`; {plan}"
    return Check(name, "warn", found, todo)


def _size(n_bytes: int) -> str:
    for unit, name in ((_GB, "GB"), (1_000_000, "MB")):
        if n_bytes >= unit:
            return f"{n_bytes / unit:.1f} {name}"
    return f"{-(-n_bytes // 1_000)} kB"


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _load(bootstrap: Address, topics: Topics, group: str) -> Load:
    activity, now = topics.activity.name, int(time.time() * 1000)
    day, hour = appended_since(bootstrap, activity, [now - _DAY_S * 1000, now - _HOUR_S * 1000])
    return Load(day, hour, len(members(bootstrap, group)), partition_count(bootstrap, activity))


def _kafka_disk(bootstrap: Address, topics: Topics) -> Check:
    disks = [*_disks(bootstrap, {each.name for each in topics.all})]
    if not disks:  # a broker that does not allow it says nothing
        todo = "the right DESCRIBE on the cluster is needed to measure it"
        return Check("kafka disk", "warn", "not measured: no broker says how full its disk is", todo)
    return kafka_disk(disks)


def _disks(bootstrap: Address, names: set[str]) -> Iterator[Disk]:
    with admin(bootstrap) as client:
        found: list[dict[str, Any]] = client.describe_log_dirs()
    for broker in found:
        for each in broker["log_dirs"]:
            if each["error_code"]:
                continue
            of_ours = [topic["partitions"] for topic in each["topics"] if topic["name"] in names]
            ours = sum(part["partition_size"] for partitions in of_ours for part in partitions)
            yield Disk(broker["broker"], each.get("usable_bytes", -1), each.get("total_bytes", -1), ours)
