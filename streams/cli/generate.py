"""`dealwatch generate`: a seeded sales organisation as an event file, and the truth behind it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.boundary import WRONG_USE, complain

if TYPE_CHECKING:
    from streams.demo.settings import PlantedChannel, WorldSettings
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
    channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARES",
            help="Plant a marketing channel whose effect is known, as podcast=reach:0.35,sways:0.4 or "
            "reference=follows:0.8; as often as you like.",
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
      dealwatch generate --channel podcast=reach:0.35,sways:0.4 --channel banner=reach:0.5 -o marketing.jsonl.gz
    """
    from streams.cli.screen import print_document
    from streams.connectors.eventfile import STANDARD_STREAM
    from streams.demo.world import World

    if output == STANDARD_STREAM:
        complain("generate writes two files; name one, as in -o events.jsonl.gz")
        raise typer.Exit(WRONG_USE)
    truth_file = truth_path(output)
    world = World(seed, _first_day(start), _settings(reps, habit or [], channel or []))
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


def _settings(reps: int, habits: list[str], channels: list[str]) -> WorldSettings:
    """The settings with the teams' habits and planted channels; ends the command where one of them cannot be."""
    from streams.demo.settings import TeamHabit, WorldSettings

    planted = _planted(channels)
    by_team: dict[str, tuple[TeamHabit, ...]] = {}
    try:
        for each in habits:
            team, _, name = each.partition("=")
            by_team[team] = (*by_team.get(team, ()), TeamHabit(name))
        return WorldSettings(reps=reps, team_habits=by_team, channels=planted)
    except ValueError as error:
        complain(
            f"--habit TEAM=HABIT: {error}; teams of six are team-de-1, team-uk-1 ..., habits {', '.join(TeamHabit)}"
        )
        raise typer.Exit(WRONG_USE) from None


def _planted(channels: list[str]) -> dict[str, PlantedChannel]:
    """The channels by name; ends the command where one is said wrongly, or says nothing."""
    from streams.demo.settings import WorldSettings
    from streams.demo.words import CAMPAIGNS

    found: dict[str, PlantedChannel] = {}
    try:
        for each in channels:
            name, _, said = each.partition("=")
            if name in found:
                raise ValueError(f"{name} is planted twice")
            if name in CAMPAIGNS:
                raise ValueError(f"{name} is in every world, and its touches change nothing; choose another name")
            found[name] = _channel(said)
        WorldSettings(channels=found)  # which refuses shares that are none, and names that are too long
    except ValueError as error:
        complain(f"--channel NAME=SHARES: {error}; write it as podcast=reach:0.35,sways:0.4 or reference=follows:0.8")
        raise typer.Exit(WRONG_USE) from None
    return found


def _channel(said: str) -> PlantedChannel:
    """What a channel truly does, as `reach:0.35,sways:0.4` says it; raises `ValueError`."""
    from streams.demo.settings import PlantedChannel

    shares: dict[str, float] = {}
    for part in said.split(","):
        name, _, share = part.partition(":")
        if name not in PlantedChannel.__struct_fields__ or name in shares:
            raise ValueError(
                f"{part!r} is none of {', '.join(PlantedChannel.__struct_fields__)} with a share, each once"
            )
        try:
            shares[name] = float(share)
        except ValueError:
            raise ValueError(f"{name}: {share!r} is no share between 0 and 1") from None
    if not any(shares.values()):
        raise ValueError("it would touch no deal")
    if shares.get("sways") and not shares.get("reach"):
        raise ValueError("sways is a share of the deals that it reaches, and it reaches none")
    return PlantedChannel(**shares)


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
    from streams.demo.truth import DealTruth, FaultTruth, MarketingTruth, OutageTruth

    names = []
    for each in truths:
        if isinstance(each, DealTruth):
            names += ["deal", f"{each.kind.value} deals"]
        elif isinstance(each, MarketingTruth):
            names += ["reached deals"] * bool(each.touched) + ["swayed deals"] * bool(each.swayed_by)
        elif isinstance(each, FaultTruth):
            names.append(f"{each.fault} lines")
        elif isinstance(each, OutageTruth):
            names.append("outages")
    return names
