"""`dealwatch attribution`: what marketing is credited with, side by side by model, and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.onrecord import AsOf, CompanyFile, EventFile, Json, RulesFile, asked, nothing, story

if TYPE_CHECKING:
    from models.interval import Interval
    from streams.revenue.sources import Source
    from streams.revenue.told import Attribution


def attribution(
    ctx: typer.Context,
    events: EventFile = None,
    as_of: AsOf = None,
    by: Annotated[Literal["channel", "campaign"], typer.Option(help="What is credited.")] = "channel",
    half_life: Annotated[
        float, typer.Option(min=1, max=365, metavar="DAYS", help="After which a touch counts half, where time decays.")
    ] = 30.0,
    company: CompanyFile = None,
    rules: RulesFile = None,
    json: Json = False,
) -> None:
    """Credit what was won to the marketing that touched it, by ten models side by side, and say what touches change.

    First, last, linear, U, W, full path, time decay, Shapley, Markov and incremental: each gives away the whole value
    of the won deals, to the cent. What a touch before the opening changes is told apart, with its interval; where a
    model is fooled by touches that only follow winners, its row says so. Lead sources are ranked by what was won.
    docs/attribution.md has the formulas.

    For example:
      dealwatch attribution
      dealwatch attribution --events events.jsonl.gz --by campaign --json
    """
    from streams.cli.screen import print_document
    from streams.replay.sight import of_deals
    from streams.revenue.attribution import attribute
    from streams.revenue.ledger import Ledger
    from streams.revenue.settled import Terms
    from streams.revenue.sources import rank_sources

    who = asked(ctx, company, rules, as_of)
    ledger, last = Ledger(who.company, Terms(by=by, half_life_days=half_life)), None
    with story(who, events) as told:
        for seen in of_deals(told):
            ledger.see(seen)
            last = seen.at
    if last is None:
        raise nothing(who)
    found = attribute(ledger)
    sources = rank_sources(ledger.wholes(), who.company, last if who.until is None else who.until, ())
    if json:
        print_document({"attribution": found, "sources": sources})
    else:
        _show(found, sources)


def _show(found: Attribution, sources: list[Source]) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table
    from streams.revenue.told import MODELS

    console, said = out(), dict.fromkeys(each.said for each in found.credits if each.said)
    notes = {sentence: number for number, sentence in enumerate(said, start=1)}
    console.print(
        Text(
            f"{found.won:,} won deals, {found.value:,.2f} {found.currency}".rstrip()
            + f"; {found.lost:,} lost; {found.untouched:,} closed without a touch"
            + f"; {found.unvalued:,} won without a value"
        )
    )
    names = list(dict.fromkeys(each.name for each in found.credits))
    rows = []
    for name in names:
        cells = []
        for model in MODELS:
            row = next((each for each in found.of(model) if each.name == name), None)
            mark = f" [{notes[row.said]}]" if row is not None and row.said else ""
            cells.append("-" if row is None else f"{row.value:,.0f}{mark}")
        rows.append((name or "(nothing)", *cells))
    heads = [each.replace("_", " ") for each in MODELS]
    console.print(table((found.by, *heads), rows, right=heads))
    for sentence, number in notes.items():
        console.print(Text(f"[{number}] {sentence}"))
    console.print(Text("\nwhat a touch before the opening changes"))
    effects = [
        (each.name, each.deals, _points(each.difference), _counted(each.wins), each.said) for each in found.effects
    ]
    console.print(table((found.by, "deals", "chance to win", "wins", ""), effects, right=("deals",)))
    console.print(Text("\nlead sources, what was won the most first"))
    ranked = [(each.name or "(none)", each.won, f"{each.won_value:,.0f}", each.open) for each in sources]
    console.print(table(("source", "won", "value", "open"), ranked, right=("won", "value", "open")))


def _points(share: Interval | None) -> str:
    if share is None:
        return "too few"
    return f"{100 * share.value:+.0f} points ({100 * share.low:+.0f} to {100 * share.high:+.0f})"


def _counted(wins: Interval | None) -> str:
    return "-" if wins is None else f"{wins.value:+.0f} ({wins.low:+.0f} to {wins.high:+.0f})"
