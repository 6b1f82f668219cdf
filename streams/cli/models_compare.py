"""`dealwatch models compare`: the product's learner beside everything else that could predict, on one log."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.session import settings_of
from streams.errors import SettingsWrong

if TYPE_CHECKING:
    from models.candidates.roster import Entry
    from streams.backtest.contest import Log

_DAY_MS = 86_400_000


def compare(
    ctx: typer.Context,
    events: Annotated[Path, typer.Argument(metavar="EVENTS", help="Event file, JSON Lines, gzip or not; - is input.")],
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge only deals created on or after this day (UTC).")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge only deals created on or before this day (UTC).")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only inactivity, or only slippage."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this candidate; may be repeated.")
    ] = None,
    forests_every: Annotated[
        int, typer.Option(min=1, help="Let the slow forests learn one of so many cases; the table says so.")
    ] = 1,
    inactivity_days: Annotated[
        int | None,
        typer.Option(
            min=1, max=365, help="Days without contact that count as inactivity, where the log says none [14]."
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put the tables into this page, where it has a place for the log."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Hold the product's learner beside other ways to predict, on the same log, the same rows and the same protocol.

    The log goes through the engine once. Then its questions and answers are played to each candidate: a question of a
    day is answered by what was learned from answers due on days before. Times are of the processor, per case. A
    candidate that fails is named with the reason. All of them take half an hour for 60,000 questions; the page that is
    written has those that are done.

    For example:
      dealwatch models compare events.jsonl.gz --only default --only sgd --only base-rate
      dealwatch models compare bpi2012.jsonl.gz --since 2011-12-01 --until 2011-12-31 --write docs/models.md
    """
    from streams.backtest.standings import Bounds, Comparison
    from streams.backtest.standings import compare as hold
    from streams.cli.models_table import place_in, show, this_machine
    from streams.cli.moments import day
    from streams.cli.screen import print_document, progress

    bounds = Bounds(None if since is None else day(since), None if until is None else day(until) + _DAY_MS)
    targets, entries = _targets(target), _entries(only)
    if write is not None:
        place_in(write, events.name, None)  # a page without the place must not be found out after half an hour
    began = time.monotonic()
    log, lines, horizon = _log(ctx, events, inactivity_days)
    for standings in hold(log, entries, targets, bounds, forests_every, progress):
        found = Comparison(
            made_at=int(time.time() * 1000),
            machine=this_machine(),
            events=events.name,
            lines=lines,
            horizon_days=horizon,
            since=bounds.since,
            until=bounds.until,
            targets=standings,
            seconds=time.monotonic() - began,
        )
        if write is not None:
            place_in(write, events.name, found)
    if json:
        print_document(found)
    else:
        show(found)


def _targets(wanted: list[str] | None) -> list[str]:
    from streams.labels.outcome import INACTIVITY, SLIPPAGE

    known = [INACTIVITY, SLIPPAGE]
    if unknown := [each for each in wanted or [] if each not in known]:
        raise SettingsWrong(f"--target: {', '.join(unknown)} is not judged; choose from {', '.join(known)}")
    return [each for each in known if not wanted or each in wanted]


def _entries(wanted: list[str] | None) -> list[Entry]:
    from models.candidates.roster import ROSTER

    names = [each.name for each in ROSTER]
    if unknown := [each for each in wanted or [] if each not in names]:
        raise SettingsWrong(f"--only: there is no candidate {', '.join(unknown)}; choose from {', '.join(names)}")
    return [each for each in ROSTER if not wanted or each.name in wanted]


def _log(ctx: typer.Context, events: Path, inactivity_days: int | None) -> tuple[Log, int, int]:
    """Run the log through the engine; return what was asked and answered, its lines, and the inactivity horizon."""
    from streams.backtest.contest import Log, horizon_days
    from streams.backtest.run import run
    from streams.cli.screen import progress
    from streams.connectors.eventfile import STANDARD_STREAM, read_lines, with_events
    from streams.labels.lesson import Lesson

    policy = settings_of(ctx, inactivity_days=inactivity_days).policy
    now = int(time.time() * 1000)
    total = None if events == STANDARD_STREAM else sum(1 for _ in read_lines(events))
    lessons: list[Lesson] = []
    with progress("events", total) as advance:
        lines = with_events(read_lines(events), str(events), now)
        result = run(lines, policy, now, progress=advance, listen=lessons.append)
    return Log(lessons, result.deals), result.lines, horizon_days(lessons)
