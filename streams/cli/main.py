"""The tree of commands. Nothing else: each command lives in its own module, which is imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from streams.cli.boundary import STOPPED, boundary
from streams.cli.plain import PLAIN, plain_app, with_blocks


class Entry(NamedTuple):
    """One command: its name, where it is (`module:attribute`, a function or a Typer app), and what it does."""

    name: str
    target: str
    help: str


TREE: dict[str, tuple[Entry, ...]] = {
    "Run": (
        Entry("up", "streams.cli.up:up", "Start everything on this machine, and show alerts as they come."),
        Entry("worker", "streams.cli.worker:worker", "Watch the deals: turn events into states, alerts and lessons."),
        Entry("replay", "streams.cli.replay:replay", "Send an event file through Kafka, and account for every event."),
        Entry("bench", "streams.cli.bench:bench", "Measure speed beside its peers, latency, and growth."),
        Entry("backtest", "streams.cli.backtest:backtest", "Judge the models on an event file, without Kafka."),
    ),
    "Events": (
        Entry("generate", "streams.cli.generate:generate", "Invent a sales organisation, its events and the truth."),
        Entry("convert", "streams.cli.convert:convert", "Turn your own CSV log into an event file."),
    ),
    "Look": (
        Entry("alerts", "streams.cli.alerts:app", "Read alerts, and acknowledge, snooze or dismiss them."),
        Entry("deal", "streams.cli.deal:app", "Read everything that is known about one deal, or let it rest."),
        Entry("rules", "streams.cli.rules:app", "Read what the rules mean and go by, and check a file of parameters."),
        Entry(
            "notify", "streams.cli.notify:app", "Check who is told of alerts, try a channel, see what waits or failed."
        ),
        Entry("plays", "streams.cli.plays:app", "Read which plays there are, and see what difference each makes."),
        Entry("models", "streams.cli.models:app", "Look at the models, roll them back, hold them beside others."),
    ),
    "Revenue": (
        Entry("forecast", "streams.cli.forecast:app", "Forecast what will be won, and judge how that came out."),
        Entry("pipeline", "streams.cli.pipeline:pipeline", "Tell what the pipeline was worth, and what changed it."),
        Entry("matrix", "streams.cli.matrix:matrix", "Place each team in the relationship-process matrix."),
        Entry("coach", "streams.cli.matrix:coach", "Write the sheet for a rep's or a team's weekly one-to-one."),
        Entry(
            "attribution",
            "streams.cli.attribution:attribution",
            "Say what marketing is credited with, and what it changes.",
        ),
    ),
    "Look after": (
        Entry("plan", "streams.cli.plan:plan", "Reckon what an installation of some size needs."),
        Entry("doctor", "streams.cli.doctor:doctor", "Check everything, and say what to do about what is wrong."),
        Entry("topics", "streams.cli.topics:app", "Create the topics, check them, and say what is on them."),
        Entry("rebuild", "streams.cli.rebuild:app", "Make all states anew beside what runs, and switch over."),
        Entry("erase", "streams.cli.erase:erase", "Remove a deal, or a person's name, from all topics, and prove it."),
        Entry("dlq", "streams.cli.dlq:app", "Read dead letters, repair them, and send them back."),
        Entry("broker", "streams.cli.broker:app", "Start and stop the Kafka that comes with Dealwatch."),
    ),
}

#: Options of the whole program, which may stand anywhere on the line.
GLOBAL_OPTIONS = ("--broker", "--prefix", "--data")


class Later(TyperCommand):
    """A command of which only name and purpose are known until it is called."""

    def __init__(self, entry: Entry) -> None:
        """Stand for `entry`."""
        super().__init__(name=entry.name, help=entry.help, rich_markup_mode=None)
        self._entry = entry

    def load(self) -> Any:
        """Import the command itself."""
        module, _, attribute = self._entry.target.partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = plain_app()
            single.command(self._entry.name)(found)
            found = single
        command = get_command(found)
        command.name = self._entry.name
        for each in (command, *getattr(command, "commands", {}).values()):
            each.help = with_blocks(each.help or "")
        return command


class Root(TyperGroup):
    """The program: sections of commands, global options anywhere on the line, and the boundary around it all."""

    def __init__(self, **attributes: Any) -> None:
        """Put every entry of the tree into its place."""
        super().__init__(**attributes)
        for section in TREE.values():
            for entry in section:
                self.add_command(Later(entry))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options, global ones first."""
        return super().parse_args(ctx, global_first(args))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that is called, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Later) else command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by section."""
        for title, section in TREE.items():
            with formatter.section(title):
                formatter.write_dl([(f"{entry.name:8}", entry.help) for entry in section])

    def invoke(self, ctx: Any) -> Any:
        """Run the command within the boundary."""
        with boundary():
            return super().invoke(ctx)


def global_first(args: list[str]) -> list[str]:
    """Move the global options to the front, where they belong to the program and not to a command.

    >>> global_first(["alerts", "list", "--broker", "kafka:9092", "--json"])
    ['--broker', 'kafka:9092', 'alerts', 'list', '--json']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = list(args)
    while waiting:
        each = waiting.pop(0)
        if each == "--":
            rest += [each, *waiting]
            break
        if each.partition("=")[0] not in GLOBAL_OPTIONS:
            rest.append(each)
            continue
        front.append(each)
        if "=" not in each and waiting:
            front.append(waiting.pop(0))
    return front + rest


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"dealwatch {version('dealwatch')}")
        raise typer.Exit


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=PLAIN,
    epilog="""\b
Begin with:
  dealwatch doctor                                  what works on this machine
  dealwatch broker start                            a Kafka, if you have none
  dealwatch topics apply                            the topics
  dealwatch COMMAND --help                          examples of each command

\b
Settings come from options, then the environment (DEALWATCH_BROKER, DEALWATCH_PREFIX, ...), then dealwatch.toml.
Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C.""",
)


@app.callback()
def dealwatch(
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Kafka to use (or DEALWATCH_BROKER, or BROKER); else the embedded one, if it runs.",
        ),
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Put before every topic and group, to keep environments apart.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the embedded Kafka and local files are [.dealwatch].")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Dealwatch watches sales deals for silence and slippage, says why, and says what to do."""


def main() -> None:
    """Run the command line; the entry point of `dealwatch`."""
    try:
        app(prog_name="dealwatch")
    except KeyboardInterrupt:  # outside of any command: while Python imports
        sys.exit(STOPPED)


if __name__ == "__main__":
    main()
