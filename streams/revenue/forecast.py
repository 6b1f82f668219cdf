"""All versions of the forecast for a period, side by side, by what was on record when a day began.

`forecast` makes them once for all deals; `figures` reads a unit's numbers off it, and `locked` keeps what was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from streams.revenue.accuracy import HIGH, LOW, Locked
from streams.revenue.blend import Earned, blended
from streams.revenue.book import Book, Earlier, Known
from streams.revenue.chances import Chance, chances, factors, model_weighted, seasoned
from streams.revenue.company import Company, Level, Unit
from streams.revenue.draws import Array
from streams.revenue.pace import closed, new_business, pace, shared_pace, shares_of
from streams.revenue.periods import Period
from streams.revenue.rollup import Adjustment, adjusted, in_force, rolled_up
from streams.revenue.simulate import Courses, Expected, Shocks, simulations
from streams.revenue.version import (
    ADJUSTED,
    BLEND,
    CATEGORY,
    CLOSED,
    COMMIT,
    SIMULATED,
    STAGE,
    VERSIONS,
    Cut,
    Version,
    cell_of,
    cut_of,
    unit_of,
)
from streams.revenue.weighted import by_category, by_stage, learned, weighted


class Figure(Struct, frozen=True, kw_only=True, gc=False):
    """What a version says of a unit, in cents; `low`, `middle` and `high` are P10, P50 and P90 where it gives them."""

    version: str
    cents: int
    low: int | None = None
    middle: int | None = None
    high: int | None = None
    width: float = 1.0
    by: str = ""


class Forecast(Struct, frozen=True, kw_only=True, gc=False):
    """The versions for a period on a day, and what they rest on.

    `cells` says for each deal which cell of `cut` it counts for, `sums` what each version comes to by cell. `earlier`
    are the periods that pace, weights and new business were read from; where there is none, the versions that need one
    are not there. `unvalued` are open deals without an amount that the company's currency knows, `undated` those
    without a planned close: no category counts them.
    """

    known: Known
    period: Period
    cut: Cut
    cells: Mapping[str, str]
    versions: Mapping[str, Version]
    sums: Mapping[str, Mapping[str, int]]
    courses: Courses
    earlier: tuple[Period, ...]
    earned: Earned
    adjustments: Mapping[Unit, Adjustment]
    unvalued: tuple[str, ...]
    undated: tuple[str, ...]


class Ground(Struct, frozen=True, kw_only=True, gc=False):
    """What forecasts of a period rest on, however they are cut: what is known, and the chances of deals.

    `likely` is the models' word on each open deal, `in_season` the same held beside earlier periods.
    """

    known: Known
    period: Period
    before: tuple[Earlier, ...]
    likely: Mapping[str, float]
    in_season: Mapping[str, float]


def ground_of(book: Book, period: Period, known: Known, chance: Chance) -> Ground:
    """Work out what forecasts of `period` rest on, as of `known`; `chance` is the models' word on each deal."""
    before = book.earlier(known, period)
    likely = chances(known, period, chance)
    in_season = seasoned(known, period, likely, factors(before, chance))
    return Ground(known=known, period=period, before=before, likely=likely, in_season=in_season)


def forecast(
    book: Book,
    period: Period,
    known: Known,
    chance: Chance,
    *,
    cut: Cut = "rep",
    weights: Earned | None = None,
    said: Iterable[Adjustment] = (),
    shocks: Shocks | None = None,
) -> Forecast:
    """Make every version for `period`, as of `known`.

    `chance` is the models' word on each deal, `weights` what the record has taught of the versions, `said` are
    managers' figures.
    """
    return forecast_on(ground_of(book, period, known, chance), cut=cut, weights=weights, said=said, shocks=shocks)


def forecast_on(
    ground: Ground,
    *,
    cut: Cut = "rep",
    weights: Earned | None = None,
    said: Iterable[Adjustment] = (),
    shocks: Shocks | None = None,
) -> Forecast:
    """Make every version on a ground that is worked out already; see `forecast`."""
    return forecasts_on(ground, (cut,), weights=weights, said=said, shocks=shocks)[cut]


def forecasts_on(
    ground: Ground,
    cuts: Sequence[Cut],
    *,
    weights: Earned | None = None,
    said: Iterable[Adjustment] = (),
    shocks: Shocks | None = None,
) -> dict[Cut, Forecast]:
    """Make every version by several cuts at once: the deals, of which there are many, are drawn once."""
    known, period, before = ground.known, ground.period, ground.before
    ahead: dict[Cut, Expected] = {}
    for cut in cuts:
        shares = shares_of(known, period, before, cut)
        ahead[cut] = Expected(ground.in_season, new_business(before, shares), shares, len(before))
    drawn = simulations(known, period, ahead, shocks)
    alike = [*rolled_up(known, period), *_by_weights(known, period, before)]
    alike.append(model_weighted(known, period, ground.likely))
    told = in_force(said, period, known.at)
    return {cut: _made(ground, cut, alike, ahead[cut], drawn[cut], weights or Earned(), told) for cut in cuts}


