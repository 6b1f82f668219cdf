"""Connections of the page: so many at once, and none that is held open without asking anything.

Every connection is a file descriptor of the worker, which needs them for Kafka and its states. Whoever can reach the
port could take them all, without a token, by saying nothing. uvicorn waits for ever for a request that has not come.
"""

from __future__ import annotations

import asyncio
import resource
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

#: More than browsers, proxies and Prometheus have; the files of a worker are some hundred.
MOST_CONNECTIONS = 512
#: Seconds in which a request must have come, its body too; looked at so often, so it may be twice that.
REQUEST_S = 10.0
#: Of all that may be open, so much is the page's at most.
_SHARE = 4


def most_connections() -> int:
    """How many connections there may be: a quarter of the files that this process may open, and not more than 512."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // _SHARE)


class BoundedConnection(H11Protocol):
    """One connection: dropped where there are too many, closed where a request does not come to its end.

    What is being answered is left alone, as long as it takes: the live stream never ends.
    """

    most: ClassVar[int] = most_connections()
    request_s: ClassVar[float] = REQUEST_S
    _look_again: asyncio.TimerHandle | None = None
    _seen: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it in, or drop it."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._look_again = self.loop.call_later(self.request_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close it if the request that was awaited at the last look is awaited still."""
        cycle = self.cycle
        awaited = cycle is None or cycle.more_body or cycle.response_complete
        if awaited and cycle is self._seen:
            self._look_again = None
            self.transport.abort()
            return
        self._seen = cycle
        self._look_again = self.loop.call_later(self.request_s, self._look)
