"""`dealwatch attribution --show sources` and `--show risk`: lead sources, channels or campaigns side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.cli.onrecord import read_ledger

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from models.interval import Interval
    from streams.cli.onrecord import Asked
    from streams.revenue.sources import Source, What


def show_sources(who: Asked, events: Path | None, what: What, risk: bool, json: bool) -> None:
    """Print each source with what was won of it, or, with `risk`, with what is open of it and has an alert."""
    from streams.cli.heard import deals_at_risk
    from streams.cli.screen import print_document
    from streams.revenue.sources import by_risk, rank_sources

    at_risk = deals_at_risk(who, events) if risk else None
    ledger, at = read_ledger(who, events)
    found = rank_sources(ledger.wholes(), who.company, at, at_risk, what)
    if risk:
        found = by_risk(found)
    if json:
        print_document({"at": at, "by": what, "ranked_by": "risk" if risk else "won_value", "sources": found})
        return
    _show(who, found, what, at, risk=risk, is_file=events is not None)


def _show(who: Asked, found: list[Source], what: What, at: int, *, risk: bool, is_file: bool) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table, when
    from streams.revenue.sources import FEW, SILENT_DAYS

    console, name = out(), what.replace("_", " ")
    ranked = "the largest share of open deals with an alert first" if risk else "what was won the most first"
    money = f", in {who.company.rates.currency}" if who.company.rates.currency else ""
    console.print(Text(f"{name}s as known at {when(at)} UTC{money}, {ranked}"))
    if not found:
        console.print(Text(f"no deal has a {name}"))
        return
    heads, rows = _risky(found) if risk else _won(found)
    console.print(table((name, *heads), rows, right=heads))
    notes = [f"Shares and medians need {FEW} deals."]
    if risk:
        notes.append(f"Silent: the buyer was not heard of for more than {SILENT_DAYS} days, for no known reason.")
    if what != "lead_source":
        notes.append("A deal counts with its whole value for each that touched it, so rows do not add up.")
    elif unvalued := sum(each.unvalued for each in found):
        notes.append(f"Without a value, and in no sum: {unvalued:,}.")
    if risk and is_file:
        notes.append("The alerts are those that the engine tells of this file; nobody answered them.")
    console.print(Text("\n" + " ".join(notes)))


def _won(found: list[Source]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from streams.cli.units import with_interval

    heads = ("won", "value won", "of won and lost", "days to the win", "open", "value open")
    return heads, [
        (
            each.name,
            f"{each.won:,}",
            _whole(each.won_value),
            with_interval(each.conversion),
            _days(each.cycle_days),
            f"{each.open:,}",
            _whole(each.open_value),
        )
        for each in found
    ]


def _risky(found: list[Source]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from streams.cli.units import with_interval

    heads = ("open", "value", "with an alert", "value of these", "silent")
    return heads, [
        (
            each.name,
            f"{each.open:,}",
            _whole(each.open_value),
            with_interval(each.at_risk),
            _whole(each.value_at_risk),
            with_interval(each.silent),
        )
        for each in found
    ]


def _whole(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _days(days: Interval | None) -> str:
    return "too few" if days is None else f"{days.value:,.0f} ({days.low:,.0f} to {days.high:,.0f})"
