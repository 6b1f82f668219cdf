"""Why two versions differ: the deals that one counts more of than the other, and what neither counts deal by deal."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import nsmallest

from msgspec import Struct

from streams.revenue.company import Company, Level, Unit
from streams.revenue.forecast import Forecast, figures
from streams.revenue.version import ADJUSTED, COMMIT, unit_of

#: The deals that are named make up this share of all that deals differ by, or are so many.
NAMED_SHARE, NAMED_MOST = 0.8, 5
_UNITS = ((100_000_000_000, "bn"), (100_000_000, "M"), (100_000, "k"))


class DealDifference(Struct, frozen=True, gc=False):
    """A deal, and by how many cents the one version counts more of it than the other."""

    deal: str
    cents: int


class Difference(Struct, frozen=True, kw_only=True, gc=False):
    """`one` less `other`, in cents: the named deals, all other deals, and what is beyond deals; they add up."""

    unit: Unit
    one: str
    other: str
    cents: int
    named: tuple[DealDifference, ...]
    others: int
    beyond: int


def difference(made: Forecast, unit: Unit, one: str, other: str, company: Company) -> Difference:
    """Explain by how much, and why, two versions of a unit's forecast differ.

    Raises `KeyError` where a version was not made, as pace in a company's first period.
    """
    found = differences(made, unit.level, one, other, company).get(unit)
    return found or Difference(unit=unit, one=one, other=other, cents=0, named=(), others=0, beyond=0)


def differences(made: Forecast, level: Level, one: str, other: str, company: Company) -> dict[Unit, Difference]:
    """Explain the same for every unit of a level at once, in one walk over the deals; raises as `difference` does."""
    unit = {cell: unit_of(cell, made.cut, level, company) for cell in {*made.cells.values()}}
    deals: dict[Unit, dict[str, int]] = {}
    for sign, name in ((1, one), (-1, other)):
        # A manager's figure stands on what the reps commit, and is of no deal.
        for deal, cents in made.versions[COMMIT if name == ADJUSTED else name].deals.items():
            of = deals.setdefault(unit[made.cells[deal]], {})
            of[deal] = of.get(deal, 0) + sign * cents
    found = {}
    for each, row in figures(made, level, company).items():
        said = {figure.version: figure.cents for figure in row}
        whole = said.get(one, 0) - said.get(other, 0)
        own = deals.get(each, {})
        named, within = _named(own), sum(own.values())
        found[each] = Difference(
            unit=each,
            one=one,
            other=other,
            cents=whole,
            named=named,
            others=within - sum(part.cents for part in named),
            beyond=whole - within,
        )
    return found


def in_words(found: Difference, currency: str = "") -> str:
    """The difference as one sentence, such as `model is 1.2 M under commit: D-1 -700 k, D-2 -400 k`.

    `currency` stands behind the first amount, where there is one.
    """
    one, other = (each.replace("_", " ") for each in (found.one, found.other))
    if not found.cents and not found.named:
        return f"{one} and {other} say the same."
    side = "over" if found.cents > 0 else "under" if found.cents < 0 else "the same in sum as"
    much = f"{short(abs(found.cents), currency)} " if found.cents else ""
    parts = [f"{each.deal} {signed(each.cents)}" for each in found.named]
    parts += [f"other deals {signed(found.others)}"] if found.others else []
    parts += [f"not of any one deal {signed(found.beyond)}"] if found.beyond else []
    return f"{one} is {much}{side} {other}: {', '.join(parts)}."


def short(cents: int, currency: str = "") -> str:
    """An amount as people say it: `1.2 M`, `340 k`, `85`; with the currency behind it where there is one."""
    for size, name in _UNITS:
        if abs(cents) >= size:
            digits = 1 if abs(cents) < 10 * size else 0
            return f"{cents / size:,.{digits}f} {name} {currency}".strip()
    return f"{cents / 100:,.0f} {currency}".strip()


def signed(cents: int) -> str:
    """The same with its sign."""
    return f"+{short(cents)}" if cents > 0 else short(cents)


def _named(deals: Mapping[str, int]) -> tuple[DealDifference, ...]:
    """The deals with the largest differences, the largest first, by id where they are equal."""
    largest = nsmallest(NAMED_MOST, ((-abs(cents), deal) for deal, cents in deals.items() if cents))
    whole = sum(map(abs, deals.values()))
    named: list[DealDifference] = []
    reached = 0
    for each in (DealDifference(deal, deals[deal]) for _, deal in largest):
        if reached >= NAMED_SHARE * whole:
            break
        named.append(each)
        reached += abs(each.cents)
    return tuple(named)
