"""What an operator asks a worker for, page or not: liveness, readiness, metrics, version."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams.web.api import Failure, Problem, to_json
from streams.web.gate import Gate
from streams.web.guard import Guard
from streams.web.health import Health

#: Returns the body and the media type of `/metrics`.
Metrics = Callable[[], tuple[bytes, str]]


def build_probes(
    *, health: Health, metrics: Metrics, version: str, allowed_hosts: Iterable[str] = (), gate: Gate | None = None
) -> Starlette:
    """Build the application of a worker without a page; the arguments are those of `build_web`."""
    return Starlette(
        routes=Probes(health, metrics, version).routes,
        middleware=[Middleware(Guard, allowed_hosts=tuple(allowed_hosts), gate=gate)],
    )


class Probes:
    """One method per address."""

    def __init__(self, health: Health, metrics: Metrics, version: str) -> None:
        """Answer from `health` and `metrics`, which are asked anew at every request."""
        self._health = health
        self._metrics = metrics
        self._version = version

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
            Route("/version", self.version),
        ]

    async def healthz(self, _request: Request) -> Response:
        """Answer at all, which shows that the event loop ticks; the rest is what the runtime knows."""
        if self._health.alive:
            return json_answer({"alive": True})
        return failure(503, "err-not-alive", "; ".join(self._health.reasons) or "not alive")

    async def readyz(self, _request: Request) -> Response:
        """Answer whether the worker does its work."""
        if self._health.alive and self._health.ready:
            return json_answer({"ready": True})
        return failure(503, "err-not-ready", "; ".join(self._health.reasons) or "not ready")

    async def metrics(self, _request: Request) -> Response:
        """Answer with Prometheus' text format."""
        body, media_type = self._metrics()
        return Response(body, headers={"content-type": media_type})

    async def version(self, _request: Request) -> Response:
        """Answer which version runs."""
        return json_answer({"version": self._version})


def json_answer(value: object, status: int = 200) -> Response:
    """Wrap a value as JSON."""
    return Response(to_json(value), status, media_type="application/json")


def failure(status: int, name: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Wrap a refusal as JSON, with its id."""
    body = to_json(Failure(Problem(name, message)))
    return Response(body, status, media_type="application/json", headers=headers)
