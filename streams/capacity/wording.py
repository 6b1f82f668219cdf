"""Numbers of plans and figures as people read them."""

from __future__ import annotations

_BYTES = (("PiB", 2**50), ("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def worded(value: float, unit: str = "1") -> str:
    """Return a number with its unit.

    >>> worded(3.2e9, "bytes"), worded(2.5, "bytes/day"), worded(90, "s"), worded(7200, "s")
    ('3.0 GiB', '2.5 B a day', '90 s', '2.0 h')
    >>> worded(1234567), worded(0.25, "cores"), worded(0.0312), worded(12.7, "1/s")
    ('1,234,567', '0.25 cores', '0.031', '12.7 a second')
    """
    amount, _, per = unit.partition("/")
    every = {"": "", "day": " a day", "s": " a second"}[per]
    if amount == "bytes":
        return _size(value) + every
    if amount == "s":
        return _time(value)
    return plain(value) + ("" if amount == "1" else f" {amount}") + every


def _time(value: float) -> str:
    if value < 600:
        return f"{plain(value)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:,.1f} h"


def _size(value: float) -> str:
    for name, one in _BYTES:
        if value >= one:
            return f"{value / one:,.1f} {name}" if value < 100 * one else f"{value / one:,.0f} {name}"
    return f"{plain(value)} B"


def plain(value: float) -> str:
    """Return a number with as many digits as matter.

    >>> plain(0.5), plain(12.34), plain(1234.5), plain(2.0)
    ('0.5', '12.3', '1,234', '2')
    """
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2g}"


def times(factor: float) -> str:
    """Return at what multiple of a demand something breaks.

    >>> times(0.02), times(3.14), times(25.0), times(1e12)
    ('0.02', '3.1', '25', 'never')
    """
    if factor >= 1e9:
        return "never"
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.2g}"
