"""A line between a program and the broker that can be cut: a proxy before one of the stage's doors, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.reliability.proxy import Proxy, Weather
from tests.reliability.stage import Door


class Line:
    """A proxy whose weather may be changed from outside of its loop."""

    def __init__(self, proxy: Proxy, loop: asyncio.AbstractEventLoop) -> None:
        """Change the weather of a proxy that runs in this loop."""
        self._proxy, self._loop = proxy, loop

    def turn(self, weather: Weather) -> None:
        """Change it, and wait until it is so."""
        changed = threading.Event()

        def change() -> None:
            self._proxy.turn(weather)
            changed.set()

        self._loop.call_soon_threadsafe(change)
        assert changed.wait(10)


@contextmanager
def line_through(door: Door) -> Iterator[Line]:
    """Put a proxy before a door as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = Proxy(door.outside, door.inside)
    try:
        asyncio.run_coroutine_threadsafe(proxy.__aenter__(), loop).result(10)
        try:
            yield Line(proxy, loop)
        finally:
            asyncio.run_coroutine_threadsafe(proxy.__aexit__(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
