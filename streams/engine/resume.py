"""How a partition is taken up again: pure decisions, from what the worker still has and what Kafka says.

The theory. A store is a fold of the changelog up to a position (see `store`). It may be used again if the changelog is
still the one it is a fold of and goes on from there. A task is more than its store: it has decoded, derived, and stands
at an offset of the source. It may go on as if nothing had happened if nothing has: Kafka's committed offset is the one
that this task committed last, and nobody has written to the changelog since its last write was acknowledged.

Neither of the two is enough alone. Only the offset: another worker may have written states and died before it
committed; our states would be behind the changelog, and what we did not touch again would come back newer after the
next crash. Only the changelog: another worker may have handled and committed records that changed no state.
"""

from dataclasses import dataclass
from enum import Enum

from streams.engine.store import Standing


class Reading(Enum):
    """How much of a changelog must be read."""

    NOTHING = "nothing"
    """The store is at its end."""
    TAIL = "tail"
    """From the store's position on."""
    WHOLE = "whole"
    """From the beginning, into an empty store."""


@dataclass(frozen=True, slots=True)
class Log:
    """What Kafka says of a changelog partition.

    `younger` is the offset of the first record younger than the store's `written_ms`; None if there is none.
    """

    first: int
    end: int
    younger: int | None


def how_to_read(standing: Standing | None, log: Log, now_ms: int, max_age_ms: int) -> Reading:
    """Decide how much to read.

    The changelog is another one than the store's (recreated, truncated, another cluster under the same address) if it
    ends before the store's position, or if a record below that position is younger than all that the store has seen. A
    writer's clock that was ahead looks the same, which costs a reading. A store older than `max_age_ms` may have missed
    tombstones that compaction has removed since (Kafka keeps them for `delete.retention.ms`, 24 hours by default).
    """
    if standing is None or not log.first <= standing.position <= log.end:
        return Reading.WHOLE
    if log.younger is not None and log.younger < standing.position:
        return Reading.WHOLE
    if standing.position == log.end:
        return Reading.NOTHING
    return Reading.WHOLE if now_ms - standing.written_ms > max_age_ms else Reading.TAIL


def may_go_on(committed_by_us: int, start: int, reading: Reading) -> bool:
    """Whether a task that was left in order may go on.

    `committed_by_us` is the last offset it committed (or began at), `start` where Kafka says that a new task would
    begin, `reading` what its changelog asks for.
    """
    return committed_by_us == start and reading is Reading.NOTHING
