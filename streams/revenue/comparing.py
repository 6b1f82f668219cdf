"""Why two versions differ: the deals that one counts more of than the other, and what neither counts deal by deal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import nsmallest

from streams.revenue.company import Company, Level, Unit
from streams.revenue.difference import DealDifference, Difference
from streams.revenue.forecast import Forecast, figures
from streams.revenue.version import ADJUSTED, COMMIT, DEFAULT, MODEL, Figure, unit_of

#: The pairs of versions whose difference is explained.
COMPARED = ((MODEL, COMMIT), (DEFAULT, COMMIT), (DEFAULT, MODEL), (ADJUSTED, COMMIT))
#: The deals that are named make up this share of all that deals differ by, or are so many.
NAMED_SHARE, NAMED_MOST = 0.8, 5


def explained(made: Forecast, level: Level, company: Company) -> dict[Unit, tuple[Difference, ...]]:
    """Explain why versions of every unit of a level differ, pair by pair; those that are the same are left out.

    A manager's figure is compared with what the reps commit, where there is one; it is of no product.
    """
    there = {*made.versions, *([ADJUSTED] if made.cut == "rep" and made.adjustments else [])}
    compared = [differences(made, level, one, other, company) for one, other in COMPARED if {one, other} <= there]
    return {
        unit: tuple(each[unit] for each in compared if _is_worth_saying(each[unit], row))
        for unit, row in figures(made, level, company).items()
    }


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


def _is_worth_saying(found: Difference, row: Iterable[Figure]) -> bool:
    return found.one in {each.version for each in row} and bool(found.cents or found.named)


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
