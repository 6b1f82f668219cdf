"""A program beside the worker: a child process, so that neither waits for the other. Its end is the worker's."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from typing import Any

from mode import Service

from streams.runtime.child import spawn, stop

_STOP_WITHIN_S = 9.0
_LOOK_EVERY_S = 0.5


class CompanionEnded(RuntimeError):
    """The process ended although nobody asked it to; the worker ends too and is restarted as a whole."""


class Companion(Service):
    """Runs `dealwatch worker --role <role>` as long as the worker lives."""

    abstract = False

    def __init__(self, role: str, environment: Mapping[str, str], **kwargs: Any) -> None:
        """Prepare to start it with these settings."""
        self._role = role
        self._environment = dict(environment)
        self._child: subprocess.Popen[bytes] | None = None
        super().__init__(**kwargs)

    async def on_start(self) -> None:
        """Start the child."""
        self._child = spawn(["worker", "--role", self._role], self._environment, None)

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(_LOOK_EVERY_S)
            code = None if self._child is None else self._child.poll()
            if code is not None and not self.should_stop:
                raise CompanionEnded(
                    f"the process of role {self._role} ended with exit code {code}; see its messages above"
                )

    async def on_stop(self) -> None:
        """Stop the child."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(stop, child, _STOP_WITHIN_S)
