"""Answers of revenue to a year of a generated organisation: every kind of them, made by what makes them in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from streams.demo.world import World, generate
from streams.events.control import AdjustmentData, ForecastAdjusted
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.revenue.answers import Answer, Said
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.seen import Announced
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from tests.seeing import seen

TEAMS = {f"rep-{code}-{number:02d}": f"team-{code}" for code in ("de", "uk", "us", "fr") for number in range(1, 10)}
Q4 = "FY2025-Q4"
COMPANY = Company(
    timezone="Europe/Berlin",
    rates=Rates(
        "EUR",
        {name: ((date(2025, 1, 1), Decimal(rate)),) for name, rate in (("GBP", "1.17"), ("USD", "0.92"))},
    ),
    teams=TEAMS,
    regions={"team-de": "emea", "team-uk": "emea", "team-fr": "emea"},
    quotas={Q4: {Unit(): Decimal(900000), Unit("rep", "rep-de-01"): Decimal(90000)}},
)
TODAY = date(2025, 11, 20)


def a_standing() -> Standing:
    """How all deals stand when today begins; the manager of Germany says more than the team."""
    standing = Standing(COMPANY)
    until = COMPANY.instant(TODAY)
    for each in seen(_events(), COMPANY.timezone):
        if each.at < until:
            standing.see(each)
    standing.pass_time(until - 1)
    said = AdjustmentData(
        period=Q4, level="team", unit="team-de", amount="500000.00", reason="rep-de-01 has the tender"
    )
    at = datetime(2025, 11, 12, tzinfo=UTC)
    event = ForecastAdjusted(id="said-1", source="/crm", time=at, actor="boss-de", data=said)
    standing.announce(Announced(event.at, 0, event))
    return standing


@cache
def answered() -> tuple[Answer, ...]:
    """All answers to that year, once all days that were due are locked."""
    teller = Teller(a_standing())
    list(teller.tell())
    said: list[Said] = []
    while teller.waiting:
        said += teller.lock()
    again = Teller(a_standing(), [lock for each in said for lock in each.locks()])
    return (*said, *again.tell())


def _events() -> Iterator[Event]:
    world = World(seed=11, start=datetime(2025, 1, 1, tzinfo=UTC))
    for line in generate(world, deals=60, days=330):
        event = decode(line.value, None, line.at)
        if not isinstance(event, Rejection) and event.subject:
            yield event
