"""The rep's categories, rolled up cumulatively as Salesforce does, and what managers said on top.

Each column contains those before: closed, commit, most likely, best case, pipeline. Counted are deals that are planned
to close in the period, whatever their stage says, since a category is a judgement and a stage is a process; `omitted`
is left out; an open deal without a category counts as pipeline, as Salesforce sets it. Source: Salesforce help,
"cumulative forecast rollups": Commit = Closed + Commit, Best Case = Commit + (Most Likely +) Best Case. Its *Open
Pipeline* leaves out what is closed; ours does not, so that the columns can only rise: that is `pipeline` less `closed`.

A manager's figure replaces the roll-up of commit below it, for the unit that it was said of; it stays until another
one is said, while the deals move. Above that unit, the figure is what is added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from streams.events.control import ForecastAdjusted
from streams.revenue.book import Known
from streams.revenue.company import Company, Level, Unit
from streams.revenue.periods import Period
from streams.revenue.version import BEST_CASE, COMMIT, MOST_LIKELY, PIPELINE, ROLLUPS, Version

#: The first column in which an open deal of a category counts; `omitted` in none.
_FIRST: Mapping[str, str] = {
    "commit": COMMIT,
    "closed": COMMIT,
    "most_likely": MOST_LIKELY,
    "best_case": BEST_CASE,
    "pipeline": PIPELINE,
    "": PIPELINE,
}
#: From the smallest unit to the company: each is made of the ones before.
_LADDER: tuple[Level, ...] = ("rep", "team", "region", "company")


class Adjustment(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody's own figure for a unit and a period, said at an instant (milliseconds); none takes it back.

    `source` and `id` are the event's that said it: copies of it have the same. It is on record since `recorded_at`
    (milliseconds; none: since it was said), which is later where it came late: nobody knew of it before.
    """

    at: int
    by: str
    period: str
    unit: Unit
    cents: int | None
    reason: str = ""
    source: str = ""
    id: str = ""
    recorded_at: int | None = None

    @property
    def on_record(self) -> int:
        """Since when it is on record, in milliseconds."""
        return self.at if self.recorded_at is None else self.recorded_at


def adjustment_of(event: ForecastAdjusted, recorded_at: int | None = None) -> Adjustment:
    """What an event says that came on record at an instant (`Announced.at`; none: when it was said)."""
    data = event.data
    return Adjustment(
        at=event.at,
        by=event.actor,
        period=data.period,
        unit=Unit(data.level, data.unit),
        cents=None if data.amount is None else round(Decimal(data.amount) * 100),
        reason=data.reason,
        source=event.source,
        id=event.id,
        recorded_at=recorded_at,
    )


def rolled_up(known: Known, period: Period) -> tuple[Version, ...]:
    """The five columns for a period."""
    won = {each.position.id: each.cents for each in known.closed(period)}
    columns: dict[str, dict[str, int]] = {name: dict(won) for name in ROLLUPS}
    for each in known.open:
        first = _FIRST.get(each.position.category)
        if each.cents is None or first is None or each.position.closes not in period:
            continue
        for name in ROLLUPS[ROLLUPS.index(first) :]:
            columns[name][each.position.id] = each.cents
    return tuple(Version(name, deals) for name, deals in columns.items())


def in_force(said: Iterable[Adjustment], period: Period, at: int) -> dict[Unit, Adjustment]:
    """The latest figure of each unit for a period that was on record before an instant; those taken back are none.

    Of those said at the same instant the one with the greatest id is the latest, in whatever order they come.
    """
    latest: dict[Unit, Adjustment] = {}
    for each in sorted(said, key=lambda one: (one.at, one.id, one.source)):
        if each.period == period.name and each.on_record < at:
            latest[each.unit] = each
    return {unit: each for unit, each in latest.items() if each.cents is not None}


def adjusted(
    commit: Mapping[str, int], closed: Mapping[str, int], said: Mapping[Unit, Adjustment], company: Company
) -> dict[Unit, int]:
    """What each rep, team, region and the company come to with managers' figures on top of `commit`, in cents by rep.

    A unit's own figure counts; without one, the sum of its parts, adjusted likewise. Never less than what is won.
    """
    found: dict[Unit, int] = {}
    below = {Unit("rep", rep): cents for rep, cents in commit.items()}
    won = {Unit("rep", rep): cents for rep, cents in closed.items()}
    for level in _LADDER:
        if level != "rep":
            below = _added(below, level, company)
            won = _added(won, level, company)
        for unit, each in said.items():
            if unit.level == level and each.cents is not None:
                below[unit] = max(each.cents, won.get(unit, 0))
        found.update(below)
    return found


def _added(parts: Mapping[Unit, int], level: Level, company: Company) -> dict[Unit, int]:
    whole: dict[Unit, int] = {}
    for part, cents in parts.items():
        unit = _above(part, level, company)
        whole[unit] = whole.get(unit, 0) + cents
    return whole


def _above(part: Unit, level: Level, company: Company) -> Unit:
    match level:
        case "team":
            return Unit(level, company.teams.get(part.name, ""))
        case "region":
            return Unit(level, company.regions.get(part.name, ""))
        case _:
            return Unit()
