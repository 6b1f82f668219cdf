"""The page's views of revenue, with all answers of a company: the real application is asked, without a network.

A view is cold where the page has just read all answers and decoded none of them yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import msgspec
from starlette.applications import Starlette
from starlette.types import Message

from streams.bench.firm import a_company
from streams.bench.job import Asked, Job, Result
from streams.bench.meter import Meter
from streams.revenue.answers import ForecastTold
from streams.revenue.company import Unit
from streams.web.app import build_web
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.read_model import ReadModel
from streams.web.revenue_model import RevenueModel

#: The whole company's, by page and by program.
PATHS = ("/revenue", "/revenue/pipeline", "/api/revenue/forecast", "/api/revenue/pipeline")
_OK = 200


def run(job: Job, meter: Meter) -> Result:
    """Read the answers of the file `job.source`, and ask for `job.events` views; say how many deals are open."""
    records = msgspec.msgpack.decode(Path(job.source).read_bytes(), type=list[tuple[bytes, bytes]])
    for path in PATHS:
        cold, warm = [], []
        for _ in range(job.events // len(PATHS)):
            app = _an_app(records)
            cold.append(_asked(app, path))
            warm.append(_asked(app, path))
            meter.tick()
        meter.say(Asked(path, cold, warm))
    told = _model(records).forecast(_model(records).now(), Unit())
    assert isinstance(told, ForecastTold)
    return Result(told.open)


def _model(records: Sequence[tuple[bytes, bytes]]) -> RevenueModel:
    model = RevenueModel(a_company())
    for key, value in records:
        model.take(key, value)
    return model


def _an_app(records: Sequence[tuple[bytes, bytes]]) -> Starlette:
    return build_web(
        ReadModel(),
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        revenue=_model(records),
    )


def _asked(app: Starlette, path: str) -> float:
    """Ask for a view as a server does; return the milliseconds until all of it was there."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8787")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8787),
    }
    status = 0
    size = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, size
        status = message.get("status", status)
        size += len(message.get("body", b""))

    async def ask() -> float:
        began = perf_counter()
        await app(scope, receive, send)
        return (perf_counter() - began) * 1000

    took = asyncio.run(ask())
    if status != _OK or not size:
        raise RuntimeError(f"{path} was answered with {status}, {size} bytes")
    return took
