"""The blend: which version to believe how much, by how each has come out. Weight is earned, never given.

The beginning is the benchmark, `shared_pace`, the simplest version that counts all that is to come. Whoever disagrees
with it is asked how much of the disagreement came true in periods that are over:

    came - benchmark  ~  sum over versions of w (version - benchmark),    w >= 0, sum of w <= 1

by least squares, in which each pair of unit and period weighs the same however often it was forecast, and as if K = 10
more of them had come out just as the benchmark says: w is multiplied by n / (n + 10) where one version is asked alone.
A version that was wrong gets nothing, and one that has nothing to say of what is to come is not asked. By construction
the blend is not worse than the benchmark, in squares, on the record that it was made from; without a record it is the
benchmark.

Two questions have answers of their own. **How much** in all: from the company's figures, of which there is one a
period. **Who**: from each cell's part of what was still to come, of which there are many. So a version that knows which
rep will sell, and not how much all of them will, is believed in just that.

**Widths.** The simulated spread is stretched by what the record of a level asks for: the factor with which 80 % of what
came would have lain between P10 and P90, shrunk towards 1 as if K = 30 more pairs had said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp, log

import numpy as np
from msgspec import Struct

from streams.revenue.accuracy import Locked, Outcomes
from streams.revenue.company import Level, Unit
from streams.revenue.draws import Array
from streams.revenue.version import (
    BEST_CASE,
    BLEND,
    CATEGORY,
    COMMIT,
    MODEL,
    MOST_LIKELY,
    PACE,
    SHARED_PACE,
    SIMULATED,
    STAGE,
    Version,
)

BENCHMARK = SHARED_PACE
#: Who may earn a weight. What is closed and the whole pipeline are no forecasts; managers' figures are of no cell.
CHALLENGERS = (COMMIT, MOST_LIKELY, BEST_CASE, STAGE, CATEGORY, MODEL, PACE, SIMULATED)
#: Outcomes that speak for the benchmark, and for the simulated width, before any is known.
K, K_WIDTH = 10.0, 30.0
#: What should lie between P10 and P90.
COVERAGE = 0.8
#: Beyond that the record speaks of something else than a width.
WIDEST = 4.0
_ROUNDS = 200


class Earned(Struct, frozen=True, gc=False):
    """The weights of versions beside the benchmark, for how much and for who, from so many outcomes each.

    `widths` has the factor of each level's spread.
    """

    much: Mapping[str, float] = {}
    much_outcomes: int = 0
    who: Mapping[str, float] = {}
    who_outcomes: int = 0
    widths: Mapping[Level, float] = {}


def earned(said: Sequence[Locked], came: Outcomes, level: Level, by: str = BLEND) -> Earned:
    """What a record teaches; `level` is that of the cells, `by` the version whose widths are judged."""
    judged = [each for each in said if (each.period, each.unit) in came]
    much, much_outcomes = _weights(_much(judged, came))
    who, who_outcomes = _weights(_who(judged, came, level))
    return Earned(much, much_outcomes, who, who_outcomes, _widths(judged, came, by))


def blended(versions: Mapping[str, Version], won: Mapping[str, int], weights: Earned) -> Version:
    """The blend of versions with what is won, by deal: who by one set of weights, how much by the other."""
    who = _whole(weights.who, versions)
    much = _whole(weights.much, versions)
    coming = {name: _coming(versions[name], won) for name in {*who, *much}}
    target = sum(weight * coming[name] for name, weight in much.items())
    dealt = sum(weight * coming[name] for name, weight in who.items())
    scale = target / dealt if dealt > 0 else 0.0
    deals: dict[str, float] = dict.fromkeys(won, 0.0)
    beyond: dict[str, float] = {}
    for name, weight in who.items():
        for deal, cents in versions[name].deals.items():
            if deal not in won:
                deals[deal] = deals.get(deal, 0.0) + scale * weight * cents
        for cell, cents in versions[name].beyond.items():
            beyond[cell] = beyond.get(cell, 0.0) + scale * weight * cents
    rounded = {deal: won.get(deal, round(cents)) for deal, cents in deals.items()}
    return Version(BLEND, rounded, {cell: round(cents) for cell, cents in beyond.items()})


def _whole(weights: Mapping[str, float], versions: Mapping[str, Version]) -> dict[str, float]:
    """The weights of versions that are there, the benchmark's among them, adding up to 1."""
    there = {name: weight for name, weight in weights.items() if name in versions and weight > 0}
    return {BENCHMARK: 1.0 - sum(there.values()), **there}


def _coming(version: Version, won: Mapping[str, int]) -> float:
    deals = sum(cents for deal, cents in version.deals.items() if deal not in won)
    return float(deals + sum(version.beyond.values()))


