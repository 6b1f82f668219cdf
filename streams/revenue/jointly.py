"""The models that look at all deals at once: the Markov chain, and the Shapley value of win rates.

They give shares of the whole, which are then shares of the value. Intervals are of 95 %, by a bootstrap over deals.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from streams.revenue.enough import FEW, FEW_OF_A_ROW, too_few
from streams.revenue.markov import NOTHING, START, WON, channels_of, removal_effects, removed
from streams.revenue.resample import drawn, percentiles
from streams.revenue.settled import UNTOUCHED, amount_of, shared
from streams.revenue.shapley import Coalitions, added, membership, values
from streams.revenue.tables import Tables
from streams.revenue.told import Credit

#: A figure in every resample.
Draws = np.ndarray[tuple[int], np.dtype[np.float64]]


def by_markov(tables: Tables, doubts: Mapping[str, str]) -> list[Credit]:
    """Removal effects, of what marketing touched; what it did not stays with nobody.

    `doubts` has what speaks against a channel.
    """
    effects = removal_effects(tables.steps)
    whole = sum(effects.values())
    cents = shared(tables.counts["touched_cents"], effects)
    cents[UNTOUCHED] = tables.counts["cents"] - sum(cents.values())
    enough = tables.counts["won"] - tables.counts["untouched_won"] >= FEW
    resampled = _resampled_shares(tables) if enough and whole else {}
    rows = []
    for name, value in cents.items():
        if name == UNTOUCHED and not value:
            continue
        deals = tables.counts["untouched"] if name == UNTOUCHED else tables.touched(name)
        known = resampled.get(name) if deals >= FEW_OF_A_ROW else None
        share = None if known is None else percentiles(effects[name] / whole, known)
        said = "" if name == UNTOUCHED else too_few(tables, deals) or doubts.get(name, "")
        rows.append(Credit(model="markov", name=name, value=amount_of(value), share=share, deals=deals, said=said))
    return rows


def _resampled_shares(tables: Tables) -> dict[str, Draws]:
    """Each channel's share of the removal effects in every resample of the walks."""
    channels = channels_of(tables.steps)
    places = {each: place for place, each in enumerate((START, *channels, WON, NOTHING))}
    walks = sorted(tables.walks)
    flat, owners = [], []
    for owner, (walk, won) in enumerate(walks):
        states = [0, *(places[each] for each in walk), places[WON if won else NOTHING]]
        flat += [one * len(places) + other for one, other in pairwise(states)]
        owners += [owner] * (len(states) - 1)
    at, of = np.array(flat), np.array(owners)
    size = len(places)
    draws = drawn([tables.walks[each] for each in walks])
    chains = np.zeros((len(draws), size * size))
    for place, each in enumerate(draws):
        chains[place] = np.bincount(at, weights=each[of], minlength=size * size)
    effects = removed(chains.reshape(-1, size, size))
    sums = effects.sum(axis=1, keepdims=True)
    part = np.divide(effects, sums, out=np.full_like(effects, np.nan), where=sums > 0)
    return {name: part[:, place] for place, name in enumerate(channels)}


def incremental(tables: Tables) -> list[Credit]:
    """Shapley values of win rates: what would be won without marketing stays with nobody.

    A part below nothing gets no money, and what is above nothing shares it; the share is told as it is.
    """
    coalitions = tables.coalitions()
    if not tables.counts["won"]:
        return []
    parts = added(coalitions)
    worth = {UNTOUCHED: parts.base, **parts.parts}
    whole = sum(worth.values())
    cents = shared(tables.counts["cents"], worth)
    resampled = _resampled_parts(coalitions) if tables.counts["valued"] >= FEW else {}
    rows = []
    for name, part in worth.items():
        deals = sum(map(sum, coalitions.values())) if name == UNTOUCHED else tables.touched_before(name)
        few = too_few(tables, deals)
        share = None if few else percentiles(part / whole, resampled[name])
        said = few or ("adds nothing that shows: it has no part" if part < 0.0 else "")
        value = amount_of(cents.get(name, 0))
        rows.append(Credit(model="incremental", name=name, value=value, share=share, deals=deals, said=said))
    return rows


def _resampled_parts(coalitions: Coalitions) -> dict[str, Draws]:
    """What each channel adds, and the base, as shares of the share won, in every resample of the deals."""
    channels, members = membership(coalitions)
    counts = np.array(list(coalitions.values()), dtype=np.int64)
    draws = drawn(counts.reshape(-1).tolist()).reshape(-1, *counts.shape)
    base, found = values(members, draws[:, :, 0], draws[:, :, 1])
    every = np.column_stack([base, found])
    sums = every.sum(axis=1, keepdims=True)
    part = np.divide(every, sums, out=np.full_like(every, np.nan), where=sums > 0)
    return {name: part[:, place] for place, name in enumerate((UNTOUCHED, *channels))}
