"""Door: the answers of revenue -> the pages, parts of pages and JSON under `/revenue`.

    /revenue                the forecast                 /api/revenue/forecast
    /revenue/pipeline       the pipeline                 /api/revenue/pipeline
    /revenue/matrix         the matrix of teams          /api/revenue/matrix
    /revenue/coaching       sheets; one of them below    /api/revenue/coaching
    /revenue/attribution    credits, effects, sources    /api/revenue/attribution

A part of a page carries the hash of its content: a browser that has it already is told so, and gets nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from streams.errors import NotFound
from streams.web.desk import Desk
from streams.web.markup import Html, el, join
from streams.web.pages.revenue.attribution import attribution
from streams.web.pages.revenue.coaching import Reading, coaching, sheet_page
from streams.web.pages.revenue.forecast import forecast
from streams.web.pages.revenue.frame import ROOT, WAYS, Sight, chooser, warning, ways
from streams.web.pages.revenue.matrix import matrix
from streams.web.pages.revenue.pipeline import pipeline
from streams.web.probes import failure, json_answer
from streams.web.read_model import ReadModel
from streams.web.readers import Reader
from streams.web.revenue_api import (
    attribution_answer,
    coaching_answer,
    forecast_answer,
    matrix_answer,
    pipeline_answer,
)
from streams.web.revenue_model import RevenueModel, SheetLevel
from streams.web.revenue_wanted import read_revenue_wanted

#: Makes a document of a title, a body, the kind of the page, and a status.
Document = Callable[[Request, str, Html, int], Response]
#: The bodies of the pages that depend on nothing but the address.
_BODIES: dict[str, Callable[[Sight], Html]] = {
    "forecast": forecast,
    "pipeline": pipeline,
    "matrix": matrix,
    "attribution": attribution,
}
_CHOSEN = ("forecast", "pipeline")
#: Those that add amounts up.
_OF_MONEY = (*_CHOSEN, "attribution")
#: Who reads a sheet is asked every time; nothing of it is kept on the way.
_PRIVATE = {"cache-control": "no-store"}


class RevenueViews:
    """One method per kind of address."""

    def __init__(self, revenue: RevenueModel, model: ReadModel, desk: Desk, document: Document) -> None:
        """Show what `revenue` knows; `model` knows what deals are called, `desk` who asks."""
        self._revenue = revenue
        self._model = model
        self._desk = desk
        self._document = document

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        found = []
        for name, _, path in WAYS:
            found.append(Route(path, partial(self.page, name)))
            found.append(Route(f"/fragments{path}", partial(self.fragment, name)))
            found.append(Route(f"/api{ROOT}/{name}", getattr(self, f"api_{name}")))
        sheet = f"{ROOT}/coaching/{{level}}/{{name:path}}"
        return [*found, Route(sheet, self.sheet), Route(f"/fragments{sheet}", self.sheet_fragment)]

    async def page(self, name: str, request: Request) -> Response:
        """A whole page."""
        word = next(text for each, text, _ in WAYS if each == name)
        sight = self._sight(request)
        path = next(path for each, _, path in WAYS if each == name)
        form = chooser(sight, path) if name in _CHOSEN else None
        body = join(ways(name, sight.wanted), form, self._part(name, sight, request))
        return _kept(self._document(request, f"{word} · Dealwatch", body, 200), name == "coaching")

    async def fragment(self, name: str, request: Request) -> Response:
        """What of a page follows the answers."""
        return _part_answer(self._part(name, self._sight(request), request), request, name == "coaching")

    async def sheet(self, request: Request) -> Response:
        """The sheet of a rep or a team."""
        level = _level(request)
        body = join(ways("coaching", self._sight(request).wanted), self._sheet(request))
        known = level is not None and self._revenue.sheet(level, request.path_params["name"]) is not None
        return _kept(self._document(request, "Coaching · Dealwatch", body, 200 if known else 404), True)

    async def sheet_fragment(self, request: Request) -> Response:
        """The same without what stands around it."""
        return _part_answer(self._sheet(request), request, True)

    async def api_forecast(self, request: Request) -> Response:
        """The forecast as JSON."""
        return json_answer(forecast_answer(self._revenue, read_revenue_wanted(request.query_params)))

    async def api_pipeline(self, request: Request) -> Response:
        """The pipeline as JSON."""
        return json_answer(pipeline_answer(self._revenue, read_revenue_wanted(request.query_params)))

    async def api_matrix(self, _request: Request) -> Response:
        """The matrix as JSON."""
        return json_answer(matrix_answer(self._revenue.matrix()))

    async def api_coaching(self, request: Request) -> Response:
        """The sheets as JSON, by the same rule as on the page."""
        level, name = request.query_params.get("level", ""), request.query_params.get("name", "")
        reading = self._reading(request)
        asked = (level, name) if level else None
        found = coaching_answer(self._revenue, reading.reader, reading.now, asked)
        if asked is not None and asked not in [(each.level, each.name) for each in found.lines]:
            return failure(404, NotFound.id, "there is no such sheet")
        return _kept(json_answer(found), True)

    async def api_attribution(self, request: Request) -> Response:
        """Attribution as JSON."""
        return json_answer(attribution_answer(self._revenue, read_revenue_wanted(request.query_params)))

    def _sight(self, request: Request) -> Sight:
        return Sight(
            self._revenue,
            read_revenue_wanted(request.query_params),
            self._model.called,
            self._desk.acting(request).allowed,
        )

    def _part(self, name: str, sight: Sight, request: Request) -> Html:
        body = coaching(sight, self._reading(request)) if name == "coaching" else _BODIES[name](sight)
        return _around(join(warning(sight.model), body) if name in _OF_MONEY else body, name)

    def _sheet(self, request: Request) -> Html:
        level, name = _level(request), request.path_params["name"]
        sight, reading = self._sight(request), self._reading(request)
        return _around(coaching(sight, reading) if level is None else sheet_page(sight, level, name, reading), "sheet")

    def _reading(self, request: Request) -> Reading:
        """Who reads, and when: by the events' time, since a replay or a demo lives in another year."""
        acting = self._desk.acting(request)
        matrix = self._revenue.matrix()
        now = max(self._model.as_of or 0, matrix.at if matrix is not None else 0)
        return Reading(Reader(acting.user, acting.by_proxy), now)


def _around(body: Html, name: str) -> Html:
    return el("div", body, id="revenue", class_=f"revenue revenue-{name}")


def _level(request: Request) -> SheetLevel | None:
    match request.path_params["level"]:
        case "rep" | "team" as level:
            return "rep" if level == "rep" else "team"
        case _:
            return None


def _part_answer(part: Html, request: Request, private: bool) -> Response:
    """A part of a page, or that it is as it was."""
    tag = f'"{blake2b(part.encode(), digest_size=9).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return _kept(HTMLResponse(part, headers=headers), private)


def _kept(answer: Response, private: bool) -> Response:
    if private:
        answer.headers.update(_PRIVATE)
    return answer
