"""`dealwatch matrix` and `dealwatch coach`: how deals are conducted, by team, account and rep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.onrecord import (
    AsOf,
    CompanyFile,
    EventFile,
    Json,
    PracticeFile,
    RulesFile,
    as_of,
    asked,
    nothing,
    story,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from streams.cli.onrecord import Asked
    from streams.revenue.logbook import Logbook
    from streams.revenue.matrix import Matrix


def matrix(
    ctx: typer.Context,
    events: EventFile = None,
    as_of: AsOf = None,
    by: Annotated[
        Literal["team", "account", "rep"],
        typer.Option(help="Whom to tell of: teams in the matrix, accounts by level, reps by their indices."),
    ] = "team",
    company: CompanyFile = None,
    rules: RulesFile = None,
    practice: PracticeFile = None,
    json: Json = False,
) -> None:
    """Place each team in the relationship-process matrix, with the evidence and the first gate that failed.

    The level of the sales process (random, informal, formal, dynamic) comes of six indices over two quarters, that of
    the relationship (approved vendor to trusted partner) of what happens with each account. Under a minimum of deals
    nothing is said. It is for coaching teams, not for employment decisions. docs/coaching.md has the definitions.

    For example:
      dealwatch matrix
      dealwatch matrix --by account --as-of 2026-06-30
      dealwatch matrix --practice practice.toml --rules rules.toml
      dealwatch matrix --events events.jsonl.gz --rules rules.toml --as-of 2026-06-30
    """
    from streams.cli.screen import print_document
    from streams.revenue.matrix import matrix_of
    from streams.revenue.matrix_words import account_lines, matrix_lines, rep_lines

    book, at = _logbook(asked(ctx, company, rules, as_of, practice), events)
    found = matrix_of(book, at)
    document: object
    lines: Callable[[Matrix], Iterable[str]]
    match by:
        case "team":
            document, lines = found, matrix_lines
        case "account":
            document, lines = {"as_of": found.as_of, "accounts": found.accounts}, account_lines
        case "rep":
            reps = [{"team": row.team, "reps": row.process.reps} for row in found.rows]
            document, lines = {"as_of": found.as_of, "quarter": found.quarter, "teams": reps}, rep_lines
    if json:
        print_document(document)
    else:
        _print(list(lines(found)))


def coach(
    ctx: typer.Context,
    who: Annotated[
        str | None, typer.Argument(metavar="[REP]", help="Whose sheet; every team's where none is named.")
    ] = None,
    events: EventFile = None,
    as_of: AsOf = None,
    by: Annotated[
        Literal["team", "rep"] | None, typer.Option(help="Whose sheets, where no rep is named [team].")
    ] = None,
    company: CompanyFile = None,
    rules: RulesFile = None,
    practice: PracticeFile = None,
    json: Json = False,
) -> None:
    """Write the sheet for a rep's weekly one-to-one, or one for each team: at most three points, each with its deals.

    A rep's sheet shows peers as a distribution, never by name, and is the rep's first: a manager reads it a day later.
    Nothing is said that chance could explain. It is for coaching, not for employment decisions. docs/coaching.md has
    the indicators.

    For example:
      dealwatch coach rep-7
      dealwatch coach --by rep --json
      dealwatch coach --events events.jsonl.gz --rules rules.toml
    """
    from streams.cli.screen import print_document
    from streams.errors import NotFound
    from streams.revenue.coaching import sheet_of, sheets_of, team_sheets_of
    from streams.revenue.coaching_words import sheet_lines

    if who is not None and by is not None:
        raise typer.BadParameter(f"it says whose sheets, and that of {who} is asked for", param_hint="--by")
    book, at = _logbook(asked(ctx, company, rules, as_of, practice), events)
    if who is None:
        sheets = sheets_of(book, at) if by == "rep" else team_sheets_of(book, at)
    else:
        try:
            sheets = [sheet_of(book, who, at)]
        except KeyError:
            said = f"no deal of {who!r} is on record; `dealwatch coach --by rep` lists who has, or had, one"
            raise NotFound(said) from None
    if json:
        print_document(sheets)
        return
    for number, sheet in enumerate(sheets):
        _print([*([""] if number else []), *sheet_lines(sheet)])


def _logbook(who: Asked, events: Path | None) -> tuple[Logbook, int]:
    from streams.config.practice import practice_of
    from streams.events.control import RulesChanged
    from streams.revenue.logbook import Logbook
    from streams.revenue.seen import Seen

    book = Logbook(who.company, practice_of(who.settings))
    with story(who, events) as told:
        for each in told:
            if isinstance(each, Seen):
                book.see(each)
            elif isinstance(each.event, RulesChanged):
                book.rule(each.event)
    if not book.conducts:
        raise nothing(who)
    at = as_of(who, told)
    if events is None:
        _heed(book, who, at)
    _warn_of_stages(book)
    return book, at


def _warn_of_stages(book: Logbook) -> None:
    """Say which stages of the practice file no deal was ever in: what goes by them would be wrong without a word."""
    from streams.cli.screen import clean, note

    known = dict.fromkeys(step.stage for each in book.conducts.values() for step in each.steps if step.stage)
    named = dict.fromkeys((*book.practice.ladder, *book.practice.milestones))
    if strange := [stage for stage in named if stage not in known]:
        stages = ", ".join(sorted(known)) or "none"
        note(clean(f"warning: no deal was ever in {', '.join(strange)}, which the practice names; stages are {stages}"))


def _heed(book: Logbook, who: Asked, at: int) -> None:
    """Let the logbook hear what was alerted and played by then: who turned to it is part of how deals are conducted."""
    from streams.admin.heard import read_alerts, read_play_events
    from streams.cli.session import bootstrap_of
    from streams.config.topics import plan

    bootstrap, topics = bootstrap_of(who.settings), plan(who.settings)
    for alert in read_alerts(bootstrap, topics, at):
        book.hear(alert)
    for played in read_play_events(bootstrap, topics, at):
        book.play(played)


def _print(lines: list[str]) -> None:
    from rich.text import Text

    from streams.cli.screen import clean, out

    console = out()
    for line in lines:
        console.print(Text(clean(line)), soft_wrap=True)
