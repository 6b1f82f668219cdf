"""What was on record at an instant: moves, in the order of the partitions' time, folded into where deals stood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from streams.revenue.position import Move, Position

#: Deals by their id.
Record = dict[str, Position]


def on_record(moves: Iterable[Move], at: int) -> Record:
    """Where each deal stood just before the instant `at` (milliseconds); `moves` begin with the first there is."""
    return {move.after.id: move.after for move in moves if move.at < at}


def snapshots(moves: Iterable[Move], instants: Sequence[int]) -> Iterator[tuple[int, Record]]:
    """Where each deal stood at each of several instants, in rising order; each record is good until the next is asked.

    `moves` begin with the first there is, in the order of their time.
    """
    record: Record = {}
    waiting = iter(sorted(set(instants)))
    due = next(waiting, None)
    for move in moves:
        while due is not None and move.at >= due:
            yield due, record
            due = next(waiting, None)
        if due is None:
            return
        record[move.after.id] = move.after
    while due is not None:
        yield due, record
        due = next(waiting, None)


def between(moves: Iterable[Move], since: int, until: int) -> Iterator[Move]:
    """The moves from `since` to before `until` (milliseconds)."""
    return (move for move in moves if since <= move.at < until)
