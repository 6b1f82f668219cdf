"""The cells of workers: how many, what each takes, and how soon one that lost everything is back."""

from __future__ import annotations

from streams.capacity.cells import Cell
from streams.capacity.choices import Store

_H = "workers (role track)"


def worker_cells(store: Store) -> tuple[Cell, ...]:
    """Return them in order; each is behind those that its formula names."""
    return (*_processors(store), *_how_many(store), *_each(store), *_recovery(store))


def _event(store: Store) -> str:
    return "track_event_us" if store == "memory" else "track_event_disk_us"


def _deal(store: Store) -> str:
    return "track_deal_bytes" if store == "memory" else "track_disk_deal_bytes"


def _restore(store: Store) -> str:
    return "restore_us" if store == "memory" else "restore_disk_us"


def _at_work(store: Store, deals: str, partitions: str) -> str:
    """Bytes of deals at work in one worker with so many deals and partitions; with RocksDB its buffers, too."""
    decoded = f"min({deals}, deals_at_work * {partitions}) * track_decoded_bytes"
    return decoded if store == "memory" else f"{decoded} + rocks_partition_bytes * {partitions}"


def _processors(store: Store) -> tuple[Cell, ...]:
    return (
        Cell(
            _H,
            "core_events_s",
            "1/s",
            f"1e6 / max({_event(store)}, 0.001)",
            "events a second that one core can handle, of deals picked at random",
        ),
        Cell(_H, "event_cores", "cores", f"peak_events_s * {_event(store)} / 1e6", "for events, at the peak"),
        Cell(
            _H,
            "day_cores",
            "cores",
            "deals * track_day_us * peak_factor / 86400 / 1e6",
            "for what time alone brings each open deal: a question a day, answers, deadlines",
        ),
        Cell(_H, "track_cores", "cores", "event_cores + day_cores", "busy cores of all workers, at the peak"),
    )


def _how_many(store: Store) -> tuple[Cell, ...]:
    at_work = _at_work(store, "deals", "max(least_partitions, partitions_per_worker)")
    return (
        Cell(
            _H,
            "workers_by_cores",
            "1",
            "ceil(track_cores / (min(cores_per_worker, useful_cores) * (1 - headroom)))",
            "workers that processor time asks for",
        ),
        Cell(_H, "work_bytes", "bytes", at_work, "deals at work, decoded, in one worker, at most"),
        Cell(
            _H,
            "workers_by_memory",
            "1",
            f"ceil(known_deals * {_deal(store)} / (memory_per_worker * memory_fill - track_base_bytes - work_bytes))",
            "workers that memory asks for",
        ),
        Cell(
            _H,
            "workers_by_recovery",
            "1",
            f"ceil(known_deals * {_restore(store)} / 1e6 / (recovery_within - start_s))",
            "workers that recovery from the changelog asks for",
        ),
        Cell(
            _H, "workers", "1", "max(1, max(workers_by_cores, max(workers_by_memory, workers_by_recovery)))", "workers"
        ),
        Cell(_H, "partitions", "1", "max(least_partitions, workers * partitions_per_worker)", "partitions"),
    )


def _each(store: Store) -> tuple[Cell, ...]:
    at_work = _at_work(store, "deals / workers", "ceil(partitions / workers)")
    disk = "0" if store == "memory" else "known_deals / workers * disk_deal_bytes * rocks_room"
    return (
        Cell(_H, "worker_cores", "cores", "track_cores / workers", "busy cores of one worker, at the peak"),
        Cell(
            _H,
            "worker_bytes",
            "bytes",
            f"track_base_bytes + known_deals / workers * {_deal(store)} + {at_work}",
            "resident memory of one worker",
        ),
        Cell(_H, "worker_limit", "bytes", "worker_bytes / memory_fill", "memory limit of one worker"),
        Cell(_H, "worker_disk", "bytes", disk, "local disk of one worker"),
    )


def _recovery(store: Store) -> tuple[Cell, ...]:
    restore = _restore(store)
    lost = f"start_s + known_deals / workers * {restore} / 1e6 + dirty_s"
    local = "start_s + known_deals / workers * restore_local_us / 1e6"
    left = "max(0, recovery_within - (recovery_s - dirty_s))"
    return (
        Cell(
            _H,
            "state_written",
            "bytes/day",
            "events_per_day * state_event_bytes + deals * state_day_bytes",
            "written to deal.state a day, one replica, before compaction",
        ),
        Cell(
            _H,
            "state_dirty",
            "bytes",
            "min(segment_bytes * partitions, state_written * segment_days)",
            "of deal.state, in last segments, which are not compacted yet",
        ),
        Cell(
            _H,
            "dirty_s",
            "s",
            f"state_dirty / workers / max(state_event_bytes, 1) * {restore} / 1e6",
            "to read one worker's share of that",
        ),
        Cell(_H, "recovery_s", "s", lost, "until a worker that lost everything has its deals back"),
        Cell(
            _H,
            "local_s",
            "s",
            "recovery_s" if store == "memory" else local,
            "until a worker whose volume is there has them back",
        ),
        Cell(
            _H,
            "segment_wanted",
            "bytes",
            f"max(2 * 1024 * 1024, min(segment_bytes, {left} * workers / partitions * state_event_bytes * 1e6 "
            f"/ max({restore}, 0.001)))",
            "segment.bytes of deal.state at which recovery stays within what is wanted",
        ),
    )
