"""Measures how late the worker's loop is: what timers, heartbeats of the page and everybody else have to wait."""

from __future__ import annotations

import asyncio
from typing import Any

from mode import Service

from streams.telemetry.emit import Metrics

_EVERY_S = 0.25


class LoopLag(Service):
    """Sets itself a timer, again and again, and notes how late it rang."""

    abstract = False

    def __init__(self, metrics: Metrics, **kwargs: Any) -> None:
        """Note it in `metrics`."""
        self._metrics = metrics
        super().__init__(**kwargs)

    @Service.task
    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while not self.should_stop:
            due = loop.time() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            self._metrics.loop_lag(max(0.0, loop.time() - due))
