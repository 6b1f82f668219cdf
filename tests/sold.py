"""Four months of an invented company's deals as events: three reps, two teams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from streams.events.contract import encode
from streams.events.deal import AmountChanged, AmountData, Created, CreatedData, Lost, LostData, Won, WonData
from streams.events.envelope import Event
from streams.revenue.draws import Draws

FIRST = datetime(2024, 7, 7, 9, tzinfo=UTC)
DAYS = 120
#: The company's file, and the rules file with its teams.
COMPANY = """
currency = "EUR"
[region.emea]
teams = ["north"]
"""
TEAMS = """
[team.north]
owners = ["ana", "ben"]
[team.south]
owners = ["cleo"]
"""


def lines(until: datetime | None = None) -> list[bytes]:
    """The events of before `until` in the order of time, encoded."""
    told = sorted(_events(), key=lambda each: (each.time, each.id))
    return [encode(each) for each in told if until is None or each.time < until]


def _events() -> Iterator[Event]:
    luck = Draws(4 * DAYS).uniform("sold")
    for day in range(DAYS):
        first, second, third, fourth = luck[4 * day : 4 * day + 4]
        opened = FIRST + timedelta(days=day)
        subject = f"deal-{day}"
        amount = f"{1_000 + int(4_000 * first)}.00"
        owner = ("ana", "ben", "cleo")[int(3 * second)]
        data = CreatedData(owner=owner, stage="offer", position=1, amount=amount, currency="EUR")
        yield Created(id=f"{subject}-1", source="/crm", subject=subject, time=opened, data=data)
        ends = opened + timedelta(days=5 + int(60 * third))
        if first > 0.9:
            change = AmountData(amount="2500.00", currency="EUR")
            at = opened + timedelta(days=2)
            yield AmountChanged(id=f"{subject}-2", source="/crm", subject=subject, time=at, data=change)
        if fourth < 0.5:
            yield Won(id=f"{subject}-3", source="/crm", subject=subject, time=ends, data=WonData())
        elif fourth < 0.9:
            yield Lost(id=f"{subject}-3", source="/crm", subject=subject, time=ends, data=LostData())
