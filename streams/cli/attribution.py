"""`dealwatch attribution`: what marketing is credited with, which sources bring money and risk, what ended alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.onrecord import AsOf, CompanyFile, EventFile, Json, RulesFile, asked, read_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from models.interval import Interval
    from streams.cli.onrecord import Asked
    from streams.revenue.sources import Source
    from streams.revenue.told import Attribution

Show = Literal["credit", "sources", "risk", "recoveries"]
By = Literal["channel", "campaign", "lead_source"]
_HALF_LIFE = 30.0


def attribution(
    ctx: typer.Context,
    events: EventFile = None,
    show: Annotated[
        Show,
        typer.Option(
            help="credit: who is credited with what was won; sources: where won value comes from; risk: where what is "
            "open has alerts; recoveries: what ended alerts."
        ),
    ] = "credit",
    as_of: AsOf = None,
    by: Annotated[
        By | None,
        typer.Option(
            metavar="[channel|campaign|lead_source]",
            help="What is credited [channel], or ranked [lead_source]; nothing can be credited to a lead_source.",
        ),
    ] = None,
    half_life: Annotated[
        float | None,
        typer.Option(min=1, max=365, metavar="DAYS", help="After which a touch counts half, where credit decays [30]."),
    ] = None,
    company: CompanyFile = None,
    rules: RulesFile = None,
    json: Json = False,
) -> None:
    """Credit what was won to the marketing that touched it, by ten models side by side, and say what touches change.

    First, last, linear, U, W, full path, time decay, Shapley, Markov and incremental: each gives away the whole value
    of the won deals, to the cent. What a touch before the opening changes is told apart, with its interval; where a
    model is fooled by touches that only follow winners, its row says so. Lead sources are ranked by what was won.

    With --show: sources, channels or campaigns side by side, by what was won or by what is at risk of it; and how
    alerts ended, by rule, by what the seller had done before, and by play, played and withheld. Alerts and plays are
    those of Kafka's topics; an event file has none, so it is run through the engine, as `plays effect` does, which
    takes its time. docs/attribution.md has the formulas.

    For example:
      dealwatch attribution
      dealwatch attribution --events events.jsonl.gz --by campaign --json
      dealwatch attribution --show risk --by channel
      dealwatch attribution --show recoveries --as-of 2026-06-30
    """
    _refuse(show, by, half_life)
    who = asked(ctx, company, rules, as_of)
    if show == "credit":
        _credit(who, events, by, half_life, json)
    elif show == "recoveries":
        from streams.cli.attribution_recoveries import show_recoveries

        show_recoveries(who, events, json)
    else:
        from streams.cli.attribution_sources import show_sources

        show_sources(who, events, by or "lead_source", show == "risk", json)


def _refuse(show: Show, by: By | None, half_life: float | None) -> None:
    """End the command where an option says nothing about what is asked; raises `typer.BadParameter`."""
    if show == "credit" and by == "lead_source":
        raise typer.BadParameter("credit goes to channels and campaigns; see --show sources", param_hint="--by")
    if show == "recoveries" and by is not None:
        raise typer.BadParameter("recoveries are told by rule, kind of touch and play, all three", param_hint="--by")
    if show != "credit" and half_life is not None:
        raise typer.BadParameter(f"not with --show {show}: nothing decays there", param_hint="--half-life")


def _credit(who: Asked, events: Path | None, by: By | None, half_life: float | None, json: bool) -> None:
    from streams.cli.screen import print_document
    from streams.revenue.attribution import attribute
    from streams.revenue.settled import Terms
    from streams.revenue.sources import rank_sources

    credited: Literal["channel", "campaign"] = "campaign" if by == "campaign" else "channel"
    ledger, at = read_ledger(who, events, Terms(by=credited, half_life_days=half_life or _HALF_LIFE))
    found = attribute(ledger)
    sources = rank_sources(ledger.wholes(), who.company, at, None)
    if json:
        print_document({"attribution": found, "sources": sources})
    else:
        _show(found, sources)


def _show(found: Attribution, sources: list[Source]) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table
    from streams.revenue.settled import OTHERS
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
    if found.gathered:
        few = f"the {found.gathered:,} {found.by}s that touched the fewest deals"
        console.print(Text(f"{OTHERS}: {few}; markov and incremental tell them as one"))
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
