"""Door: the address of a Prometheus -> the pages under `/dashboards`.

Asking is asynchronous, and drawing happens in a thread: a worker's loop, on which its deals wait, does neither. The
address comes from the settings; what somebody chooses becomes values within quotes, and times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import time
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from streams.web.dashboards.answer import PrometheusFailed, read_names, read_series
from streams.web.dashboards.definition import Dashboard, dashboards
from streams.web.dashboards.expand import Window, label_values, put_in, variables, window_of
from streams.web.dashboards.lines import Line, lines_of
from streams.web.dashboards.prometheus import Prometheus
from streams.web.dashboards.view import View, read_view
from streams.web.markup import Html
from streams.web.pages import dashboard as page
from streams.web.pages.dashboard import Reading, Sight

#: Seconds for all queries of a dashboard together; what is not answered then is shown as such.
WITHIN_S = 15.0
#: Dashboards that are made at once, and that wait for it.
_AT_ONCE, _WAITING = 3, 20

#: Makes a document of a title, a body, and every how many seconds it is asked for anew where no script does it.
Document = Callable[[Request, str, Html, int, int], Response]


class DashboardViews:
    """One method per address."""

    def __init__(self, prometheus_url: str, document: Document) -> None:
        """Ask the Prometheus at this address; empty: there is none, and the pages say so."""
        self._url = prometheus_url.rstrip("/")
        self._document = document
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route(page.ROOT, self.index),
            Route(f"{page.ROOT}/{{uid}}", self.show),
            Route(f"/fragments{page.ROOT}/{{uid}}", self.fragment),
        ]

    async def index(self, request: Request) -> Response:
        """All dashboards."""
        body = page.index(dashboards().values(), is_set=bool(self._url))
        return self._document(request, "Dashboards · Dealwatch", body, 0, 200)

    async def show(self, request: Request) -> Response:
        """One dashboard."""
        found = dashboards().get(uid := request.path_params["uid"])
        if found is None:
            return self._document(request, "Unknown · Dealwatch", page.missing(uid, dashboards().values()), 0, 404)
        title = f"{found.name} · Dealwatch"
        if not self._url:
            return self._document(request, title, page.unset(found), 0, 200)
        view = read_view(request.query_params.multi_items(), found, time())
        body = await self._made(found, view, lambda sight: page.page_of(sight, dashboards().values()))
        if body is None:
            return _too_many()
        return self._document(request, title, body, view.refresh_s, 200)

    async def fragment(self, request: Request) -> Response:
        """The panels of one dashboard."""
        found = dashboards().get(request.path_params["uid"])
        if found is None or not self._url:
            return HTMLResponse("", 404)
        view = read_view(request.query_params.multi_items(), found, time())
        body = await self._made(found, view, page.panels)
        return _too_many() if body is None else HTMLResponse(body)

    async def _made(self, found: Dashboard, view: View, drawn: Callable[[Sight], Html]) -> Html | None:
        """Ask for it and draw it, when it is its turn; none where too many wait."""
        if self._waiting >= _WAITING:
            return None
        self._waiting += 1
        try:
            async with self._turns:
                now_s = time()
                answers = await _asked(self._url, found, view, window_of(view, now_s))
                return await asyncio.to_thread(lambda: drawn(_sight(found, view, now_s, answers)))
        finally:
            self._waiting -= 1


class _Answers(NamedTuple):
    """What Prometheus said, not yet looked at, or why it said nothing: by panel and query, and by variable."""

    queries: Mapping[tuple[int, int], bytes | PrometheusFailed]
    names: Mapping[str, bytes | PrometheusFailed]


async def _asked(url: str, found: Dashboard, view: View, window: Window) -> _Answers:
    """Ask all queries at once, as many as the client takes."""
    values = variables(found, view, window)
    async with Prometheus(url) as prometheus:
        queries = {
            (panel.id, number): prometheus.series(put_in(target.expr, values), window)
            for panel in found.panels
            for number, target in enumerate(panel.targets)
        }
        names = {
            each.name: prometheus.names(*asked, window)
            for each in found.variables
            if each.type == "query" and (asked := label_values(each.query, values)) is not None
        }
        said = await _within([*names.values(), *queries.values()])
    return _Answers(
        dict(zip(queries, said[len(names) :], strict=True)), dict(zip(names, said[: len(names)], strict=True))
    )


async def _within(work: list[Awaitable[bytes]]) -> list[bytes | PrometheusFailed]:
    """What each comes to, in order, within the time that there is."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, timeout=WITHIN_S)
    finally:
        for each in tasks:
            each.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    return [_kept(each) for each in ended]


def _kept(ended: bytes | BaseException) -> bytes | PrometheusFailed:
    if isinstance(ended, bytes | PrometheusFailed):
        return ended
    if isinstance(ended, asyncio.CancelledError):
        return PrometheusFailed(f"Prometheus did not answer within {WITHIN_S:.0f} s; choose a shorter time")
    raise ended


def _sight(found: Dashboard, view: View, now_s: float, answers: _Answers) -> Sight:
    """Read all answers. Where none is one for the same reason, that is said once, and not by every panel."""
    readings = {
        panel.id: _reading(
            [(target.legend_format, answers.queries[panel.id, number]) for number, target in enumerate(panel.targets)]
        )
        for panel in found.panels
        if panel.targets
    }
    problem = ""
    reasons = {each.problem for each in readings.values()}
    if len(reasons) == 1 and not any(each.lines for each in readings.values()):
        problem = reasons.pop()
    if problem:
        readings = {}
    options = {name: _names(said) for name, said in answers.names.items()}
    return Sight(found, view, window_of(view, now_s), now_s, readings, options, problem)


def _reading(answers: list[tuple[str, bytes | PrometheusFailed]]) -> Reading:
    lines: list[Line] = []
    problems: list[str] = []
    for legend, said in answers:
        try:
            if isinstance(said, PrometheusFailed):
                raise said
            lines += lines_of(legend, read_series(said))
        except PrometheusFailed as error:
            problems.append(str(error))
    return Reading(lines, "; ".join(dict.fromkeys(problems)))


def _names(said: bytes | PrometheusFailed) -> tuple[str, ...]:
    """The values to choose from; none where they are not known: all are shown then."""
    try:
        return () if isinstance(said, PrometheusFailed) else read_names(said)
    except PrometheusFailed:
        return ()


def _too_many() -> Response:
    return HTMLResponse(
        "Too many dashboards are made at once; wait a moment. [err-too-often]\n", 503, {"retry-after": "5"}
    )
