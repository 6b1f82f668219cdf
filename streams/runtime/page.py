"""The worker's own web server: an ASGI application on the worker's loop, on loopback unless told otherwise."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from faust.contrib.asgi import AsgiService
from mode import Service

from streams.runtime.connections import BoundedConnection

logger = logging.getLogger("dealwatch.page")


#: Proxies on this machine.
_BESIDE = ("127.0.0.1", "::1")


def uvicorn_options(proxies: str = "") -> dict[str, Any]:
    """Return how the server is to be; `proxies` are believed for whom they ask: addresses or networks, by commas.

    All of it is said here, so that no variable of the environment (`FORWARDED_ALLOW_IPS`) says otherwise.
    """
    return {
        "lifespan": "off",
        # A warning of its for every piece of nonsense that comes to the port: strangers would fill the log.
        "log_level": "error",
        "ws": "none",
        "access_log": False,
        "server_header": False,
        # It would write lines of its own, past everything that looks after ours.
        "log_config": None,
        "http": BoundedConnection,
        "forwarded_allow_ips": [*_BESIDE, *(each.strip() for each in proxies.split(",") if each.strip())],
    }


class PageServer(Service):
    """Serves an application; closes what streams for ever before the server stops, which would wait for it."""

    abstract = False

    def __init__(
        self,
        application: Any,
        host: str,
        port: int,
        close_streams: Callable[[], Awaitable[None]] | None = None,
        serves: str = "metrics",
        proxies: str = "",
        **kwargs: Any,
    ) -> None:
        """Serve `application` at `host` and `port`, which must be free (see `free_port`).

        `close_streams` is called before the server stops; none where the application is no page and streams nothing.
        `serves` says in the log what there is; `proxies` is the setting `web_proxies`.
        """
        super().__init__(**kwargs)
        self._close_streams = close_streams
        self._serves = serves
        self._server = AsgiService(application, host=host, port=port, uvicorn_options=uvicorn_options(proxies))
        self.url = f"http://{host}:{port}"

    async def on_start(self) -> None:
        """Start serving."""
        await self.add_runtime_dependency(self._server)
        logger.info("%s at %s", self._serves, self.url)

    async def on_stop(self) -> None:
        """Let open streams go."""
        if self._close_streams is not None:
            await self._close_streams()


def free_port(host: str, wanted: int) -> int:
    """Return the wanted port where it is free, else any free one (and say so)."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                logger.warning("port %d is taken; any free one is used instead", port)
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {host}")
