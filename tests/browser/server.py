"""The application on a real port, served by uvicorn as in a worker: on an event loop that also feeds the read model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

from streams.web.live import Hub

T = TypeVar("T")
_PATIENCE_S = 30.0


class PageServer:
    """One application on loopback, on an event loop in a thread of its own."""

    def __init__(self, app: ASGIApp, hub: Hub, port: int = 0) -> None:
        """Listen at once; port 0 takes a free one."""
        self._hub = hub
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, loop="none", lifespan="off", log_level="warning", access_log=False
        )
        self._socket = config.bind_socket()
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(config)
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve([self._socket]), self._loop)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def do(self, work: Callable[[], T]) -> T:
        """Let `work` happen on the server's loop, as the engine's followers do."""

        async def on_loop() -> T:
            return work()

        return self._wait_for(on_loop())

    def stop(self) -> None:
        """End the streams, then the server."""
        self._wait_for(self._hub.close())
        self._server.should_exit = True
        self._serving.result(_PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)
        self._loop.close()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)
