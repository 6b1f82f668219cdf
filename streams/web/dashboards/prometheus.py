"""The client: asks one Prometheus, whose address comes from the settings and from nowhere else.

It follows no redirect and no proxy of the environment, keeps no cookies, and reads so many bytes and no more.
"""

from __future__ import annotations

from types import TracebackType

import aiohttp

from streams.web.dashboards.answer import PrometheusFailed
from streams.web.dashboards.expand import Window

#: Queries at once, seconds for each, and bytes of an answer.
AT_ONCE = 6
_CONNECT_S, _ANSWER_S = 3.0, 10.0
MOST_BYTES = 8 * 1024 * 1024


class Prometheus:
    """A few questions to a Prometheus, as an async context; every answer is its bytes, not yet looked at."""

    def __init__(self, url: str) -> None:
        """Ask the one at `url`, without a slash at its end."""
        self._url = url
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=AT_ONCE),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_ANSWER_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"accept": "application/json", "accept-encoding": "identity"},
        )

    async def __aenter__(self) -> Prometheus:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the connections go."""
        await self._session.close()

    async def series(self, expr: str, window: Window) -> bytes:
        """The values of an expression over a time; raises `PrometheusFailed`."""
        return await self._ask(
            "query_range", query=expr, start=str(window.start), end=str(window.end), step=str(window.step)
        )

    async def names(self, selector: str, label: str, window: Window) -> bytes:
        """The values of a label that series of a selector had within a time; raises `PrometheusFailed`."""
        asked = {"match[]": selector, "start": str(window.start), "end": str(window.end)}
        return await self._ask(f"label/{label}/values", method="GET", **asked)

    async def _ask(self, path: str, *, method: str = "POST", **asked: str) -> bytes:
        params, data = (asked, None) if method == "GET" else (None, asked)
        try:
            async with self._session.request(
                method, f"{self._url}/api/v1/{path}", params=params, data=data, allow_redirects=False
            ) as answer:
                if 300 <= answer.status < 400:
                    raise PrometheusFailed(
                        f"Prometheus at {self._url} sends us elsewhere; set prometheus_url to where it is"
                    )
                return await _body(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            said = str(error) or "it takes too long"
            raise PrometheusFailed(f"Prometheus at {self._url} does not answer: {said}") from error


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """All of an answer, of whatever status: Prometheus says in it what was wrong."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            raise PrometheusFailed("Prometheus answers with more than can be shown; choose a shorter time")
    return bytes(body)
