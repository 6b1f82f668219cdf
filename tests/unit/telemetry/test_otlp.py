"""What becomes of what is told: spans with their parts and links, a bounded queue, a collector that is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams.telemetry.otlp import OtlpTracing
from streams.telemetry.tracing import LINKS, Done, ids_of, traceparent_in

UPSTREAM = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def done(wanted: bool = True, parent: str = "", links: Sequence[str] = ()) -> Done:
    """Something that took 5 ns."""
    return Done("process", 10, 15, "consumer", {"n": 3}, parent, links, wanted)


class Closed(SpanExporter):
    """A collector that does not answer before it is told to, and then as it is told."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answer = threading.Event()
        self.result = SpanExportResult.FAILURE

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Wait."""
        self.asked.set()
        self.answer.wait(30)
        if self.result is SpanExportResult.FAILURE:
            raise ConnectionError("nobody there")
        return self.result


def test_what_was_done_is_a_span_with_its_parts_and_with_links_to_what_led_to_it() -> None:
    """With the times that were said, not those of the telling."""
    exporter = InMemorySpanExporter()
    tracing = OtlpTracing(exporter, 0.0, {"dealwatch.role": "track"})

    traceparent = tracing.tell(done(links=[UPSTREAM, "nonsense"] * LINKS), [Done("handle", 10, 12)])

    tracing.close()
    part, whole = exporter.get_finished_spans()
    assert (whole.name, whole.start_time, whole.end_time, dict(whole.attributes or {})) == ("process", 10, 15, {"n": 3})
    assert whole.parent is None and part.parent == whole.context and (part.start_time, part.end_time) == (10, 12)
    assert {f"{link.context.trace_id:032x}" for link in whole.links} == {UPSTREAM.split("-")[1]}
    assert len(whole.links) <= LINKS
    assert ids_of(traceparent) == {
        "trace_id": f"{whole.context.trace_id:032x}",
        "span_id": f"{whole.context.span_id:016x}",
    }
    assert traceparent_in([("traceparent", traceparent.encode())]) == traceparent
    assert whole.resource.attributes["service.name"] == "dealwatch"
    assert tracing.outcomes == {"exported": 2, "dropped": 0}


def test_a_parent_is_continued_and_chance_decides_of_the_rest_only() -> None:
    """With a ratio of 0 only what is wanted or continues a trace is traced, with 1 everything."""
    exporter = InMemorySpanExporter()
    tracing = OtlpTracing(exporter, 0.0, {})

    assert tracing.tell(done(wanted=False)) == ""
    continued = tracing.tell(done(wanted=False, parent=UPSTREAM))

    tracing.close()
    assert ids_of(continued)["trace_id"] == UPSTREAM.split("-")[1]
    assert len(exporter.get_finished_spans()) == 1
    everything = OtlpTracing(exporter, 1.0, {})
    assert everything.tell(done(wanted=False)) != ""
    everything.close()


def test_while_the_collector_does_not_answer_spans_are_dropped_and_counted_and_nobody_waits() -> None:
    """All that are told are exported or dropped in the end, and counted once."""
    collector = Closed()
    tracing = OtlpTracing(collector, 0.0, {}, queue=8)
    told = [tracing.tell(done()) for _ in range(8)]
    assert collector.asked.wait(30)

    told += [tracing.tell(done(), [Done("handle", 1, 2)]) for _ in range(20)]

    assert told.count("") >= 12, "what finds no place has no trace to go on with"
    collector.result = SpanExportResult.SUCCESS
    collector.answer.set()
    tracing.close()
    assert sum(tracing.outcomes.values()) == 8 + 2 * 20
    assert tracing.outcomes["dropped"] == 2 * told.count("")


def test_a_collector_that_is_away_is_said_once_and_again_when_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    """Not with every request; nothing of it is raised."""
    collector = Closed()
    collector.answer.set()
    tracing = OtlpTracing(collector, 0.0, {})
    with caplog.at_level(logging.WARNING, "dealwatch.traces"):
        for result in (SpanExportResult.FAILURE, SpanExportResult.FAILURE, SpanExportResult.SUCCESS):
            collector.result = result
            tracing.tell(done())
            tracing._processor.force_flush()
    tracing.close()
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        "the collector takes no traces",
        "the collector takes traces again",
    ]
    assert tracing.outcomes == {"exported": 1, "dropped": 2}


def test_with_the_sdk_disabled_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_SDK_DISABLED is the standard's way to turn it off for a moment."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracing = OtlpTracing(InMemorySpanExporter(), 1.0, {})
    assert tracing.tell(done(), [Done("handle", 1, 2)]) == ""
    tracing.close()


@example(b"00-00000000000000000000000000000001-0000000000000001-01-")
@given(
    st.one_of(
        st.binary(max_size=80), st.from_regex(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-0[013](-x)?", fullmatch=True)
    )
)
def test_whatever_a_header_holds_it_is_a_trace_that_can_be_linked_or_nothing(value: bytes) -> None:
    """Headers come from outside: they may hold anything."""
    found = traceparent_in([("other", b"x"), ("traceparent", value)])
    if not found:
        return
    exporter = InMemorySpanExporter()
    tracing = OtlpTracing(exporter, 0.0, {})
    continued = tracing.tell(done(parent=found, links=[found]))
    tracing.close()
    assert ids_of(continued)["trace_id"] == found.split("-")[1]
    assert [f"{link.context.span_id:016x}" for link in exporter.get_finished_spans()[0].links] == [found.split("-")[2]]
