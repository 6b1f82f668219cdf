"""`dealwatch rebuild switch`, `back` and `drop`: who leads, and the end of the one that does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from streams.admin.generation import Environment

New = Annotated[str, typer.Argument(metavar="NEW", help="Prefix of the environment that is rebuilt.")]
Within = Annotated[float, typer.Option("--within", min=1, help="Seconds to wait for what is still to be copied.")]


def switch(ctx: typer.Context, new: New, within: Within = 300.0) -> None:
    """Let NEW lead: from now on people are told by it.

    First everything written so far must be copied and handled; else nothing is changed. Then whoever tells people in
    the old environment finishes what is under way and ends, what they know is carried over, and those of NEW begin.
    Nobody is told anything twice. Run it again where it was interrupted; `rebuild back` undoes it.

    For example:
      dealwatch rebuild switch v2.
    """
    _hand_over(ctx, new, to_new=True, within=within)


def back(ctx: typer.Context, new: New, within: Within = 300.0) -> None:
    """Let the old environment lead again: the undo of `switch`, as long as it was not dropped.

    What was written to NEW meanwhile was passed back to it, and what people have heard of is carried over.

    For example:
      dealwatch rebuild back v2.
    """
    _hand_over(ctx, new, to_new=False, within=within)


def _hand_over(ctx: typer.Context, new: str, *, to_new: bool, within: float) -> None:
    from streams.admin.generation import rebuild_of
    from streams.admin.handover import hand_over
    from streams.cli.screen import note, waiting

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    rebuild = rebuild_of(bootstrap, settings, new)
    to, other = (rebuild.new, rebuild.old) if to_new else (rebuild.old, rebuild.new)
    with waiting(f"speaking to {bootstrap} ...") as tell:
        hand_over(bootstrap, rebuild, to, tell, within, lambda: int(time.time() * 1000))
    print(f"{to.name} leads")
    print()
    _say_what_is_next(to, other, to_new, new)
    note(f"undo: dealwatch rebuild {'back' if to_new else 'switch'} {new}")


def _say_what_is_next(to: Environment, other: Environment, to_new: bool, new: str) -> None:
    print("Whoever tells people there begins by itself, or start it:")
    print(f"  dealwatch --prefix {to.prefix or repr('')} worker --role notify")
    print(
        "Let `dealwatch rebuild start` run on: it passes on what is written to either. Meanwhile point, in any order,"
    )
    print(f"  producers        from {other.topics.activity.name} to {to.topics.activity.name}")
    print(f"  alert consumers  from {other.topics.alerts.name} to {to.topics.alerts.name}, from the beginning or a day")
    print("                   back; what came before has the same (id, sequence)")
    print(f"  people           to the page of the workers of {to.name}")
    if to_new:
        print(f"Once nothing is written to {other.topics.activity.name} any more: dealwatch rebuild drop {new}")


def drop(
    ctx: typer.Context,
    new: New,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without a question.")] = False,
) -> None:
    """Delete the topics and groups of the environment that does not lead. There is no undo.

    Before the switch that is NEW, and the rebuild is given up; after it, the old environment. Everything there must be
    stopped, and what was written to it copied. Without --yes its prefix is to be typed.

    For example:
      dealwatch rebuild drop v2.
    """
    from streams.admin.dropping import drop as drop_environment
    from streams.admin.dropping import see_that_it_is_spare, spare_of
    from streams.admin.generation import RebuildWrong, rebuild_of
    from streams.cli.screen import waiting

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    with waiting(f"speaking to {bootstrap} ..."):
        rebuild = rebuild_of(bootstrap, settings, new)
        spare = spare_of(bootstrap, rebuild)
        see_that_it_is_spare(bootstrap, rebuild, spare)
    if not yes:
        word = spare.prefix or "without"
        hint = "its prefix" if spare.prefix else "the word without"
        asked = f"All {len(spare.topics.all)} topics of {spare.name} are deleted, for good. Type {hint} to go on"
        if typer.prompt(asked, default="", show_default=False) != word:
            raise RebuildWrong("that was not it; nothing was deleted")
    with waiting("deleting ..."):
        names = drop_environment(bootstrap, rebuild, spare)
    print(f"{len(names)} topics of {spare.name} are deleted")
