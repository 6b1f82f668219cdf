"""The models that look at all deals at once: the Markov chain, and the Shapley value of win rates.

They give shares of the whole, which are then shares of the value. Intervals are of 95 %, by a bootstrap over deals.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from streams.revenue.enough import FEW, FEW_OF_A_ROW, too_few
from streams.revenue.markov import NOTHING, START, WON, channels_of, removal_effects, removed
from streams.revenue.resample import drawn, percentiles
from streams.revenue.settled import UNTOUCHED, amount_of, shared
from streams.revenue.shapley import added, membership, values
from streams.revenue.tables import Tables
from streams.revenue.told import Credit


def by_markov(tables: Tables) -> list[Credit]:
    """Removal effects, of what marketing touched; what it did not stays with nobody."""
    effects = removal_effects(tables.steps)
    whole = sum(effects.values())
    touched = tables.counts["touched_cents"]
    cents = shared(touched, effects)
    if not cents:
        cents = {UNTOUCHED: touched}
    cents[UNTOUCHED] = cents.get(UNTOUCHED, 0) + tables.counts["cents"] - touched
    enough = tables.counts["won"] - tables.counts["untouched_won"] >= FEW
    said = _resampled_shares(tables) if enough and whole else {}
    rows = []
    for name, value in cents.items():
        if name == UNTOUCHED and not value:
            continue
        deals = tables.counts["untouched"] if name == UNTOUCHED else tables.touched(name)
        known = said.get(name) if deals >= FEW_OF_A_ROW else None
        share = None if known is None else percentiles(effects[name] / whole, known)
        rows.append(Credit(model="markov", name=name, value=amount_of(value), share=share, deals=deals,
                           said="" if name == UNTOUCHED else too_few(tables, deals)))  # fmt: skip
    return rows


def _resampled_shares(tables: Tables) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
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
    """Shapley values of win rates: what would be won without marketing stays with nobody."""
    coalitions = tables.coalitions()
    if not tables.counts["won"]:
        return []
    parts = added(coalitions)
    worth = {UNTOUCHED: parts.base, **parts.parts}
    sums = sum(max(each, 0.0) for each in worth.values())
    cents = shared(tables.counts["cents"], worth)
    enough = tables.counts["won"] >= FEW
    channels, members = membership(coalitions)
    table = np.array(list(coalitions.values()), dtype=np.float64)
    draws = drawn(table.reshape(-1).astype(int).tolist()).reshape(-1, *table.shape)
    base, found = values(members, draws[:, :, 0], draws[:, :, 1])
    every = np.maximum(np.column_stack([base, found]), 0.0)
    part = every / np.maximum(every.sum(axis=1, keepdims=True), 1e-12)
    rows = []
    for place, name in enumerate((UNTOUCHED, *channels)):
        deals = sum(tables.early.values()) if name == UNTOUCHED else tables.touched_before(name)
        share = percentiles(max(worth[name], 0.0) / sums, part[:, place]) if enough and deals >= FEW_OF_A_ROW else None
        said = "" if name == UNTOUCHED else too_few(tables, deals)
        if not said and worth[name] < 0.0:
            said = "fewer are won where it touched, so it has no part"
        rows.append(Credit(model="incremental", name=name, value=amount_of(cents.get(name, 0)), share=share,
                           deals=deals, said=said))  # fmt: skip
    return rows
