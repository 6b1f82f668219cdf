"""A collector of traces: takes OTLP over HTTP as the protocol says, and keeps the spans."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Span:
    """A span as it came, with what the tests ask for."""

    trace: str
    id: str
    parent: str
    name: str
    links: tuple[str, ...]
    attributes: dict[str, str]
    role: str
    failed: bool


@dataclass
class Collector:
    """What came so far. `status` is how it answers."""

    port: int = 0
    status: int = 200
    spans: list[Span] = field(default_factory=list)
    requests: int = 0

    @property
    def address(self) -> str:
        """What `otel_endpoint` is set to."""
        return f"http://127.0.0.1:{self.port}"

    def take(self, body: bytes) -> None:
        """Keep the spans of a request."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            said = {each.key: each.value.string_value for each in resource.resource.attributes}
            assert said["service.name"] == "dealwatch"
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Span(
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            span.name,
                            tuple(link.trace_id.hex() for link in span.links),
                            {each.key: str(each.value) for each in span.attributes},
                            said["dealwatch.role"],
                            span.status.code == 2,
                        )
                    )


@contextmanager
def a_collector() -> Iterator[Collector]:
    """Give a collector on loopback."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            assert (self.path, self.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
            collector.requests += 1
            if collector.status == 200:
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
