"""Door: a read model, a hub and what the runtime knows of itself -> the ASGI application.

    /                      the deals at risk                 /api/deals, /api/deals/{id}     the same as JSON
    /inbox                 alerts that press, by owner       /api/inbox
    /deals/{id}            one deal                          /api/alerts, /api/summary
                                                             /api/actions  (POST)            what people do about it
    /models                what the models have learned      /api/models
    /rules                 the rules, and people's votes     /api/rules
    /revenue/...           what all deals come to            /api/revenue/...
    /fragments/...         parts of those pages              /live                           server-sent events
    /dashboards            how Dealwatch itself does, asked of a Prometheus
    /login                 where a token is asked for        /logout       (POST)
    /healthz /readyz       for probes                        /metrics, /version, /static/..., /favicon.ico

Everything runs on the event loop of the caller and never waits for anything but the network. Everything only reads, but
for the actions, which go where the caller says (`submit`).
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from streams.errors import NotFound
from streams.web import news
from streams.web.api import AlertList, deal_answer, deal_list, inbox_answer, models_answer, rules_answer
from streams.web.assets import Assets
from streams.web.dashboard_views import DashboardViews
from streams.web.desk import Desk, Submit
from streams.web.gate import Gate
from streams.web.guard import Guard
from streams.web.health import Health
from streams.web.inbox import read_inbox_wanted
from streams.web.live import Hub, TooManyBrowsers
from streams.web.login import Login
from streams.web.markup import Html, join
from streams.web.pages import board as board_page
from streams.web.pages import deal as deal_page
from streams.web.pages import inbox as inbox_page
from streams.web.pages import models as models_page
from streams.web.pages import rules as rules_page
from streams.web.pages.actions import dialogues
from streams.web.pages.frame import page
from streams.web.probes import Metrics, Probes, failure, json_answer
from streams.web.read_model import ReadModel
from streams.web.revenue_model import RevenueModel
from streams.web.revenue_views import RevenueViews
from streams.web.wanted import read_wanted

FEED_LINES = 40
MAX_API_ALERTS = 200
_FOREVER = "public, max-age=31536000, immutable"


def build_web(
    model: ReadModel,
    hub: Hub,
    *,
    health: Health,
    metrics: Metrics,
    version: str,
    allowed_hosts: Iterable[str] = (),
    gate: Gate | None = None,
    submit: Submit | None = None,
    user_header: str = "",
    prometheus_url: str = "",
    revenue: RevenueModel | None = None,
) -> Starlette:
    """Build the application.

    `metrics` returns the body and the media type of `/metrics`. `allowed_hosts` are names under which the page is
    reached besides loopback's. `gate`, where given, knows a token that is asked for: as a bearer, or, of browsers, by a
    form at `/login`. `submit` appends what people do about alerts; without it the page only shows. `user_header` names
    the header in which a proxy says who asks; without it the browser asks for a name. `prometheus_url` is where the
    dashboards ask; without it they only say so. `revenue` has the answers of revenue, where somebody feeds it. Call
    `hub.close()` before the server stops: it would wait for the open streams otherwise.
    """
    told = RevenueModel() if revenue is None else revenue
    hub.listen_to(lambda: news.next_news(model, told))
    desk = Desk(model, submit, user_header, revenue=told)
    views = _Views(model, hub, health, desk, has_dashboards=bool(prometheus_url))
    routes = [
        Route("/", views.board),
        Route("/inbox", views.inbox),
        Route("/deals/{id:path}", views.deal),
        Route("/models", views.models),
        Route("/rules", views.rules),
        Route("/fragments/board", views.board_fragment),
        Route("/fragments/inbox", views.inbox_fragment),
        Route("/fragments/models", views.models_fragment),
        Route("/fragments/rules", views.rules_fragment),
        Route("/fragments/deals/{id:path}", views.deal_fragment),
        Route("/api/deals", views.api_deals),
        Route("/api/deals/{id:path}", views.api_deal),
        Route("/api/inbox", views.api_inbox),
        Route("/api/actions", desk.post, methods=["POST"]),
        Route("/api/alerts", views.api_alerts),
        Route("/api/summary", views.api_summary),
        Route("/api/models", views.api_models),
        Route("/api/rules", views.api_rules),
        Route("/live", views.live),
        *DashboardViews(prometheus_url, views.dashboard).routes,
        *RevenueViews(told, model, desk, views.revenue).routes,
        *Probes(health, metrics, version).routes,
        Route("/static/{name}", views.static),
        Route("/favicon.ico", views.favicon),
        *([] if gate is None else Login(gate, Assets()).routes),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, allowed_hosts=tuple(allowed_hosts), gate=gate, has_form=gate is not None)],
        exception_handlers={HTTPException: views.failed},
    )


class _Views:
    """One method per address."""

    def __init__(self, model: ReadModel, hub: Hub, health: Health, desk: Desk, *, has_dashboards: bool) -> None:
        self._model = model
        self._has_dashboards = has_dashboards
        self._hub = hub
        self._health = health
        self._desk = desk
        self._assets = Assets()

    async def board(self, request: Request) -> Response:
        # Before the content: what changes in between is told twice rather than never.
        position = self._hub.position
        return self._page(request, "Deals at risk · Dealwatch", self._board(request), position, "board")

    async def board_fragment(self, request: Request) -> Response:
        return HTMLResponse(join(board_page.as_of(self._model.as_of), self._board(request)))

    async def inbox(self, request: Request) -> Response:
        position = self._hub.position
        return self._page(request, "Inbox · Dealwatch", self._inbox(request), position, "inbox")

    async def inbox_fragment(self, request: Request) -> Response:
        return HTMLResponse(join(board_page.as_of(self._model.as_of), self._inbox(request)))

    async def deal(self, request: Request) -> Response:
        position = self._hub.position
        name = request.path_params["id"]
        found = self._model.deal(name)
        if found is None:
            body = join(deal_page.back(), deal_page.heading(), deal_page.missing(name))
            return self._page(request, "Unknown deal · Dealwatch", body, position, "error", 404)
        acts = self._desk.acting(request).allowed
        body = join(deal_page.back(), deal_page.heading(), deal_page.portrait(found, acts=acts))
        return self._page(request, deal_page.title(found), body, position, "deal")

    async def deal_fragment(self, request: Request) -> Response:
        name = request.path_params["id"]
        found = self._model.deal(name)
        if found is None:
            return HTMLResponse(deal_page.missing(name), 404)
        return HTMLResponse(deal_page.portrait(found, acts=self._desk.acting(request).allowed))

    async def models(self, request: Request) -> Response:
        position = self._hub.position
        body = join(deal_page.back(), models_page.models(self._model.models, self._model.learned()))
        return self._page(request, "What the models have learned · Dealwatch", body, position, "models")

    async def models_fragment(self, _request: Request) -> Response:
        return HTMLResponse(models_page.models(self._model.models, self._model.learned()))

    async def rules(self, request: Request) -> Response:
        position = self._hub.position
        body = join(deal_page.back(), self._rules())
        return self._page(request, "Rules, and what people say of them · Dealwatch", body, position, "rules")

    def dashboard(self, request: Request, title: str, body: Html, refresh_s: int, status: int) -> Response:
        """The document around a dashboard, which is asked for anew by itself where no script does it."""
        return self._page(request, title, body, self._hub.position, "dashboard", status, refresh_s)

    def revenue(self, request: Request, title: str, body: Html, status: int) -> Response:
        """The document around a page of revenue."""
        return self._page(request, title, body, self._hub.position, "revenue", status)

    async def rules_fragment(self, _request: Request) -> Response:
        return HTMLResponse(self._rules())

    async def api_deals(self, request: Request) -> Response:
        wanted = read_wanted(request.query_params)
        models = self._model.models
        return json_answer(deal_list(self._model.ranked(wanted), self._model.as_of, models))

    async def api_deal(self, request: Request) -> Response:
        found = self._model.deal(request.path_params["id"])
        if found is None:
            return failure(404, NotFound.id, "no state of this opportunity was read")
        return json_answer(deal_answer(found))

    async def api_inbox(self, request: Request) -> Response:
        return json_answer(inbox_answer(self._model.inbox(read_inbox_wanted(request.query_params)), self._model.models))

    async def api_alerts(self, request: Request) -> Response:
        query = request.query_params
        limit = query.get("limit", "")
        number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < len(str(MAX_API_ALERTS)) + 1 else 50
        found = self._model.latest_alerts(min(number, MAX_API_ALERTS), query.get("severity", ""), query.get("rule", ""))
        return json_answer(AlertList(self._model.as_of, found))

    async def api_summary(self, _request: Request) -> Response:
        return json_answer(self._model.summary())

    async def api_models(self, _request: Request) -> Response:
        return json_answer(models_answer(self._model.models, self._model.learned()))

    async def api_rules(self, _request: Request) -> Response:
        return json_answer(rules_answer(self._model.rules(), self._model.models))

    async def live(self, request: Request) -> Response:
        last = request.headers.get("last-event-id") or request.query_params.get("since", "")
        try:
            stream = self._hub.stream(last)
        except TooManyBrowsers as error:
            return failure(503, error.id, str(error), {"retry-after": "30"})
        # Proxies that collect an answer before they pass it on would hold the stream back for ever.
        headers = {"x-accel-buffering": "no", "cache-control": "no-store"}
        if request.method == "HEAD":
            return Response(headers=headers, media_type="text/event-stream")
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def static(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return failure(404, NotFound.id, "there is no such file")
        return Response(asset.content, media_type=asset.media_type, headers={"cache-control": _FOREVER})

    async def favicon(self, _request: Request) -> Response:
        asset = self._assets.get("favicon.svg")
        assert asset is not None
        return Response(asset.content, media_type=asset.media_type, headers={"cache-control": "max-age=86400"})

    async def failed(self, request: Request, error: Exception) -> Response:
        """Every other refusal (no such page, another method than GET), as a page or as JSON."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
            body = join(deal_page.back(), deal_page.heading(), deal_page.no_page())
            return self._page(request, "Not found · Dealwatch", body, "", "error", 404)
        name = NotFound.id if error.status_code == 404 else f"err-http-{error.status_code}"
        return failure(error.status_code, name, error.detail, dict(error.headers or {}))

    def _board(self, request: Request) -> Html:
        wanted = read_wanted(request.query_params)
        content = board_page.Board(
            summary=self._model.summary(),
            page=self._model.ranked(wanted),
            wanted=wanted,
            alerts=self._model.latest_alerts(FEED_LINES),
            not_ready=[] if self._health.ready else list(self._health.reasons),
        )
        return board_page.board(content)

    def _inbox(self, request: Request) -> Html:
        wanted = read_inbox_wanted(request.query_params)
        return inbox_page.inbox(self._model.inbox(wanted), wanted, acts=self._desk.acting(request).allowed)

    def _rules(self) -> Html:
        models = self._model.models
        return rules_page.rules(self._model.rules(), models.epoch if models else None)

    def _page(
        self,
        request: Request,
        title: str,
        body: Html,
        position: str,
        kind: str,
        status: int = 200,
        refresh_s: int = 0,
    ) -> Response:
        acting, now = self._desk.acting(request), self._model.as_of
        text = page(
            title=title,
            body=body,
            as_of=board_page.as_of(now),
            assets=self._assets,
            position=position,
            kind=kind,
            acting=acting,
            has_dashboards=self._has_dashboards,
            refresh_s=refresh_s,
            dialogues=dialogues(acting, now or 0, self._model.summary().owners) if acting.allowed else None,
        )
        return HTMLResponse(text, status)
