"""Traces to a collector, behind glass: the only importer of OpenTelemetry.

Spans go out in a thread of the SDK's, from a queue that is bounded. While the collector is away they are dropped and
counted, and nobody waits.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace import set_span_in_context as inside_of
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from streams.config.secret import keep_out_of_logs
from streams.telemetry.logs import OURS
from streams.telemetry.tracing import LINKS, TRACEPARENT, Done

#: Spans that wait for the exporter; what comes on top is dropped.
QUEUE = 2_048
#: Most of them in one request.
_AT_ONCE = 512
#: How long the last spans have when a program ends, in seconds.
_LAST_S = 2.0
#: What stands in these is secret: a password for the collector, say.
_SECRET_VARIABLES = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
_PATH = "/v1/traces"

logger = logging.getLogger(f"{OURS}.traces")


class OtlpTracing:
    """The traces of a program. Safe to use from several threads."""

    def __init__(self, exporter: SpanExporter, ratio: float, resource: Mapping[str, str], queue: int = QUEUE) -> None:
        """Send through `exporter` what is wanted, what continues a trace, and a share (`ratio`) of all the rest."""
        self._ratio = ratio
        self._queue = queue
        self._exporter = _Counted(exporter)
        self._processor = BatchSpanProcessor(
            self._exporter, max_queue_size=queue, max_export_batch_size=min(_AT_ONCE, queue)
        )
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": OURS}
        # What is traced is decided by `tell`, where it costs nothing to say no.
        provider = TracerProvider(
            sampler=ALWAYS_ON, resource=Resource.create({**named, **resource}), shutdown_on_exit=False
        )
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer(OURS)
        self._lock = threading.Lock()
        self._told = 0
        self._overflowed = 0

    def tell(self, done: Done, parts: Sequence[Done] = ()) -> str:
        """Tell what was done: see `Tracing`."""
        if not (done.wanted or done.parent or self._by_chance()):
            return ""
        if not self._room_for(1 + len(parts)):
            return ""
        span = self._start(done, _context_of(done.parent))
        inside = inside_of(span)
        for part in parts:
            self._end(self._start(part, inside), part)
        self._end(span, done)
        context = span.get_span_context()
        if not context.is_valid:  # OTEL_SDK_DISABLED
            return ""
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many spans the collector took, and how many were dropped, so far."""
        return {"exported": self._exporter.exported, "dropped": self._exporter.failed + self._overflowed}

    def close(self) -> None:
        """Send what is left, if the collector takes it at once."""
        closing = threading.Thread(target=self._processor.shutdown, name="last-spans", daemon=True)
        closing.start()
        closing.join(_LAST_S)

    def _by_chance(self) -> bool:
        # Not a random number of Python's: seeds of simulations must not depend on whether there are traces.
        return int.from_bytes(os.urandom(4), "big") < self._ratio * 2**32

    def _room_for(self, spans: int) -> bool:
        """Whether so many spans find a place; those that do not are counted. The SDK would drop others, uncounted."""
        with self._lock:
            if self._told - self._exporter.taken + spans > self._queue:
                self._overflowed += spans
                return False
            self._told += spans
            return True

    def _start(self, done: Done, context: Context) -> Span:
        links = [Link(found) for each in done.links[:LINKS] if (found := _span_context_of(each)) is not None]
        kind = SpanKind[done.kind.upper()]
        return self._tracer.start_span(done.name, context, kind, dict(done.attributes), links, done.began)

    def _end(self, span: Span, done: Done) -> None:
        if done.failure:
            span.set_status(Status(StatusCode.ERROR, done.failure))
        span.end(done.ended)


def exporter_to(endpoint: str) -> SpanExporter:
    """The exporter to a collector that takes OTLP over HTTP.

    What the address does not say is read from the standard's variables: OTEL_EXPORTER_OTLP_HEADERS, _CERTIFICATE,
    _TIMEOUT, _COMPRESSION; the SDK reads OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and OTEL_BSP_SCHEDULE_DELAY.
    """
    for variable in _SECRET_VARIABLES:
        for pair in os.environ.get(variable, "").split(","):
            keep_out_of_logs(pair.partition("=")[2].strip())
    address = endpoint.rstrip("/")
    return OTLPSpanExporter(endpoint=address if address.endswith(_PATH) else address + _PATH)


def _context_of(traceparent: str) -> Context:
    # Never the context at hand: who tells of something is not within it.
    return TraceContextTextMapPropagator().extract({TRACEPARENT: traceparent}, Context())


def _span_context_of(traceparent: str) -> SpanContext | None:
    context = get_current_span(_context_of(traceparent)).get_span_context()
    return context if context.is_valid else None


class _Counted(SpanExporter):
    """An exporter that counts, and says once when the collector goes away, and once when it is back."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._away = False
        self.taken = self.exported = self.failed = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; called by the SDK's thread."""
        # Off the queue: while they are on their way there is room for others.
        self.taken += len(spans)
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001  # whatever it is, nobody but the traces may notice
            result = SpanExportResult.FAILURE
        if result is SpanExportResult.SUCCESS:
            self.exported += len(spans)
        else:
            self.failed += len(spans)
        self._notice(result is not SpanExportResult.SUCCESS)
        return result

    def _notice(self, away: bool) -> None:
        if away and not self._away:
            logger.warning("the collector takes no traces; they are dropped, and counted, until it does")
        elif self._away and not away:
            logger.warning("the collector takes traces again")
        self._away = away

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return self._exporter.force_flush(timeout_millis)
