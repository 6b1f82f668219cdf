"""A server that answers like a Prometheus, or not at all like one: on a real port, with what a test tells it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import sin
from urllib.parse import parse_qs, urlsplit

_BY = re.compile(r"\bby \(([\w, ]+)\)")
#: Values of labels that queries sum by.
_VALUES = {
    "partition": ("0", "1", "2", "3"),
    "target": ("inactivity", "slippage", "win"),
    "role": ("allot", "learn", "revenue", "send", "track"),
    "severity": ("critical", "info", "warning"),
}


@dataclass(frozen=True)
class Reply:
    """A status, a body and headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Heard:
    """What was asked: paths without the query, and the fields of each."""

    url: str
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def queries(self) -> list[dict[str, str]]:
        """The fields of what asked for series."""
        return [fields for path, fields in self.asked if path.endswith("/query_range")]


def success(data: object) -> Reply:
    """An answer as Prometheus gives it."""
    return Reply(200, json.dumps({"status": "success", "data": data}).encode())


def plausible(path: str, fields: dict[str, str]) -> Reply:
    """Series by the labels that the query sums by, with values that go up and down; two jobs, two instances."""
    if "/label/" in path:
        return success(["dealwatch", "dealwatch-eu"] if "/job/" in path else ["127.0.0.1:8787", "127.0.0.1:8788"])
    expr, start, end, step = fields["query"], *(int(fields[each]) for each in ("start", "end", "step"))
    labels = (_BY.findall(expr) or [""])[0]
    names = [each.strip() for each in labels.split(",") if each.strip() not in ("", "le")]
    if expr.startswith("slo:"):
        names = ["slo"]
    series = []
    for number, value in enumerate(_VALUES.get(names[0], ("one", "other")) if names else [""]):
        metric = dict.fromkeys(names, value) if value else {}
        size = 0.4 * (number + 1)
        points = [[at, str(round(size * (1.5 + sin(at / 400 + number)), 4))] for at in range(start, end + 1, step)]
        series.append({"metric": metric, "values": points})
    return success({"resultType": "matrix", "result": series})


@contextmanager
def a_prometheus(answer: Callable[[str, dict[str, str]], Reply] = plausible) -> Iterator[Heard]:
    """Serve `answer` (of the path and the fields) at a free port of loopback."""
    heard = Heard("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", "0"))).decode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self, query: str) -> None:
            path = urlsplit(self.path).path
            fields = {name: values[-1] for name, values in parse_qs(query).items()}
            heard.asked.append((path, fields))
            reply = answer(path, fields)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    heard.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