class _Row(Struct, frozen=True, gc=False):
    """One locked day of a unit: what came above the benchmark, and what each version had said above it."""

    outcome: tuple[str, Unit]
    came: float
    said: Mapping[str, float]


def _much(said: Iterable[Locked], came: Outcomes) -> list[_Row]:
    rows = []
    company = [each for each in said if each.unit == Unit()]
    silent = set(CHALLENGERS) - {each.version for each in company if each.cents > each.closed}
    for versions in _together(company).values():
        base = versions.get(BENCHMARK)
        if base is None or not base.cents:
            continue
        outcome = (base.period, base.unit)
        above = {name: versions[name].cents / base.cents - 1.0 for name in versions if name not in (BENCHMARK, *silent)}
        rows.append(_Row(outcome, came[outcome] / base.cents - 1.0, above))
    return rows


def _who(said: Iterable[Locked], came: Outcomes, level: Level) -> list[_Row]:
    rows: list[_Row] = []
    days: dict[tuple[str, object], list[Locked]] = {}
    for each in said:
        if each.unit.level == level:
            days.setdefault((each.period, each.day), []).append(each)
    for found in days.values():
        whole: dict[str, int] = {}
        for each in found:
            whole[each.version] = whole.get(each.version, 0) + each.cents - each.closed
        truth = sum(came[one.period, one.unit] - one.closed for one in found if one.version == BENCHMARK)
        if truth <= 0 or whole.get(BENCHMARK, 0) <= 0:
            continue
        for versions in _together(found).values():
            part = {
                name: (each.cents - each.closed) / whole[name] for name, each in versions.items() if whole[name] > 0
            }
            base = versions.get(BENCHMARK)
            if base is None:
                continue
            outcome = (base.period, base.unit)
            mine = part.pop(BENCHMARK)
            above = {name: each - mine for name, each in part.items()}
            rows.append(_Row(outcome, (came[outcome] - base.closed) / truth - mine, above))
    return rows


def _together(said: Iterable[Locked]) -> dict[tuple[str, object, Unit], dict[str, Locked]]:
    found: dict[tuple[str, object, Unit], dict[str, Locked]] = {}
    for each in said:
        if each.version == BENCHMARK or each.version in CHALLENGERS:
            found.setdefault((each.period, each.day, each.unit), {})[each.version] = each
    return found


def _weights(rows: Sequence[_Row]) -> tuple[dict[str, float], int]:
    """Least squares with weights that are not negative, by coordinates; only versions that spoke every time."""
    if not rows:
        return {}, 0
    names = sorted(set.intersection(*(set(each.said) for each in rows)))
    counts: dict[tuple[str, Unit], int] = {}
    for each in rows:
        counts[each.outcome] = counts.get(each.outcome, 0) + 1
    outcomes = len(counts)
    weight = np.array([1.0 / counts[each.outcome] for each in rows])
    came = np.array([each.came for each in rows])
    said = np.array([[each.said[name] for name in names] for each in rows]).reshape(len(rows), len(names))
    square: Array = said.T @ (said * weight[:, None])
    hit: Array = said.T @ (came * weight)
    found = np.zeros(len(names))
    for _ in range(_ROUNDS):
        for place in range(len(names)):
            own = square[place, place]
            if own > 0:
                rest = hit[place] - square[place] @ found + own * found[place]
                found[place] = max(rest / (own * (1.0 + K / outcomes)), 0.0)
    found /= max(found.sum(), 1.0)
    return {name: float(each) for name, each in zip(names, found, strict=True) if each > 0}, outcomes


def _widths(said: Iterable[Locked], came: Outcomes, by: str) -> dict[Level, float]:
    asked: dict[Level, list[tuple[float, tuple[str, Unit]]]] = {}
    for each in said:
        if each.version != by or each.low is None or each.high is None:
            continue
        truth = came[each.period, each.unit]
        half = (each.high - each.cents if truth > each.cents else each.cents - each.low) / each.width
        needed = abs(truth - each.cents) / half if half > 0 else WIDEST
        asked.setdefault(each.unit.level, []).append((needed, (each.period, each.unit)))
    return {level: _width(found) for level, found in asked.items()}


def _width(asked: Sequence[tuple[float, tuple[str, Unit]]]) -> float:
    counts: dict[tuple[str, Unit], int] = {}
    for _, outcome in asked:
        counts[outcome] = counts.get(outcome, 0) + 1
    reached, needed = 0.0, WIDEST
    for each, outcome in sorted(asked):
        reached += 1.0 / counts[outcome]
        if reached >= COVERAGE * len(counts) - 1e-9:
            needed = each
            break
    bounded = min(max(needed, 1.0 / WIDEST), WIDEST)
    return exp(log(bounded) * len(counts) / (len(counts) + K_WIDTH))
