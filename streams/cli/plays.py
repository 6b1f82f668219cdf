"""`dealwatch plays`: which plays there are, whether a tenant's are right, and what difference each makes."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.plain import plain_app
from streams.cli.plays_effect import effect
from streams.cli.session import settings_of
from streams.errors import NotFound

if TYPE_CHECKING:
    from streams.alerts.policy import Policy
    from streams.plays.definition import PlayDefinition

app = plain_app(no_args_is_help=True, help="Read which plays there are, check your own, and see what they change.")

app.command()(effect)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Folder = Annotated[
    Path | None, typer.Option("--plays", metavar="FOLDER", help="Folder with plays of your own [$DEALWATCH_PLAYS].")
]


@app.callback()
def plays() -> None:
    """Read which plays there are, check your own, and see what they change."""


@app.command("list")
def list_plays(
    ctx: typer.Context,
    plays: Folder = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the reference of the plays that come with it as Markdown.")
    ] = False,
    json: Json = False,
) -> None:
    """List every play, the most specific first, with what calls for it.

    Needs no Kafka: what is shown is what comes with Dealwatch, with your rules file and your folder of plays over it.

    For example:
      dealwatch plays list
      dealwatch plays list --plays our-plays --json | jq '.plays[] | {id, holdout}'
    """
    from streams.alerts.words import percent
    from streams.cli.plays_document import called_for, reference
    from streams.cli.screen import out, print_document, table
    from streams.plays.read import plain

    if markdown:
        typer.echo(reference(), nl=False)
        return
    found = _policy(ctx, plays).playbook.plays
    if json:
        print_document({"plays": [plain(play) for play in found]})
        return
    rows = [
        (f"{each.id} {each.version}", each.situation, called_for(each), each.who, percent(each.holdout))
        for each in found
    ]
    out().print(table(("play", "situation", "called for by", "for", "withheld"), rows))


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A play, as in `dealwatch plays list`.")],
    plays: Folder = None,
    json: Json = False,
) -> None:
    """Show one play: when it is called for, its steps with due dates, and what shows that it worked.

    With --json it is in the form of a file, so that you can begin your own with it.

    For example:
      dealwatch plays show stay_close
    """
    from streams.cli.screen import print_document
    from streams.plays.read import plain

    playbook = _policy(ctx, plays).playbook
    play = playbook.of(name)
    if play is None:
        alike = get_close_matches(name, [each.id for each in playbook.plays], n=1)
        hint = f"did you mean {alike[0]}?" if alike else "`dealwatch plays list` has them all"
        raise NotFound(f"there is no play {name!r}; {hint}")
    if json:
        print_document(plain(play))
    else:
        _print(play)


@app.command()
def check(
    ctx: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="The folder with plays [$DEALWATCH_PLAYS].")
    ] = None,
    json: Json = False,
) -> None:
    """Check a folder of plays, one TOML file each, and say what it changes.

    Every fault is named with its place. Exit code 1 where there is one: a worker would go on with the plays it had.

    For example:
      dealwatch plays check our-plays
    """
    from streams.cli.screen import print_document
    from streams.config.rules import rules_of

    settings = settings_of(ctx, plays=None if folder is None else str(folder))
    found = rules_of(settings)
    changes = {each.place.removeprefix("play."): each.value for each in found.changes if each.place.startswith("play.")}
    if json:
        print_document({"digest": found.digest, "plays": changes})
        return
    for name, what in changes.items():
        print(f"{name}: {what}")
    if not changes:
        print("all plays are as they come with Dealwatch")


def _policy(ctx: typer.Context, folder: Path | None) -> Policy:
    from streams.config.rules import rules_of

    settings = settings_of(ctx, plays=None if folder is None else str(folder))
    return rules_of(settings).policy(settings.policy)


def _print(play: PlayDefinition) -> None:
    from rich.text import Text

    from streams.alerts.words import percent
    from streams.cli.plays_document import called_for, conditions
    from streams.cli.screen import out

    console = out()
    console.print(Text(f"{play.title} ({play.id} {play.version})", style="bold"))
    console.print(play.situation, soft_wrap=True)
    lines = {
        "called for": called_for(play),
        "where": ", ".join(conditions(play)) or "always",
        "priority": str(play.priority),
        "for": f"the {play.who}",
        "followed by": ", ".join(play.followed_by),
        "worked if": f"{play.success.text}, within {play.success.within_business_days} business days",
        "cool-down": f"{play.cool_down_days} days",
        "withheld": f"from {percent(play.holdout)} of the deals",
    }
    if play.touch_every_days is not None:
        lines["rhythm"] = f"a light touch every {play.touch_every_days} days, quiet otherwise"
    for label, text in lines.items():
        console.print(f"  {label:12} {text}", soft_wrap=True)
    for number, step in enumerate(play.steps, start=1):
        by = f" (the {step.who})" if step.who and step.who != play.who else ""
        shown = f"; seen in {', '.join(step.seen_in)}" if step.seen_in else ""
        console.print(f"  {number}. {step.text}{by}: business day {step.due}{shown}", soft_wrap=True)
