"""Amounts in the company's currency, to the cent, by a table of dated rates that the company supplies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from msgspec import Struct

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
#: An amount has at most 15 digits before the point, a rate at most as many; nothing of their product may be lost.
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def total(values: Iterable[Decimal]) -> Decimal:
    """The sum, exact to the cent however many and large they are; Python's own rounds beyond 28 digits."""
    found = NOTHING
    for value in values:
        found = _EXACT.add(found, value)
    return found


def difference(value: Decimal, other: Decimal) -> Decimal:
    """`value` less `other`, exact to the cent."""
    return _EXACT.subtract(value, other)


def mean(values: Sequence[Decimal]) -> Decimal | None:
    """The average, rounded half to even to the cent; none of no values."""
    return _EXACT.divide(total(values), Decimal(len(values))).quantize(CENT, context=_EXACT) if values else None


class Rates(Struct, frozen=True, gc=False):
    """What a unit of other currencies was worth in the company's, from a day on until the next day that is listed.

    `table` has for each currency the days in rising order, each with its rate.
    """

    currency: str = ""
    """The company's; amounts of no currency are in it. Empty: there is one currency, whatever it is called."""
    table: Mapping[str, tuple[tuple[date, Decimal], ...]] = {}

    def value(self, amount: str | None, currency: str, on: date) -> Decimal | None:
        """An amount in the company's currency on a day, rounded half to even to the cent.

        None where there is no amount, or no rate of its currency on that day: such a deal has no value, which whoever
        adds up says, instead of counting it as nothing.
        """
        if amount is None:
            return None
        if not self.changes(currency):
            return Decimal(amount).quantize(CENT, context=_EXACT)
        rate = self._rate(currency, on)
        return None if rate is None else _EXACT.multiply(Decimal(amount), rate).quantize(CENT, context=_EXACT)

    def changes(self, currency: str) -> bool:
        """Whether an amount of a currency may be worth something else on another day."""
        return bool(currency and self.currency and currency != self.currency)

    def _rate(self, currency: str, on: date) -> Decimal | None:
        dated = self.table.get(currency, ())
        place = bisect_right(dated, on, key=lambda each: each[0])
        return dated[place - 1][1] if place else None
