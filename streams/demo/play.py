"""Pacing, pure: when each line is due on the wall, and which lines go out together. Sleeping is the sender's part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import floor

from streams.demo.world import Line


def paced(
    lines: Iterable[Line], speed: float, start_at: int | None = None, batch_seconds: float = 0.1
) -> Iterator[tuple[float, list[Line]]]:
    """Yield (seconds of wall time after the beginning, lines due by then), in order, never an empty batch.

    `speed` is simulated seconds per wall second (86,400 plays a day in a second). The beginning is `start_at`
    (milliseconds), or the first line's delivery; older lines are due at once. Lines of the same `batch_seconds` of wall
    time go out together at its end, so that no line goes out before it is due.
    """
    if not speed > 0.0 or not batch_seconds > 0.0:
        raise ValueError("speed and batch_seconds must be positive")
    batch: list[Line] = []
    current = 0
    for line in lines:
        if start_at is None:
            start_at = line.at
        slot = max(0, floor((line.at - start_at) / (1_000.0 * speed * batch_seconds)))
        if batch and slot > current:
            yield (current + 1) * batch_seconds, batch
            batch = []
        current = max(current, slot)
        batch.append(line)
    if batch:
        yield (current + 1) * batch_seconds, batch
