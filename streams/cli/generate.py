"""`dealwatch generate`: a seeded sales organisation as an event file, and the truth behind it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import WRONG_USE, complain

if TYPE_CHECKING:
    from streams.demo.settings import WorldSettings
    from streams.demo.truth import Truth
    from streams.demo.world import World

#: A Monday. Fixed, so that the same command gives the same file on any day.
START = "2026-01-05"


def generate(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Event file to write; .gz compresses.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    deals: Annotated[int, typer.Option(min=0, help="Deals that are opened.")] = 500,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that are told.")] = 120,
    reps: Annotated[int, typer.Option(min=4, max=10_000, help="People who sell, in four regions.")] = 24,
    start: Annotated[str, typer.Option(metavar="DATE", help="The first day.")] = START,
    habit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEAM=HABIT", help="What all of a team do alike, as team-uk-1=skips_stages; as often as you like."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Invent what CRM, mail and calendar of a sales organisation would say, with the faults that real feeds have.

    What was really going on (which deals fade, which alerts are deserved, which lines are duplicates, late or damaged)
    is written beside it, to a file that ends in `.truth.jsonl`: the engine never sees it, a test can compare.

    For example:
      dealwatch generate -o events.jsonl.gz
      dealwatch generate --seed 7 --deals 2000 --days 365 --start 2025-01-06 -o year.jsonl.gz
      dealwatch generate --reps 48 --habit team-de-1=weekly_review --habit team-uk-1=single_threads -o teams.jsonl.gz
    """
    from streams.cli.screen import print_document
    from streams.connectors.eventfile import STANDARD_STREAM
    from streams.demo.world import World

    if output == STANDARD_STREAM:
        complain("generate writes two files; name one, as in -o events.jsonl.gz")
        raise typer.Exit(WRONG_USE)
    truth_file = truth_path(output)
    world = World(seed, _first_day(start), _settings(reps, habit or []))
    lines, told = _write(output, truth_file, world, deals, days)
    summary = {
        "events_file": str(output),
        "truth_file": str(truth_file),
        "lines": lines,
        "told": dict(sorted(told.items())),
    }
    if json:
        print_document(summary)
        return
    what = f"{told['deal']:,} deals over {days:,} days from {start}, seed {seed}"
    print(f"{lines:,} lines in {output}, with heartbeats of the feeds: {what}")
    counts = ", ".join(_counted(number, name) for name, number in sorted(told.items()))
    print(f"the truth in {truth_file}: {counts or 'nothing'}")


def _settings(reps: int, habits: list[str]) -> WorldSettings:
    """The settings with the teams' habits; ends the command where one is of no team, or none that there is."""
    from streams.demo.settings import TeamHabit, WorldSettings

    by_team: dict[str, tuple[TeamHabit, ...]] = {}
    try:
        for each in habits:
            team, _, name = each.partition("=")
            by_team[team] = (*by_team.get(team, ()), TeamHabit(name))
        return WorldSettings(reps=reps, team_habits=by_team)
    except ValueError as error:
        complain(
            f"--habit TEAM=HABIT: {error}; teams of six are team-de-1, team-uk-1 ..., habits {', '.join(TeamHabit)}"
        )
        raise typer.Exit(WRONG_USE) from None


def _write(output: Path, truth_file: Path, world: World, deals: int, days: int) -> tuple[int, Counter[str]]:
    """Write both files; return the lines of the event file, and how many of what the truth tells."""
    from streams.cli.screen import progress
    from streams.connectors.eventfile import EventWriter
    from streams.demo.truth import truth_lines
    from streams.demo.world import generated_days, world_truth

    told: Counter[str] = Counter()
    with EventWriter(output) as events, EventWriter(truth_file) as truths, progress("days", days) as advance:
        for line in truth_lines([world_truth(world, deals, days)]):
            truths.write_line(line)
        for day in generated_days(world, deals, days):
            for record in day.lines:
                events.write_line(record.value)
            known = day.truths()
            for line in truth_lines(known):
                truths.write_line(line)
            told.update(_names(known))
            advance(day.number + 1)
        return events.lines, told


def truth_path(events: Path) -> Path:
    """Where the truth goes: `year.truth.jsonl` beside `year.jsonl.gz`."""
    name = events.name.removesuffix(".gz").removesuffix(".jsonl")
    return events.with_name(f"{name}.truth.jsonl")


def _first_day(text: str) -> datetime:
    from streams.cli.moments import day
    from streams.events.envelope import moment_of

    return moment_of(day(text)).astimezone(UTC)


def _counted(number: int, name: str) -> str:
    """A count as people write it: `1 deal`, `60 deals`, `1 outage`; kinds are told as adjectives."""
    word = name.replace("_", " ").removesuffix("s")
    return f"{number:,} {word}{'s' * (number != 1)}"


def _names(truths: list[Truth]) -> list[str]:
    from streams.demo.truth import DealTruth, FaultTruth, OutageTruth

    names = []
    for each in truths:
        if isinstance(each, DealTruth):
            names += ["deal", f"{each.kind.value} deals"]
        elif isinstance(each, FaultTruth):
            names.append(f"{each.fault} lines")
        elif isinstance(each, OutageTruth):
            names.append("outages")
    return names
