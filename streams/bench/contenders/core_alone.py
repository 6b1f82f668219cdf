"""The core alone: `Partition.handle` and `drain` for every record, in a loop over records in memory.

Not in it: Kafka, and turning effects and states into bytes. That is what hosting costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from streams.alerts.alert import Alert, encode_alert
from streams.alerts.policy import Policy
from streams.bench.contenders.shelf import fixed_shelf
from streams.bench.digest import digest_of
from streams.bench.job import Job, Result
from streams.bench.meter import Meter
from streams.bench.topics import read
from streams.config.plays import shipped
from streams.effects import Publish
from streams.partition import Partition
from streams.state.codec import encode_deal

#: Records of one partition before the next one gets its turn, about as a consumer hands them out.
_AT_ONCE = 500


def run(job: Job, meter: Meter) -> Result:
    """Handle every record."""
    records = list(_in_turns(read(job.broker, job.source)))
    shelf = fixed_shelf(job.models)
    policy = Policy(playbook=shipped())
    partitions = [Partition(number, job.partitions, policy, shelf) for number in range(job.partitions)]
    alerts: list[Alert] = []
    tick = meter.tick
    for record in records:
        partition = partitions[record.partition]
        if not partition.handle(record):
            raise RuntimeError("the models are fixed, and a record waits for others")
        alerts += [effect.alert for effect, _ in partition.drain() if isinstance(effect, Publish)]
        tick()
    states = [encode_deal(deal) for partition in partitions for deal in partition.deals.values()]
    return digest_of(states, map(encode_alert, alerts))


def _in_turns(records: list[Any]) -> Iterator[Any]:
    waiting = defaultdict(list)
    for record in records:
        waiting[record.partition].append(record)
    for begin in range(0, max(map(len, waiting.values())), _AT_ONCE):
        for number in sorted(waiting):
            yield from waiting[number][begin : begin + _AT_ONCE]
