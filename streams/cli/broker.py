"""`dealwatch broker`: the Kafka that comes with Dealwatch."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.cli.boundary import FAILED
from streams.cli.plain import plain_app
from streams.cli.session import embedded, settings_of

app = plain_app(
    no_args_is_help=True,
    help="""Start and stop the Kafka that comes with Dealwatch: one node, on this machine only.

Its data lies in the folder `kafka` of the data folder. It keeps running until it is stopped, and finds everything again
when it starts.""",
)


@app.command()
def start(
    ctx: typer.Context,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port to listen on; else the one of the last time, or any free one."),
    ] = None,
) -> None:
    """Start the embedded Kafka and print its address.

    The first start fetches Kafka once (about 45 MB); later ones take about 3 seconds and need no network.

    For example:
      dealwatch broker start
      dealwatch broker start --port 9092
      export BROKER=$(dealwatch broker start)
    """
    from streams.broker.start import start as start_broker
    from streams.cli.screen import note, waiting

    settings = settings_of(ctx)
    with waiting("starting Kafka ...") as tell:
        broker = start_broker(settings.data / "kafka", port=port, log=tell)
    if broker.already_running:
        note("it was running already" + ("" if port is None else "; --port only matters for a start"))
    print(broker.bootstrap)


@app.command()
def stop(ctx: typer.Context) -> None:
    """Stop the embedded Kafka; its data stays.

    For example:
      dealwatch broker stop
    """
    from streams.broker.stop import stop as stop_broker
    from streams.cli.screen import note, waiting

    settings = settings_of(ctx)
    with waiting("stopping Kafka ...") as tell:
        was_there = stop_broker(settings.data / "kafka", log=tell)
    note("stopped" if was_there else "none was running")


@app.command()
def status(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say whether the embedded Kafka runs, and where.

    The exit code is 1 where it does not answer.

    For example:
      dealwatch broker status
      dealwatch broker status >/dev/null || dealwatch broker start
    """
    from streams.cli.screen import print_document

    found = embedded(settings_of(ctx))
    if json:
        document = {
            "directory": str(found.directory),
            "running": found.running,
            "ready": found.ready,
            "bootstrap": found.bootstrap,
            "pid": found.pid,
            "kafka_version": found.kafka_version,
            "data_bytes": found.data_bytes,
        }
        print_document(document)
    else:
        state = "ready" if found.ready else "starting, or stuck" if found.running else "not running"
        print(f"state      {state}")
        if found.running:
            print(f"address    {found.bootstrap}\nprocess    {found.pid}")
        print(f"version    {found.kafka_version or 'never started'}")
        print(f"folder     {found.directory}\ndata       {found.data_bytes / 1e6:,.1f} MB")
    if not found.ready:
        raise typer.Exit(FAILED)