def _made(
    ground: Ground,
    cut: Cut,
    alike: Sequence[Version],
    ahead: Expected,
    courses: Courses,
    earned: Earned,
    told: Mapping[Unit, Adjustment],
) -> Forecast:
    known, period, before = ground.known, ground.period, ground.before
    won = closed(known, period)
    found = list(alike)
    if before:
        found += [pace(known, period, before, cut), shared_pace(known, period, before, ahead.shares)]
    rounded = {deal: round(cents) for deal, cents in courses.deals.items()}
    found.append(Version(SIMULATED, {**rounded, **won}, ahead.new))
    versions = {each.name: each for each in found}
    if before:
        versions[BLEND] = blended(versions, won, earned)
    else:
        versions[BLEND] = Version(BLEND, versions[SIMULATED].deals, versions[SIMULATED].beyond)
    cells = _cells(known, cut)
    return Forecast(
        known=known,
        period=period,
        cut=cut,
        cells=cells,
        versions=versions,
        sums={name: _by_cell(each, cells) for name, each in versions.items()},
        courses=courses,
        earlier=tuple(each.period for each in before),
        earned=earned,
        adjustments=told,
        unvalued=tuple(sorted(each.position.id for each in known.open if each.cents is None)),
        undated=tuple(sorted(each.position.id for each in known.open if each.position.closes is None)),
    )


def figures(made: Forecast, level: Level, company: Company) -> dict[Unit, tuple[Figure, ...]]:
    """What each version says of each unit of a level, in the order of `VERSIONS`.

    Versions add up over the units of a level; quantiles do not, nor does a manager's figure for the whole. Of a unit
    without deals there is a manager's figure alone, beside what is closed: nothing is learned from it. Raises
    `ValueError` where the forecast was cut by something else than the level is made of (`cut_of`).
    """
    if level != "company" and cut_of(level) != made.cut:
        raise ValueError(f"a forecast by {made.cut} has no figures by {level}; make one by {cut_of(level)}")
    sums = made.sums
    unit = {cell: unit_of(cell, made.cut, level, company) for each in sums.values() for cell in each}
    cents: dict[str, dict[Unit, int]] = {name: _added(each, unit) for name, each in sums.items()}
    if made.cut == "rep":
        cents[ADJUSTED] = adjusted(sums[COMMIT], sums[CLOSED], made.adjustments, company)
    spread = {name: _spread(made, name, unit) for name in (SIMULATED, BLEND)}
    found: dict[Unit, tuple[Figure, ...]] = {}
    there = set(unit.values())
    said_of = {each for each in made.adjustments if each.level == level and made.cut == "rep"}
    for each in sorted(there | said_of):
        row = []
        for name in VERSIONS if each in there else (CLOSED, ADJUSTED):
            if name not in cents:
                continue
            value = cents[name].get(each, 0)
            said = made.adjustments.get(each) if name == ADJUSTED else None
            width = made.earned.widths.get(level, 1.0) if name == BLEND else 1.0
            floor = cents[CLOSED].get(each, 0)
            band = _band(spread.get(name, {}).get(each), value, floor, width) if name in spread else (None,) * 3
            low, middle, high = band
            by = "" if said is None else said.by
            row.append(Figure(version=name, cents=value, low=low, middle=middle, high=high, width=width, by=by))
        found[each] = tuple(row)
    return found


def locked(made: Forecast, level: Level, company: Company) -> tuple[Locked, ...]:
    """What is kept of what was said, of each unit of a level."""
    kept = []
    for unit, row in figures(made, level, company).items():
        won = next(each.cents for each in row if each.version == CLOSED)
        kept += [
            Locked(
                period=made.period.name,
                day=made.known.day,
                unit=unit,
                version=each.version,
                cents=each.cents,
                closed=won,
                low=each.low,
                high=each.high,
                width=each.width,
                by=each.by or (unit.name if each.version == COMMIT and unit.level == "rep" else ""),
            )
            for each in row
        ]
    return tuple(kept)


def _by_weights(known: Known, period: Period, before: Sequence[Earlier]) -> list[Version]:
    keys = ((STAGE, by_stage), (CATEGORY, by_category))
    return [weighted(name, known, period, learned(before, key), key) for name, key in keys]


def _cells(known: Known, cut: Cut) -> dict[str, str]:
    positions = [*(each.position for each in known.open), *(each.position for each in known.wins)]
    return {each.id: cell_of(each, cut) for each in positions}


def _by_cell(version: Version, cells: Mapping[str, str]) -> dict[str, int]:
    found = dict(version.beyond)
    for deal, cents in version.deals.items():
        cell = cells[deal]
        found[cell] = found.get(cell, 0) + cents
    return found


def _added(by_cell: Mapping[str, int], unit: Mapping[str, Unit]) -> dict[Unit, int]:
    found: dict[Unit, int] = {}
    for cell, cents in by_cell.items():
        found[unit[cell]] = found.get(unit[cell], 0) + cents
    return found


def _spread(made: Forecast, name: str, unit: Mapping[str, Unit]) -> dict[Unit, Array]:
    """The courses of each unit, less their mean: each cell's are stretched to what the version expects of it."""
    by_cell, won, expected = made.sums[name], made.sums[CLOSED], made.courses.expected
    found: dict[Unit, Array] = {}
    for cell, draws in made.courses.draws.items():
        if expected.get(cell, 0.0) <= 0:
            continue
        coming = by_cell.get(cell, 0) - won.get(cell, 0)
        own = (draws - expected[cell]) * (coming / expected[cell])
        found[unit[cell]] = found[unit[cell]] + own if unit[cell] in found else own
    return found


def _band(spread: Array | None, value: int, floor: int, width: float) -> tuple[int, int, int]:
    """P10, P50 and P90 around a figure; nobody ends below what is won."""
    if spread is None:
        return value, value, value
    low, middle, high = np.quantile(spread, [LOW, 0.5, HIGH]) * width + value
    return max(round(low), floor), max(round(middle), floor), max(round(high), floor)
