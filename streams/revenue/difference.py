"""Why two versions differ, as a value and as a sentence; `comparing.py` works it out."""

from __future__ import annotations

from msgspec import Struct

from streams.revenue.company import Unit

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
