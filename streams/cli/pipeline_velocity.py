"""`dealwatch pipeline --show velocity`: what the open deals of each unit yield a day, and what that is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.cli.onrecord import read_moves

if TYPE_CHECKING:
    from pathlib import Path

    from streams.cli.onrecord import Asked
    from streams.revenue.cohorts import Velocity
    from streams.revenue.company import Level


def show_velocity(who: Asked, events: Path | None, by: Level, json: bool) -> None:
    """Print the velocity of each unit of a level, the one that yields most first."""
    from streams.cli.screen import print_document
    from streams.revenue.cohorts import velocities

    told = read_moves(who, events)
    found = sorted(
        velocities(told.moves, who.company, by, told.end).values(), key=lambda each: (-(each.a_day or 0.0), each.unit)
    )
    if json:
        print_document({"at": told.at, "velocities": [_document(each) for each in found]})
    else:
        _show(who, found, told.at)


def _document(velocity: Velocity) -> dict[str, Any]:
    return {
        "unit": velocity.unit,
        "open": velocity.deals,
        "created": velocity.created,
        "won": velocity.won,
        "win_rate": velocity.win_rate,
        "average": velocity.average,
        "cycle_days": velocity.cycle_days,
        "a_day": velocity.a_day,
    }


def _show(who: Asked, found: list[Velocity], at: int) -> None:
    from rich.text import Text

    from streams.cli.screen import out, table, when
    from streams.revenue.cohorts import FEW_WINS

    console, currency = out(), who.company.rates.currency
    console.print(Text(f"what a day yields, as known at {when(at)} UTC: open x win rate x average / days of the cycle"))
    heads = ("open", "created in a year", "win rate", "won in a year", "average", "cycle", "a day")
    rows = [_row(each, currency) for each in found]
    console.print(table(("unit", *heads), rows, right=heads))
    if any(each.is_few for each in found):
        console.print(Text(f"\nOf fewer than {FEW_WINS} wins nothing is said; --json has what they come to."))


def _row(velocity: Velocity, currency: str) -> tuple[str, ...]:
    from streams.cli.units import called, percent, whole_days

    counted = (called(velocity.unit), f"{velocity.deals:,}", f"{velocity.created:,}")
    if velocity.is_few:
        return (*counted, "-", f"{velocity.won:,}", "-", "-", "too few")
    average = "-" if velocity.average is None else f"{velocity.average:,.0f}"
    a_day = "-" if velocity.a_day is None else f"{velocity.a_day:,.0f} {currency}".strip()
    cycle = f"{whole_days(velocity.cycle_days)} days"
    return (*counted, percent(velocity.win_rate), f"{velocity.won:,}", average, cycle, a_day)
