"""What a start of the program of revenue reads the log at: its thread takes in records that are in memory already."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import NamedTuple

import msgspec

from streams.bench.job import Job, Result
from streams.bench.meter import Meter
from streams.revenue.company import Company
from streams.revenue.practice import Practice
from streams.runtime.revenue import RevenueDesk
from streams.telemetry.emit import Metrics

_PIECE = 100


class ReadRecord(NamedTuple):
    """A record of the log, as a follower of the topic hands it over."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    topic: str = ""
    headers: tuple[tuple[str, bytes], ...] = ()


def run(job: Job, meter: Meter) -> Result:
    """Take in every record of the file `job.source`; say how many events were seen of deals that are open."""
    records = msgspec.msgpack.decode(Path(job.source).read_bytes(), type=list[ReadRecord])
    desk = RevenueDesk(Company(), Practice(), Metrics("revenue", job.partitions))
    take = desk.on("activity")
    for start in range(0, len(records), _PIECE):
        piece = records[start : start + _PIECE]
        for record in piece:
            take(record)
        while desk.take_in(monotonic() + 1.0):
            continue
        for _ in piece:
            meter.tick()
    return Result(len(desk.standing.facts))
