"""How far a rebuild is, as Kafka's topics and groups tell it."""

from __future__ import annotations

import time
from typing import NamedTuple

from streams.access.kafka import Address
from streams.admin.generation import Rebuild, read_generation
from streams.admin.handover import lag_of
from streams.admin.lag import committed_places, members
from streams.admin.reading import spans

#: Seconds over which the speed is taken.
_LOOK_S = 2.0


class RebuildStatus(NamedTuple):
    """A rebuild from outside. Records are of `deal.activity`; none where it cannot be said."""

    old: str
    new: str
    old_role: str
    new_role: str
    old_partitions: int
    new_partitions: int
    copying: bool
    """Whether somebody copies."""
    copied: int
    records: int
    per_second: float
    left_seconds: float | None
    to_handle: int
    """Records that wait for the workers of the new environment."""
    workers: int
    """Workers of the new environment."""


def status_of(bootstrap: Address, rebuild: Rebuild) -> RebuildStatus:
    """Look twice, to see how fast it is."""
    topic = rebuild.old.topics.activity.name
    began, first = time.monotonic(), _copied(bootstrap, rebuild)
    copying = bool(members(bootstrap, rebuild.group))
    if copying:
        time.sleep(_LOOK_S)
    copied = _copied(bootstrap, rebuild)
    speed = (copied - first) / (time.monotonic() - began)
    bounds = spans(bootstrap, topic)
    records = sum(end - begin for begin, end in bounds.values())
    return RebuildStatus(
        old=rebuild.old.prefix,
        new=rebuild.new.prefix,
        old_role=read_generation(bootstrap, rebuild.old.topics).role,
        new_role=read_generation(bootstrap, rebuild.new.topics).role,
        old_partitions=len(bounds),
        new_partitions=len(spans(bootstrap, rebuild.new.topics.activity.name)),
        copying=copying,
        copied=copied,
        records=records,
        per_second=round(speed, 1),
        left_seconds=round((records - copied) / speed, 1) if speed > 0 else None,
        to_handle=lag_of(bootstrap, rebuild.new, "track"),
        workers=len(members(bootstrap, rebuild.new.group("track"))),
    )


def _copied(bootstrap: Address, rebuild: Rebuild) -> int:
    topic = rebuild.old.topics.activity.name
    places = committed_places(bootstrap, rebuild.group, topic)
    return sum(max(0, places.get(number, 0) - begin) for number, (begin, _) in spans(bootstrap, topic).items())
