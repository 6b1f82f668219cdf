"""A program with and without traces: what is wrapped, what is imported, and what is said where something is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streams.config.settings import load
from streams.engine.settings import EngineSettings
from streams.engine.task import StateStore
from streams.errors import SettingsWrong
from streams.runtime.program import program, tracing_of
from streams.runtime.trace import FollowedMetrics, FollowedTask, LastSpans
from streams.telemetry.emit import Metrics
from streams.telemetry.tracing import TracingMissing
from tests.unit.engine.fakes import PlainTask
from tests.unit.runtime.test_trace import Told, a_store

ENDPOINT = "http://127.0.0.1:1"


def a_task(_number: int, _store: StateStore) -> PlainTask:
    """A task that does nothing."""
    return PlainTask()


def engine(folder: Path) -> EngineSettings:
    """An engine that is not started."""
    return EngineSettings(app_id="a", broker="127.0.0.1:1", source_topic="s", state_dir=folder)


def test_without_traces_the_engine_gets_the_task_and_the_metrics_themselves(tmp_path: Path) -> None:
    """Nothing is in between, so nothing costs; with traces both are told of."""
    metrics = Metrics("track")
    plain = program(engine(tmp_path), a_task, metrics, None, services=())
    assert plain.engine.make_task is a_task and plain.engine.observer is metrics and plain.services == ()

    traced = program(engine(tmp_path), a_task, metrics, Told(), services=())
    assert isinstance(traced.engine.make_task(0, a_store()), FollowedTask)
    assert isinstance(traced.engine.observer, FollowedMetrics) and isinstance(traced.services[0], LastSpans)


def test_opentelemetry_is_imported_only_where_there_are_traces() -> None:
    """It costs a third of a second and some megabytes."""
    asked = "import sys, streams.bootstrap, streams.runtime.sender; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert tracing_of(load(), "track") is None


def test_where_the_extra_is_missing_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback of an import; and not silence."""
    for name in [name for name in sys.modules if name.startswith(("opentelemetry", "streams.telemetry.otlp"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(TracingMissing, match=r"uv sync --extra otel.*err-tracing-missing"):
        tracing_of(load(otel_endpoint=ENDPOINT), "track")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [("collector:4318", "http://collector:4318"), ("https://me:hunter2@collector", "OTEL_EXPORTER_OTLP_HEADERS")],
)
def test_an_address_that_is_none_or_holds_a_password_is_refused_without_being_repeated(
    given: str, complaint: str
) -> None:
    """Settings are shown and copied."""
    with pytest.raises(SettingsWrong, match=complaint) as refused:
        load(otel_endpoint=given)
    assert "hunter2" not in str(refused.value)
