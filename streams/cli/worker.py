"""`dealwatch worker`: the programs that turn events into states, alerts and models."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.config.settings import Settings


class Role(StrEnum):
    """Which programs run."""

    ALL = "all"
    TRACK = "track"
    LEARN = "learn"
    NOTIFY = "notify"
    ALLOT = "allot"
    SEND = "send"


class Clock(StrEnum):
    """What moves time where no event does."""

    AUTO = "auto"
    EVENT = "event"
    WALL = "wall"


def worker(
    ctx: typer.Context,
    role: Annotated[
        Role,
        typer.Option(
            help="all: deals, and the models in a process beside; track, learn: one of the two; notify: tell people "
            "of alerts, which is send, and allot in a process beside; send, allot: one of the two."
        ),
    ] = Role.ALL,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of page and metrics; 0: any free one [8787].")
    ] = None,
    clock: Annotated[
        Clock | None,
        typer.Option(
            help="What moves time where no event does: auto follows the wall clock once events are live [auto]."
        ),
    ] = None,
) -> None:
    """Watch the deals: turn events into states, alerts and lessons, until it is stopped.

    Start more of them, on as many machines as there are partitions, and they share the work. Stopping one (Ctrl-C,
    SIGTERM) finishes what it has in hand and commits; killing one loses nothing.

    Examples:
      dealwatch worker
      dealwatch worker --broker kafka:9092 --port 0
      dealwatch worker --role learn
      dealwatch worker --role notify --port 8788

    """
    from streams.bootstrap import allot_app, learn_app, send_app, track_app
    from streams.engine.run import run
    from streams.runtime.child import hold_lifeline
    from streams.telemetry.logs import log_to_stderr

    log_to_stderr()
    alone = not hold_lifeline()
    settings = _resolved(settings_of(ctx, web_port=port, clock=None if clock is None else clock.value))
    if role is Role.LEARN:
        app = learn_app(settings, alone=alone)
    elif role is Role.ALLOT:
        app = allot_app(settings, alone=alone)
    elif role in (Role.NOTIFY, Role.SEND):
        app = send_app(settings, with_allotter=role is Role.NOTIFY)
    else:
        app = track_app(settings, with_learner=role is Role.ALL)
    raise typer.Exit(run(app))


def _resolved(settings: Settings) -> Settings:
    """Put the address and the partitions that really are there into the settings."""
    from streams.admin.reading import partition_count
    from streams.config.topics import plan

    bootstrap = bootstrap_of(settings)
    partitions = partition_count(bootstrap, plan(settings).activity.name)
    return settings.model_copy(update={"broker": bootstrap, "partitions": partitions})
