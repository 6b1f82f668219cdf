"""Lines of an event file in the pace of their events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable

from streams.events.decode import decode
from streams.events.rejection import Rejection

#: Lines sent between two looks at the clock.
_CHUNK = 500


async def paced_lines(lines: Iterable[bytes], pace: float | None) -> AsyncIterator[list[bytes]]:
    """Yield lines in chunks; with a pace, each not before its event's time has come."""
    chunk: list[bytes] = []
    began, first = time.monotonic(), None
    for line in lines:
        if pace is not None:
            event = decode(line, None, int(time.time() * 1000))
            if not isinstance(event, Rejection):
                first = event.at if first is None else first
                ahead = (event.at - first) / 1000 / pace - (time.monotonic() - began)
                if ahead > 0:
                    yield chunk
                    chunk = []
                    await asyncio.sleep(ahead)
        chunk.append(line)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
            await asyncio.sleep(0)
    yield chunk
