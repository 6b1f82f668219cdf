"""How units of a company, its money and shares are printed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.interval import Interval
    from streams.revenue.company import Unit


def called(unit: Unit) -> str:
    """A unit as people say it: `the company`, `team north`, `rep (none)` for deals of nobody."""
    return "the company" if unit.level == "company" else f"{unit.level.replace('_', ' ')} {unit.name or '(none)'}"


def amount(value: Decimal, currency: str) -> str:
    """An amount to the cent with its currency, where it has one."""
    return f"{value:,.2f} {currency}".strip()


def percent(share: float | None) -> str:
    """A share in whole percent; a dash where there is none."""
    return "-" if share is None else f"{share:.0%}"


def with_interval(share: Interval | None, otherwise: str = "too few") -> str:
    """A share with its interval, as `40% (31% to 50%)`."""
    return otherwise if share is None else f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def whole_days(days: float | None) -> str:
    """A number of days, rounded; a dash where there is none."""
    return "-" if days is None else f"{days:,.0f}"
