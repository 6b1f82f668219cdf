"""`dealwatch rebuild`: everything derived, made anew from the events beside what runs, and the switch to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.plain import plain_app
from streams.cli.rebuild_compare import compare
from streams.cli.rebuild_switch import back, drop, switch
from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.access.kafka import Address
    from streams.admin.generation import Environment, Rebuild
    from streams.config.settings import Settings

app = plain_app()

New = Annotated[str, typer.Argument(metavar="NEW", help="Prefix of the environment that is rebuilt: v2., say.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def start(
    ctx: typer.Context,
    new: New,
    partitions: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Partitions of deal.activity there; as many as there are unless given."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1, help="Records copied a second, at most; as fast as it goes unless given.")
    ] = None,
    patience: Annotated[
        float,
        typer.Option(min=0, help="Seconds without a record after which a partition is not waited for."),
    ] = 90.0,
    follow: Annotated[
        bool,
        typer.Option("--follow/--no-follow", help="Go on copying what comes, or end once what was there is copied."),
    ] = True,
) -> None:
    """Copy all events of this environment into NEW, keyed anew where it has other partitions, and go on as they come.

    The topics of NEW are created. Workers that are started there, with its prefix, make states, models and alerts anew
    beside those that run; they tell nobody before the switch. Stop it or kill it at any time, and run it again: it goes
    on where it was, and nothing is copied twice. It must run until `drop`: after the switch it copies both ways.

    For example:
      dealwatch rebuild start v2. --partitions 12
      dealwatch --prefix v2. worker                       beside it: rebuilds the states
      dealwatch rebuild start v2. --rate 2000             bounded, where Kafka has other work to do
    """
    from streams.admin.generation import Rebuild
    from streams.cli.rebuild_view import copying_bar
    from streams.cli.screen import note
    from streams.cli.stopping import run_until_asked
    from streams.runtime.copying import Copier

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    old, made = _environments(bootstrap, settings, new, partitions)
    rebuild = Rebuild(old, made)
    _prepare(bootstrap, rebuild, settings.replication)
    _hand_over_what_was_said(bootstrap, rebuild)
    _wait_for_another(bootstrap, rebuild.group)
    note(f"copying {old.topics.activity.name} into {made.topics.activity.name} ...")
    with copying_bar() as tell:
        copier = Copier(bootstrap, rebuild, rate=rate, patience_s=patience, tell=tell)
        run_until_asked(copier.run(follow=follow))
    note("everything that was there when it began is copied; run it again to copy what has come since")


def _environments(
    bootstrap: Address, settings: Settings, new: str, partitions: int | None
) -> tuple[Environment, Environment]:
    """The environment that is, and the one that is to be; raises `RebuildWrong` where they are no pair."""
    from streams.admin.generation import Environment, RebuildWrong, read_generation
    from streams.admin.reading import partition_count, sizes
    from streams.config.settings import load
    from streams.errors import TopicsWrong

    load(prefix=new)  # it must be one
    if new == settings.prefix:
        raise RebuildWrong(f"{new!r} is the prefix of the environment that is; name another one")
    old = Environment(settings)
    many = partition_count(bootstrap, old.topics.activity.name)
    old = Environment(settings.model_copy(update={"partitions": many}))
    made = Environment(settings.model_copy(update={"prefix": new, "partitions": partitions or many}))
    role, ours = read_generation(bootstrap, made.topics), read_generation(bootstrap, old.topics)
    if ours.role == "follows":
        raise RebuildWrong(f"{old.name} is being rebuilt itself; rebuild from one that leads")
    try:
        there = sizes(bootstrap, made.topics.activity.name)
    except TopicsWrong:
        return old, made
    if partitions is None:
        made = Environment(settings.model_copy(update={"prefix": new, "partitions": len(there)}))
    if role.other is None and any(there.values()):
        raise RebuildWrong(f"{made.name} has events of its own, and was not rebuilt from another; name another prefix")
    if role.other not in (None, old.prefix):
        raise RebuildWrong(f"{made.name} is rebuilt from {role.other!r}, and not from {old.prefix!r}")
    return old, made


def _prepare(bootstrap: Address, rebuild: Rebuild, replication: int) -> None:
    """Create what is missing, and note that the new environment follows."""
    from streams.admin.generation import read_generation, write_generation
    from streams.admin.provision import apply
    from streams.cli.screen import waiting
    from streams.replay.generation import Generation

    with waiting("creating topics ..."):
        apply(bootstrap, rebuild.new.topics.all, replication)
        apply(bootstrap, [rebuild.old.topics.generation], replication)
    if read_generation(bootstrap, rebuild.new.topics).other is None:
        follows = Generation(role="follows", other=rebuild.old.prefix, since=_now())
        write_generation(bootstrap, rebuild.new.topics, follows)


def _hand_over_what_was_said(bootstrap: Address, rebuild: Rebuild) -> None:
    """Give the new environment what forecasts said, as long as it follows and no program of its own says anything."""
    from streams.admin.answers import carry_said
    from streams.admin.generation import read_generation
    from streams.cli.screen import note

    if read_generation(bootstrap, rebuild.new.topics).role != "follows":
        return
    if said := carry_said(bootstrap, rebuild.old, rebuild.new):
        note(f"{said:,} records of what forecasts said each week are handed over to {rebuild.new.name}")


def _wait_for_another(bootstrap: Address, group: str) -> None:
    """Wait until Kafka has given up one who was killed; raises `RebuildWrong` where somebody copies."""
    from streams.admin.generation import RebuildWrong
    from streams.admin.lag import members
    from streams.cli.screen import waiting

    until = time.monotonic() + 15.0
    with waiting("looking whether somebody copies already ..."):
        while found := members(bootstrap, group):
            if time.monotonic() > until:
                raise RebuildWrong(
                    f"somebody copies already, on {found[0].host}: only one may; stop it, or let it go on"
                )
            time.sleep(0.5)


@app.command()
def status(ctx: typer.Context, new: New, json: Json = False) -> None:
    """Say how far the rebuild is: what is copied, what is handled, who leads.

    For example:
      dealwatch rebuild status v2.
      dealwatch rebuild status v2. --json | jq .left_seconds
    """
    from streams.admin.generation import rebuild_of
    from streams.cli.rebuild_view import print_status
    from streams.cli.screen import print_document, waiting

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    with waiting(f"speaking to {bootstrap} ..."):
        from streams.admin.rebuilding import status_of

        found = status_of(bootstrap, rebuild_of(bootstrap, settings, new))
    if json:
        print_document(found._asdict())
    else:
        print_status(found)


def _now() -> int:
    return int(time.time() * 1000)


app.command()(compare)
app.command()(switch)
app.command()(back)
app.command()(drop)
