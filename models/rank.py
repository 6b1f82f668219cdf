"""Door: models, and how the open deals stand -> the models with, for each target, what they say of all these deals.

A probability alone does not say whether 30 % is much. So each target carries the quantiles of what these very models
say of all deals that were asked about on the UTC day before; with them whoever scores a deal knows how many of 100
open deals have a lower probability: its rank. The deals stand as they were measured then, so a rank knows no deal that
is younger, and does not change within a day for what happens to others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from msgspec.structs import replace

from models.schema import Vector
from models.scorer import Scorer
from models.snapshot import ModelSet

#: Quantiles are kept in steps of five percent, from the lowest deal to the highest.
STEPS = 20
#: Of fewer open deals nobody says a rank, and of those that are all alike neither.
LEAST_DEALS = 20
LEAST_SPREAD = 0.01
#: So many deals are looked at; of more, every second, third ...
MOST_DEALS = 20_000
_HIGHEST = 99


def ranked(models: ModelSet, deals: Sequence[Vector]) -> ModelSet:
    """Return the models with the quantiles of what they say of these deals."""
    if len(deals) < LEAST_DEALS:
        return replace(models, targets={name: replace(each, quantiles=()) for name, each in models.targets.items()})
    scorer = Scorer(models)
    said = [scorer.probabilities(each) for each in deals[:: -(-len(deals) // MOST_DEALS)]]
    targets = {
        name: replace(each, quantiles=quantiles_of([answer[name] for answer in said]))
        for name, each in models.targets.items()
    }
    return replace(models, targets=targets)


def quantiles_of(said: Sequence[float]) -> tuple[float, ...]:
    """Return the quantiles, linear between two deals; none where deals are too few or all alike.

    Alike are those of which nine in ten lie within `LEAST_SPREAD`.
    """
    if len(said) < LEAST_DEALS:
        return ()
    rising = sorted(said)
    quantiles = []
    for step in range(STEPS + 1):
        place, part = divmod(step * (len(rising) - 1), STEPS)
        here, there = rising[place], rising[min(place + 1, len(rising) - 1)]
        quantiles.append(here + (there - here) * (part / STEPS))
    return () if quantiles[-2] - quantiles[1] < LEAST_SPREAD else tuple(quantiles)


def rank_of(probability: float, quantiles: Sequence[float]) -> int | None:
    """Return how many of 100 open deals have a lower probability, 0 to 99; none where there are no quantiles."""
    if not quantiles:
        return None
    below = bisect_left(quantiles, probability)
    if below == 0:
        return 0
    if below == len(quantiles):
        return _HIGHEST
    low, high = quantiles[below - 1], quantiles[below]
    share = (below - 1 + (probability - low) / (high - low)) / (len(quantiles) - 1)
    return min(int(100 * share), _HIGHEST)
