"""`dealwatch worker`: the programs that turn events into states, alerts and models."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import complain_through
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.config.settings import Settings
    from streams.engine.app import EngineApp


class Role(StrEnum):
    """Which programs run."""

    ALL = "all"
    TRACK = "track"
    LEARN = "learn"
    NOTIFY = "notify"
    ALLOT = "allot"
    SEND = "send"
    REVENUE = "revenue"


#: What has to have rights for a role (`streams.access.rights`).
_COMPONENTS = {
    Role.ALL: "worker page learner",
    Role.TRACK: "worker page",
    Role.LEARN: "learner",
    Role.NOTIFY: "allot send",
    Role.ALLOT: "allot",
    Role.SEND: "send",
    Role.REVENUE: "revenue",
}


#: The program that runs in this process; what runs beside it has a process, and lines, of its own.
_PROGRAMS = {Role.ALL: "track", Role.NOTIFY: "send"} | {
    each: each.value for each in (Role.TRACK, Role.LEARN, Role.ALLOT, Role.SEND, Role.REVENUE)
}


class Clock(StrEnum):
    """What moves time where no event does."""

    AUTO = "auto"
    EVENT = "event"
    WALL = "wall"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on our own lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def worker(
    ctx: typer.Context,
    role: Annotated[
        Role,
        typer.Option(
            help="all: deals, and the models in a process beside; track, learn: one of the two; notify: tell people "
            "of alerts, which is send, and allot in a process beside; send, allot: one of the two; revenue: forecast, "
            "pipeline, coaching and attribution, kept current."
        ),
    ] = Role.ALL,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port of page and metrics, what runs beside has the next; 0: any free [8787]."
        ),
    ] = None,
    clock: Annotated[
        Clock | None,
        typer.Option(
            help="What moves time where no event does: auto follows the wall clock once events are live [auto]."
        ),
    ] = None,
    log_format: Annotated[
        LogFormat | None,
        typer.Option(help="text: for a terminal; json: an object a line, for what collects them [text]."),
    ] = None,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(help="From which level on lines are written; of libraries from warning on [info]."),
    ] = None,
    otel: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Send traces to this collector (OTLP over HTTP), http://host:4318."),
    ] = None,
) -> None:
    """Watch the deals: turn events into states, alerts and lessons, until it is stopped.

    Start more of them, on as many machines as there are partitions, and they share the work. Stopping one (Ctrl-C,
    SIGTERM) finishes what it has in hand and commits; killing one loses nothing.

    Examples:
      dealwatch worker
      dealwatch worker --broker kafka:9092 --port 0
      dealwatch worker --role learn
      dealwatch worker --role notify --port 8790
      dealwatch worker --role revenue --port 8794
      dealwatch worker --log-format json --otel http://localhost:4318

    """
    from streams.engine.run import run, to_stderr
    from streams.runtime.child import hold_lifeline
    from streams.runtime.clients import advice_on, is_refusal
    from streams.telemetry.logs import OURS, Style, log_to_stderr, redact

    beside = hold_lifeline()
    slips: list[str] = []
    settings = settings_of(
        ctx,
        slips.append,
        web_port=port,
        clock=None if clock is None else clock.value,
        log_format=None if log_format is None else log_format.value,
        log_level=None if log_level is None else log_level.value,
        otel_endpoint=otel,
    )
    log_to_stderr(is_refusal, Style(settings.log_format, settings.log_level, _PROGRAMS[role]))
    tell = logging.getLogger(OURS).critical if settings.log_format == "json" else lambda text: to_stderr(redact(text))
    if settings.log_format == "json":
        complain_through(tell)
    _warn(slips)
    settings = _resolved(settings)
    app = _app(role, settings, beside=beside)
    raise typer.Exit(run(app, lambda failure: advice_on(failure, _COMPONENTS[role], settings), tell))


def _app(role: Role, settings: Settings, *, beside: bool) -> EngineApp:
    """The program of a role; raises what is wrong with the files that the settings name."""
    from streams.bootstrap import allot_app, learn_app, revenue_app, send_app, track_app
    from streams.runtime.child import give_way

    match role:
        case Role.LEARN:
            return learn_app(settings)
        case Role.REVENUE:
            give_way()  # answers may be late, events may not
            return revenue_app(settings)
        case Role.ALLOT:
            _stand_by(settings)
            return allot_app(settings, beside=beside)
        case Role.NOTIFY | Role.SEND:
            _stand_by(settings)
            return send_app(settings, with_allotter=role is Role.NOTIFY)
        case _:
            return track_app(settings, with_learner=role is Role.ALL)


def _warn(slips: list[str]) -> None:
    """Say in the log what settings were meant: its lines may be read by programs."""
    from streams.telemetry.logs import OURS

    for slip in slips:
        logging.getLogger(OURS).warning("%s", slip)


def _stand_by(settings: Settings) -> None:
    """Wait until it is this environment that tells people, where another one does."""
    import asyncio

    from streams.admin.generation import read_generation
    from streams.bootstrap import stand_by
    from streams.cli.screen import note
    from streams.cli.stopping import run_until_asked
    from streams.config.topics import plan
    from streams.errors import BrokerUnreachable

    kafka, topics = bootstrap_of(settings), plan(settings)

    def leads() -> bool:
        try:
            return read_generation(kafka, topics).role == "leads"
        except BrokerUnreachable:  # away for a moment: nobody should tell anybody anything before it is known
            return False

    if not leads():
        run_until_asked(stand_by(settings, leads, note))
        asyncio.set_event_loop(None)


def _resolved(settings: Settings) -> Settings:
    """Put the address and the partitions that really are there into the settings."""
    from streams.access.kafka import with_open_broker
    from streams.admin.reading import partition_count
    from streams.config.topics import plan

    kafka = bootstrap_of(settings)
    partitions = partition_count(kafka, plan(settings).activity.name)
    if not settings.broker:
        settings = with_open_broker(settings, kafka.addresses)
    return settings.model_copy(update={"partitions": partitions})
