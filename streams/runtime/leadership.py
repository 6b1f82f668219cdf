"""Which role this environment has at the moment, kept up to date by a follower; and who ends when it retires."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from logging import getLogger
from typing import Any

from mode import Service

from streams.engine.task import Record
from streams.replay.generation import LEADS, Generation, decode_generation
from streams.telemetry.logs import OURS

_LOOK_EVERY_S = 0.5
_log = getLogger(f"{OURS}.generation")


class Leadership:
    """What `deal.generation` says; a follower tells it each record."""

    def __init__(self) -> None:
        """Lead, until something else is said."""
        self._now: Generation = LEADS

    def on_record(self, record: Record) -> None:
        """Take a record; raises `msgspec.DecodeError`, since nobody should guess who leads."""
        self._now = decode_generation(record.value)

    @property
    def leads(self) -> bool:
        """Whether it is this environment that tells people."""
        return self._now.role == "leads"

    @property
    def follows(self) -> bool:
        """Whether it is being rebuilt."""
        return self._now.role == "follows"


class Retirement(Service):
    """Ends the program in order once its environment leads no more and nothing is under way."""

    abstract = False

    def __init__(self, leadership: Leadership, idle: Callable[[], bool], **kwargs: Any) -> None:
        """Look at both all the time."""
        super().__init__(**kwargs)
        self._leadership = leadership
        self._idle = idle

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(_LOOK_EVERY_S)
            if not self._leadership.leads and self._idle() and not self.should_stop:
                _log.info("Another environment tells people from now on: nothing is under way, this program ends")
                os.kill(os.getpid(), signal.SIGTERM)
                return
