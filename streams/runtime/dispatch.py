"""Attempts to send, beside the worker's loop: each in a thread, since the services' libraries block."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from time import time_ns
from typing import Any

from mode import Service

from streams.channels.outcome import Outcome
from streams.channels.send import Channels
from streams.notify.delivery import Delivery
from streams.notify.notice import Notice
from streams.runtime.trace import Trails

logger = logging.getLogger("dealwatch.notify")


class Dispatch(Service):
    """Makes attempts. How many at once is bounded by who asks for them."""

    abstract = False

    def __init__(self, channels: Channels, trails: Trails | None = None, **kwargs: Any) -> None:
        """Send through `channels`; `trails` are told of attempts, where there are traces."""
        self._channels = channels
        self._trails = trails
        super().__init__(**kwargs)

    def attempt(self, delivery: Delivery, before: Notice | None, done: Callable[[Outcome], None]) -> None:
        """Try once, in a thread of its own, and tell how it went in the loop."""
        began = time_ns()

        def told(outcome: Outcome) -> None:
            trace = {} if self._trails is None else self._trails.attempted(delivery, began, outcome)
            if outcome.kind != "sent":
                logger.warning("%s through %s: %s", delivery.id, delivery.channel, outcome.detail, extra=trace)
            done(outcome)

        self._apart(lambda: self._channels.deliver(delivery, before), told)

    def repeat(self, channel: str, notices: list[Notice]) -> None:
        """Say again that alerts stand. What goes wrong is tried again with the next repeat."""

        def told(outcome: Outcome) -> None:
            if outcome.kind != "sent":
                logger.warning("%s alerts could not be repeated to %s: %s", len(notices), channel, outcome.detail)

        self._apart(lambda: self._channels.repeat(channel, notices), told)

    def _apart(self, work: Callable[[], Outcome], told: Callable[[Outcome], None]) -> None:
        loop = asyncio.get_running_loop()

        def run() -> None:
            outcome = work()
            # The loop may be gone, with the process, when an answer takes its time.
            if not loop.is_closed():
                loop.call_soon_threadsafe(told, outcome)

        # A daemon: a service that does not answer must not keep the process from its end.
        threading.Thread(target=run, name="attempt", daemon=True).start()
