"""A program of ours on the engine: its tasks, its metrics, and its traces where somebody asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from mode import ServiceT

from streams import __version__
from streams.config.settings import Settings
from streams.engine.app import EngineApp
from streams.engine.build import build_app
from streams.engine.followers import Follower as TopicFollower
from streams.engine.settings import EngineSettings
from streams.engine.task import MakeTask
from streams.runtime.trace import FollowedMetrics, Follower, LastSpans
from streams.telemetry.catalogue import Role
from streams.telemetry.emit import Metrics
from streams.telemetry.tracing import Tracing, TracingMissing


def tracing_of(settings: Settings, role: Role) -> Tracing | None:
    """Where the program's traces go; none where nobody asks for them. Raises `TracingMissing`."""
    if not settings.otel_endpoint:
        return None
    try:
        from streams.telemetry.otlp import OtlpTracing, exporter_to
    except ImportError as error:
        raise TracingMissing(
            f"traces are to go to {settings.otel_endpoint}, but what sends them is not installed; install it "
            '(`uv sync --extra otel`, or `pip install "dealwatch[otel]"`), or leave otel_endpoint empty'
        ) from error
    named = {"service.instance.id": settings.group_instance} if settings.group_instance else {}
    resource = {"service.version": __version__, "dealwatch.role": role, **named}
    return OtlpTracing(exporter_to(settings.otel_endpoint), settings.otel_sample_ratio, resource)


def program(
    engine: EngineSettings,
    make_task: MakeTask,
    metrics: Metrics,
    tracing: Tracing | None,
    *,
    services: Sequence[ServiceT],
    followers: Sequence[TopicFollower] = (),
    said: Sequence[str] = (),
) -> EngineApp:
    """The program of these tasks. With traces its slices are told of, and messages on `said` name theirs."""
    if tracing is None:
        return build_app(engine, make_task, followers=followers, observer=metrics, services=services)
    follower = Follower(tracing, metrics.role, engine.app_id, said)
    return build_app(
        engine,
        follower.follow(make_task),
        followers=followers,
        observer=FollowedMetrics(metrics, follower, tracing),
        services=[LastSpans(tracing), *services],
    )
