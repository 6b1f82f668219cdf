"""Attribution by a Markov chain: how many wins would be missing without a channel.

The touches of each deal are a walk from the start over channels to won or to nothing. Of all walks the first-order
chain is estimated: the probability of a step is how often it was taken. The removal effect of a channel is the part of
the wins that the chain loses when every step into it leads to nothing instead (Anderl, Becker, von Wangenheim &
Schumann 2016, International Journal of Research in Marketing 33:457-474); credit is in proportion to it.

With the chain's fundamental matrix N = (I - Q)^-1 (Kemeny & Snell 1960) all effects come from one inverse: a walk ever
meets channel c with probability N[start, c] / N[c, c], and then it wins with probability x[c]. What is lost without c
is their product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: States of the chain that are no channel.
START, WON, NOTHING = "(start)", "(won)", "(nothing)"
Step = tuple[str, str]


def steps(channels: Sequence[str], won: bool) -> list[Step]:
    """The steps of a walk over channels; a channel that follows itself is one visit.

    Leaving repeats out changes nothing: staying where one is delays the end, and no more.
    """
    walk = [START, *collapsed(channels), WON if won else NOTHING]
    return list(pairwise(walk))


def collapsed(channels: Sequence[str]) -> tuple[str, ...]:
    """Channels in a row, each that follows itself once."""
    return tuple(each for place, each in enumerate(channels) if not place or channels[place - 1] != each)


def channels_of(transitions: Iterable[Step]) -> tuple[str, ...]:
    """The channels of a table, in alphabetical order."""
    named = {each for step in transitions for each in step}
    return tuple(sorted(named - {START, WON, NOTHING}))


def removal_effects(transitions: Mapping[Step, int]) -> dict[str, float]:
    """The part of the wins, from 0 to 1, that is lost without each channel; all 0 where nothing was won.

    `transitions` counts the steps of whole walks.
    """
    channels = channels_of(transitions)
    if not channels:
        return {}
    places = {each: place for place, each in enumerate((START, *channels, WON, NOTHING))}
    table = np.zeros((len(places), len(places)))
    for (source, target), count in transitions.items():
        table[places[source], places[target]] = count
    return dict(zip(channels, removed(table[None])[0].tolist(), strict=True))


def removed(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Removal effects of many chains at once: `(chains, channels)`.

    `tables` are counts of shape `(chains, states, states)`, with the start as the first state, then the channels, then
    won and nothing. A channel that no walk of a chain meets has no effect there.
    """
    inner = tables.shape[1] - 2
    counts = tables[:, :inner, :]
    totals = counts.sum(axis=2, keepdims=True)
    chances = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    fundamental = np.linalg.inv(np.eye(inner) - chances[:, :, :inner])
    wins = np.einsum("bij,bj->bi", fundamental, chances[:, :, inner])
    met = fundamental[:, 0, 1:] / np.diagonal(fundamental, axis1=1, axis2=2)[:, 1:]
    lost = met * wins[:, 1:]
    whole = wins[:, :1]
    effects: NDArray[np.float64] = np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0)
    return np.clip(effects, 0.0, 1.0)
