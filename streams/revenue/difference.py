"""Why two versions differ: the deals that one counts more of than the other, and what neither counts deal by deal."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from streams.revenue.company import Company, Unit
from streams.revenue.forecast import Figure, Forecast, figures
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


def difference(
    made: Forecast,
    unit: Unit,
    one: str,
    other: str,
    company: Company,
    rows: Mapping[Unit, tuple[Figure, ...]] | None = None,
) -> Difference:
    """Explain by how much, and why, two versions of a unit's forecast differ.

    `rows` are the figures of the unit's level, for who has them already.

    Raises `KeyError` where a version was not made, as pace in a company's first period.
    """
    deals: dict[str, int] = {}
    whole = 0
    said = {each.version: each.cents for each in (rows or figures(made, unit.level, company)).get(unit, ())}
    for sign, name in ((1, one), (-1, other)):
        whole += sign * said.get(name, 0)
        # A manager's figure stands on what the reps commit, and is of no deal.
        for deal, cents in made.versions[COMMIT if name == ADJUSTED else name].deals.items():
            if unit_of(made.cells[deal], made.cut, unit.level, company) == unit:
                deals[deal] = deals.get(deal, 0) + sign * cents
    named = _named(deals)
    within = sum(deals.values())
    return Difference(
        unit=unit,
        one=one,
        other=other,
        cents=whole,
        named=named,
        others=within - sum(each.cents for each in named),
        beyond=whole - within,
    )


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
    ranked = sorted((DealDifference(deal, cents) for deal, cents in deals.items() if cents), key=_rank)
    whole = sum(abs(each.cents) for each in ranked)
    named: list[DealDifference] = []
    reached = 0
    for each in ranked[:NAMED_MOST]:
        if reached >= NAMED_SHARE * whole:
            break
        named.append(each)
        reached += abs(each.cents)
    return tuple(named)


def _rank(each: DealDifference) -> tuple[int, str]:
    return -abs(each.cents), each.deal
