"""What models say of many deals, in a few words that can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

#: Additions in another order differ behind this digit.
_DIGITS = 9


def said_of(probabilities: Sequence[Mapping[str, float]]) -> str:
    """The mean probability of every target.

    >>> said_of([{"win": 0.25, "slippage": 1.0}, {"win": 0.75, "slippage": 0.0}])
    'win 0.500000000, slippage 0.500000000'
    """
    names = probabilities[0] if probabilities else ()
    return ", ".join(f"{name} {fmean(each[name] for each in probabilities):.{_DIGITS}f}" for name in names)
