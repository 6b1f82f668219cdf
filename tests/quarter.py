"""What a program of role revenue keeps current ten weeks into a quarter, of a company that has much to tell.

Four teams in two regions sell for some ten months; three have habits, two channels win deals and one follows
winners. The company has quotas, and a manager has said a figure. All answers are made by what makes them in earnest.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from streams.demo.settings import PlantedChannel, TeamHabit, WorldSettings
from streams.demo.world import World, generate
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.events.envelope import moment_of
from streams.revenue.answers import Answer, Said, encode_answer, key_of
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.seen import Announced
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from streams.state.opportunity import DAY
from streams.web.revenue_model import RevenueModel
from tests.conducting import seen_in

DEALS, DAYS = 480, 310
TODAY = date(2026, 3, 12)
QUARTER, NEXT = "FY2026-Q1", "FY2026-Q2"
MANAGER, SAID, WHY = "mara", "3100000.00", "two renewals are signed, and the record is behind"
WORLD = World(
    7,
    datetime(2025, 5, 5, tzinfo=UTC),
    WorldSettings(
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
    ),
)
_TEAMS = {rep.id: rep.team for rep in WORLD.organisation.reps}
COMPANY = Company(
    rates=Rates(
        "EUR", {name: ((date(2025, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))}
    ),
    teams=_TEAMS,
    regions={team: "americas" if "-us-" in team else "emea" for team in _TEAMS.values()},
    quotas={
        QUARTER: {
            Unit("region", "emea"): Decimal(2_900_000),
            Unit("region", "americas"): Decimal(800_000),
        }
    },
)


@cache
def told_of_a_quarter() -> tuple[Answer, ...]:
    """All answers as of `TODAY`, once all days that were due are locked."""
    standing = _standing()
    teller = Teller(standing)
    list(teller.tell())
    said: list[Said] = []
    while teller.waiting:
        said += teller.lock()
    again = Teller(standing, [lock for each in said for lock in each.locks()])
    return (*said, *again.tell())


@cache
def records() -> tuple[tuple[bytes, bytes], ...]:
    """The same as records of the topics: keys and values."""
    return tuple((key_of(each), encode_answer(each)) for each in told_of_a_quarter())


def a_revenue_model() -> RevenueModel:
    """A model of the page that has read all of them."""
    model = RevenueModel(COMPANY)
    for key, value in records():
        model.take(key, value)
    return model


def _standing() -> Standing:
    standing = Standing(COMPANY)
    until = COMPANY.instant(TODAY)
    for each in seen_in((line.at, line.value) for line in generate(WORLD, DEALS, DAYS)):
        if each.at < until:
            standing.see(each)
    standing.at_risk |= set(sorted(standing.facts)[::3])
    standing.announce(Announced(until - 2 * DAY, 0, _figure(until - 2 * DAY)))
    standing.pass_time(until - 1)
    return standing


def _figure(at: int) -> ForecastAdjusted:
    data = AdjustmentData(period=QUARTER, level="region", unit="emea", amount=SAID, reason=WHY)
    return ForecastAdjusted(id="said-1", source="/page", time=moment_of(at), actor=MANAGER, data=data)
