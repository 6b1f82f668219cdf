"""How far a rebuild is, as Kafka's topics and groups tell it."""

from __future__ import annotations

import time
from typing import NamedTuple

from streams.access.kafka import Address
from streams.admin.generation import Rebuild, read_generation
from streams.admin.handover import lag_of
from streams.admin.lag import committed_places, members
from streams.admin.reading import spans

#: Seconds over which speeds are taken: some checkpoints of a worker.
_LOOK_S = 3.0


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
    handled_per_second: float = 0.0
    handled_left_seconds: float | None = None
    """Until its workers have handled what is copied and what is still to be copied, at that speed."""


def status_of(bootstrap: Address, rebuild: Rebuild) -> RebuildStatus:
    """Look twice, to see how fast it is."""
    began, copied_first, handled_first = time.monotonic(), _copied(bootstrap, rebuild), _handled(bootstrap, rebuild)
    copying = bool(members(bootstrap, rebuild.group))
    workers = len(members(bootstrap, rebuild.new.group("track")))
    if copying or (workers and lag_of(bootstrap, rebuild.new, "track")):
        time.sleep(_LOOK_S)
    copied, handled = _copied(bootstrap, rebuild), _handled(bootstrap, rebuild)
    took = time.monotonic() - began
    bounds = spans(bootstrap, rebuild.old.topics.activity.name)
    records = sum(end - begin for begin, end in bounds.values())
    to_handle = lag_of(bootstrap, rebuild.new, "track")
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
        per_second=round((copied - copied_first) / took, 1),
        left_seconds=_left(records - copied, (copied - copied_first) / took),
        to_handle=to_handle,
        workers=workers,
        handled_per_second=round((handled - handled_first) / took, 1),
        handled_left_seconds=_left(to_handle + max(0, records - copied), (handled - handled_first) / took),
    )


def _left(records: int, per_second: float) -> float | None:
    return round(records / per_second, 1) if per_second > 0 else None


def _handled(bootstrap: Address, rebuild: Rebuild) -> int:
    """How far the workers of the new environment are, as offsets of all partitions; before the first commit 0."""
    topic = rebuild.new.topics.activity.name
    return sum(committed_places(bootstrap, rebuild.new.group("track"), topic).values())


def _copied(bootstrap: Address, rebuild: Rebuild) -> int:
    topic = rebuild.old.topics.activity.name
    places = committed_places(bootstrap, rebuild.group, topic)
    return sum(max(0, places.get(number, 0) - begin) for number, (begin, _) in spans(bootstrap, topic).items())
