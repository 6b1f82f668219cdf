"""Amounts of revenue as people read them. Of the forecast in whole cents, of all else as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from streams.revenue.difference import short
from streams.web.markup import Html, el

#: What stands where nothing is known.
NONE = "\u2013"
_HARD = "\u00a0"
_MINUS = "\u2212"
_ONE = Decimal(1)


def named(currency: str) -> str:
    """What amounts are in."""
    return currency or "the company's currency"


def brief(cents: int, currency: str = "") -> str:
    """`EUR 4.2 M`: what is easy to say and to remember."""
    text = short(cents).replace(" ", _HARD).replace("-", _MINUS)
    return f"{currency}{_HARD}{text}" if currency else text


def brief_change(cents: int) -> str:
    """The same with its sign."""
    return f"+{brief(cents)}" if cents > 0 else brief(cents)


def whole(cents: int) -> str:
    """`4,213,400`: to whole units of the currency."""
    return plain(Decimal(cents) / 100)


def change(cents: int) -> str:
    """The same with its sign; nothing has none."""
    return signed(Decimal(cents) / 100)


def plain(amount: Decimal) -> str:
    """A decimal to whole units."""
    rounded = amount.quantize(_ONE, ROUND_HALF_EVEN)
    return f"{rounded:,f}".replace("-", _MINUS) if rounded else "0"


def signed(amount: Decimal) -> str:
    """The same with its sign; what is nothing when it is rounded has none."""
    text = plain(amount)
    return f"+{text}" if amount.quantize(_ONE, ROUND_HALF_EVEN) > 0 else text


def cents_of(amount: Decimal) -> int:
    """A decimal as whole cents."""
    return int((amount * 100).quantize(_ONE, ROUND_HALF_EVEN))


def exact(cents: int, currency: str) -> Html:
    """What is easy to say, and the amount to the unit on hovering."""
    return el("span", brief(cents, currency), title=f"{currency} {whole(cents)}".strip())
