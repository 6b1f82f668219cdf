"""A program beside the worker: a child process, so that neither waits for the other. Its end is the worker's."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Mapping
from typing import Any

from mode import Service

from streams.runtime.child import how_it_ended, spawn, stop

_STOP_WITHIN_S = 9.0
_LOOK_EVERY_S = 0.5


_ENDED = (
    "the process of role {role} beside this one (pid {pid}) {how}, and not because this one asked it to; without it "
    "this one ends too, with exit code 1, so that whoever looks after it starts both again"
)


class CompanionEnded(RuntimeError):
    """The process ended although the worker did not ask it to; the worker ends too and is restarted as a whole."""


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
            child = self._child
            code = None if child is None else child.poll()
            if child is not None and code is not None and not self.should_stop:
                raise CompanionEnded(_ENDED.format(role=self._role, pid=child.pid, how=how_it_ended(code)))

    async def on_stop(self) -> None:
        """Stop the child."""
        child, self._child = self._child, None
        if child is not None:
            await asyncio.to_thread(stop, child, _STOP_WITHIN_S)


def _is_news(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], CompanionEnded))


# Mode logs a traceback of whatever ends a service. Where in this program it was seen that another one is gone helps
# nobody, and why the worker ends is told once, in the last line (`streams.engine.run`).
Companion.logger.addFilter(_is_news)
