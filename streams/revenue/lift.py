"""By how much a channel's touch raises the chance that a deal is won, with the other channels held equal.

The linear probability model: won (1) or lost (0) on which channels touched the deal before it was opened, by least
squares, with an interval that does not take all deals to vary alike (White 1980, Econometrica 48:817-838; the small
sample factor of MacKinnon & White 1985, HC1). A coefficient is a difference of win rates, deal for deal, in shares of
one. Counts of deals by the set of their channels are all that it needs.

Only touches before the opening count. What comes later comes to those who stay: buyers who are interested read more,
and deals that are lost early have no time to be touched. No figure from a log can tell that from an effect.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.interval import Interval, Z
from streams.revenue.shapley import Coalitions, membership

#: Deals that a channel must have touched before they were opened, and as many that it must not have.
FEW = 30
#: What is less of a direction of the table than this is none.
_NOTHING = 1e-9


def lifts(coalitions: Coalitions, few: int = FEW) -> dict[str, Interval | None]:
    """The difference that each channel makes, none where there are too few deals to tell it or to tell it apart."""
    channels, members = membership(coalitions)
    found: dict[str, Interval | None] = dict.fromkeys(channels)
    counts = np.array(list(coalitions.values()), dtype=np.float64).reshape(len(members), 2)
    deals = counts.sum(axis=1)
    touched = deals @ members
    told = [place for place, each in enumerate(touched) if few <= each <= deals.sum() - few]
    if not told:
        return found
    design = np.column_stack([np.ones(len(members)), members[:, told]])
    moments = design.T @ (design * deals[:, None])
    inverse = np.linalg.pinv(moments, hermitian=True)
    weights = inverse @ (design.T @ counts[:, 0])
    expected = design @ weights
    squares = counts[:, 0] * (1.0 - expected) ** 2 + counts[:, 1] * expected**2
    freedom = deals.sum() / max(deals.sum() - design.shape[1], 1.0)
    spread = freedom * inverse @ (design.T @ (design * squares[:, None])) @ inverse
    apart = _told_apart(moments)
    for place, column in zip(told, range(1, design.shape[1]), strict=True):
        if apart[column]:
            found[channels[place]] = _interval(float(weights[column]), float(spread[column, column]))
    return found


def _told_apart(moments: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Sequence[bool]:
    """Which columns are no mixture of the others, as two campaigns that always come together are."""
    sizes, directions = np.linalg.eigh(moments)
    void = directions[:, sizes <= _NOTHING * max(float(sizes[-1]), 1.0)]
    return [bool(each) for each in (np.abs(void) < _NOTHING**0.5).all(axis=1)]


def _interval(value: float, variance: float) -> Interval:
    half = Z * float(np.sqrt(max(variance, 0.0)))
    return Interval(value, max(-1.0, value - half), min(1.0, value + half))
