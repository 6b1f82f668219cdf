"""`dealwatch plays effect`: what difference each play makes, from Kafka or from an event file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import bootstrap_of, settings_of

if TYPE_CHECKING:
    from rich.console import Console

    from models.interval import Interval
    from streams.plays.effect import Effect, Share
    from streams.plays.event import PlayEvent


def effect(
    ctx: typer.Context,
    play: Annotated[str | None, typer.Option(metavar="ID", help="Only this play.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only deals on which it was first called for since then (UTC).")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", metavar="FILE", help="Run an event file through the engine instead, without Kafka."),
    ] = None,
    plays: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With --events: a folder with plays of your own [$DEALWATCH_PLAYS]."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show what difference each play makes: deals on which it was played beside those from which it was withheld.

    Which deals those are was drawn by lot, so a difference that is larger than chance is the play's. The alert itself
    was shown in both, so this is not what the alert changes. Needs some dozens of deals in each arm.

    For example:
      dealwatch plays effect --since 2026-01-01
      dealwatch plays effect --events events.jsonl.gz --json | jq '.effects[] | {play, measures}'
    """
    from streams.cli.moments import day
    from streams.cli.screen import out, print_document
    from streams.plays.effect import judge_effect

    began = 0 if since is None else day(since)
    found, outcomes, until = _from_file(ctx, events, plays) if events is not None else _from_kafka(ctx)
    wanted = [each for each in found if play in (None, each.play)]
    effects = judge_effect(wanted, outcomes, until, began)
    if json:
        print_document({"until": until, "effects": effects})
        return
    if not effects:
        print("no play was called for" + ("" if play is None else f" that is named {play}"))
    for each in effects:
        _print_effect(out(), each)


def _from_file(ctx: typer.Context, events: Path, folder: Path | None) -> tuple[list[PlayEvent], dict[str, str], int]:
    """What came of an event file, played through the engine here."""
    from time import time

    from streams.backtest.run import run
    from streams.cli.screen import progress
    from streams.config.rules import rules_of
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events

    settings = settings_of(ctx, plays=None if folder is None else str(folder))
    policy = rules_of(settings).policy(settings.policy)
    now = int(time() * 1000)
    total = None if events == STANDARD_STREAM else sum(1 for _ in read_lines(events))
    with progress("events", total) as advance:
        result = run(with_events(read_lines(events), str(events), now), policy, now, progress=advance)
    return result.plays, {name: deal.facts.status for name, deal in result.deals.items()}, result.ended_at


def _from_kafka(ctx: typer.Context) -> tuple[list[PlayEvent], dict[str, str], int]:
    """What is on `deal.plays`, and how the deals stand on `deal.state`."""
    from streams.admin.playlog import read_plays
    from streams.cli.screen import waiting
    from streams.config.topics import plan

    settings = settings_of(ctx)
    bootstrap = bootstrap_of(settings)
    with waiting("reading plays and deals"):
        log = read_plays(bootstrap, plan(settings))
    return log.events, log.outcomes, log.until


def _print_effect(console: Console, effect: Effect) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, table

    title = f"{effect.title or effect.play} ({effect.play} {effect.version})"
    console.print(Text(clean(title), style="bold"))
    console.print(
        f"  played on {effect.deals_played:,} deals in {effect.runs_played:,} runs, "
        f"withheld from {effect.deals_held_out:,} in {effect.runs_held_out:,}",
        soft_wrap=True,
    )
    rows = [
        (each.name, _share(each.played), _share(each.held_out), _points(each.difference), each.verdict)
        for each in effect.measures
    ]
    console.print(table(("", "played", "withheld", "difference (95 %)", ""), rows))
    console.print()


def _share(share: Share) -> str:
    return "-" if share.share is None else f"{share.share.value:.0%} of {share.deals:,}"


def _points(difference: Interval | None) -> str:
    if difference is None:
        return "-"
    value, low, high = (100 * each for each in (difference.value, difference.low, difference.high))
    return f"{value:+.0f} points ({low:+.0f} to {high:+.0f})"
