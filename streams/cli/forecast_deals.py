"""`dealwatch forecast --deals VERSION`: which deals a version counts, with what, and what it counts beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.revenue.answer import UnitDeals


def show_deals(version: str, currency: str, units: Sequence[UnitDeals], *, json: bool) -> None:
    """Print the deals of each unit, the largest first; the sum is what the version says of the unit."""
    from rich.text import Text

    from streams.cli.screen import clean, out, print_document, table

    if json:
        print_document({"version": version, "currency": currency, "units": units})
        return
    console = out()
    for number, each in enumerate(units):
        if number:
            console.print()
        name = "the company" if each.unit.level == "company" else f"{each.unit.level} {each.unit.name or '(none)'}"
        amount = f"{each.cents / 100:,.2f} {currency}".strip()
        console.print(Text(clean(f"{name}: {version.replace('_', ' ')} counts {amount}, of {len(each.deals):,} deals")))
        rows = [(deal.deal, f"{deal.cents / 100:,.2f}") for deal in each.deals]
        rows += [("(not of any one deal)", f"{each.beyond / 100:,.2f}")] if each.beyond else []
        console.print(table(("deal", "amount"), rows, right=("amount",)))
