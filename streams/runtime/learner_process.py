"""The learner beside the tracker: a child process, so that learning never delays an alert. Its end is the worker's."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from typing import Any

from mode import Service

from streams.runtime.child import spawn, stop

_STOP_WITHIN_S = 9.0
_LOOK_EVERY_S = 0.5


class LearnerEnded(RuntimeError):
    """The learner process ended although nobody asked it to; the worker ends too and is restarted as a whole."""


class LearnerProcess(Service):
    """Runs `dealwatch worker --role learn` as long as the worker lives."""

    abstract = False

    def __init__(self, environment: Mapping[str, str], **kwargs: Any) -> None:
        """Prepare to start it with these settings."""
        self._environment = dict(environment)
        self._child: subprocess.Popen[bytes] | None = None
        super().__init__(**kwargs)

    async def on_start(self) -> None:
        """Start the child."""
        self._child = spawn(["worker", "--role", "learn"], self._environment, None)

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(_LOOK_EVERY_S)
            code = None if self._child is None else self._child.poll()
            if code is not None and not self.should_stop:
                raise LearnerEnded(f"the learner process ended with exit code {code}; see its messages above")

    async def on_stop(self) -> None:
        """Stop the child."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(stop, child, _STOP_WITHIN_S)
