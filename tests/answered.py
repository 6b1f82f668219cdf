"""What a program of role revenue keeps current, of a generated company: real answers, made by the real functions.

Four teams in two regions sell for some fourteen months; three have habits, two channels win deals and one follows
winners. The company has quotas, and it is ten weeks into a quarter. One manager has said a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from models.closing import Closings
from streams.demo.settings import PlantedChannel, TeamHabit, WorldSettings
from streams.demo.world import World, generate
from streams.revenue.accuracy import Locked, is_weekly, record
from streams.revenue.answers import Answer
from streams.revenue.blend import Earned, earned
from streams.revenue.chances import by_stays
from streams.revenue.company import Company, Level, Unit
from streams.revenue.forecast import Forecast, forecast, locked
from streams.revenue.money import Rates
from streams.revenue.periods import Period
from streams.revenue.reliability import reliability, told
from streams.revenue.rollup import Adjustment
from streams.revenue.standing import Standing
from streams.revenue.stays import dwell_of, stays
from streams.revenue.tell_coaching import tell_attribution, tell_matrix, tell_sheets
from streams.revenue.tell_forecast import CUTS, Past, tell_forecasts
from streams.revenue.tell_pipeline import look_through, tell_pipelines
from streams.state.opportunity import DAY
from tests.conducting import seen_in

START = datetime(2025, 1, 6, tzinfo=UTC)
DEALS, DAYS = 900, 435
TODAY = date(2026, 3, 12)
LEVELS: tuple[Level, ...] = ("company", "region", "team", "rep")
SETTINGS = WorldSettings(
    reps=16,
    cycle_days=48.0,
    heartbeat_minutes=0,
    team_habits={
        "team-de-1": (TeamHabit.BY_THE_BOOK, TeamHabit.WEEKLY_REVIEW),
        "team-uk-1": (TeamHabit.SKIPS_STAGES,),
        "team-fr-1": (TeamHabit.SINGLE_THREADS,),
    },
    channels={
        "podcast": PlantedChannel(reach=0.35, sways=0.4),
        "partner": PlantedChannel(reach=0.25, sways=0.3),
        "reference": PlantedChannel(follows=0.8),
    },
)


@cache
def company_answers() -> tuple[Answer, ...]:
    """All answers, as of `TODAY`; made once a run."""
    world = World(7, START, SETTINGS)
    company = company_of(world)
    standing = Standing(company)
    for each in seen_in((line.at, line.value) for line in generate(world, DEALS, DAYS)):
        if each.at < company.instant(TODAY):
            standing.see(each)
    for number, deal in enumerate(sorted(standing.facts)):
        if number % 3 == 0:
            standing.at_risk.add(deal)
    standing.pass_time(company.instant(TODAY))
    return tuple(_told(standing))


def company_of(world: World) -> Company:
    """Two regions, the company's currency and quotas."""
    quotas = {
        name: {
            Unit(): Decimal(4500000),
            Unit("region", "emea"): Decimal(3400000),
            Unit("region", "americas"): Decimal(1100000),
        }
        for name in ("FY2025-Q4", "FY2026-Q1", "FY2026-Q2")
    }
    return Company(
        rates=Rates(
            "EUR", {name: ((date(2025, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))}
        ),
        teams={rep.id: rep.team for rep in world.organisation.reps},
        regions={rep.team: "americas" if "-us-" in rep.team else "emea" for rep in world.organisation.reps},
        quotas=quotas,
    )


def _told(standing: Standing) -> Iterator[Answer]:
    company = standing.company
    at = company.instant(TODAY)
    period = company.calendar.period(TODAY)
    quarters = [company.calendar.following(period, back) for back in (-2, -1, 0)]
    locks = [each for quarter in quarters for each in _locks(standing, quarter)]
    known = standing.book.known(TODAY)
    came = {
        (quarter.name, unit): sum(win.cents for win in known.closed(quarter) if company.is_of(win.position, unit))
        for quarter in quarters[:-1]
        for unit in {each.unit for each in locks}
    }
    over = [each for each in locks if each.period != period.name]
    past = Past(
        locks=tuple(each for each in locks if each.period == period.name),
        levels=record(over, came, lambda each: (each.version, each.unit.level)),
        people=record((each for each in over if each.by), came, lambda each: (each.version, each.by, each.unit)),
        came=reliability(one for each in quarters[:-1] for one in told(standing.book, standing.moves, each, known)),
    )
    weights = earned(over, came, "rep")
    closings = _closings(standing, at)
    daily = look_through(standing, at, closings)
    said = (
        Adjustment(
            at=at - 2 * DAY,
            by="mara",
            period=period.name,
            unit=Unit("region", "emea"),
            cents=310_000_000,
            reason="two renewals are signed, the record is behind",
        ),
    )
    for one in (period, company.calendar.following(period)):
        for cut in CUTS:
            made = forecast(standing.book, one, known, by_stays(closings), cut=cut, weights=weights, said=said)
            yield from tell_forecasts(made, company, past if one == period else Past())
        yield from tell_pipelines(standing, one, company.instant(period.start), at, daily)
    yield tell_matrix(standing, at)
    yield from tell_sheets(standing, at, {})
    yield from tell_attribution(standing, at)


def _locks(standing: Standing, period: Period) -> Iterator[Locked]:
    for ahead in range(0, period.days, 7):
        day = date.fromordinal(period.start.toordinal() + ahead)
        if day < TODAY and is_weekly(day, period):
            made = _made(standing, period, day)
            for level in LEVELS:
                yield from locked(made, level, standing.company)


def _made(standing: Standing, period: Period, day: date, weights: Earned | None = None) -> Forecast:
    known = standing.book.known(day)
    return forecast(standing.book, period, known, by_stays(_closings(standing, known.at)), weights=weights)


def _closings(standing: Standing, at: int) -> Closings:
    return Closings(dwell_of(stays(standing.moves, at), at), at // DAY)
