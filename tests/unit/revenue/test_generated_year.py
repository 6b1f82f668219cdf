"""A year of a generated organisation, faults and late events and all: the pipeline balances in every view of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from streams.demo.world import World, generate
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.revenue.company import LEVELS, Company, Unit
from streams.revenue.money import Rates, total
from streams.revenue.periods import Period
from streams.revenue.position import Move
from streams.revenue.reasons import Reason
from streams.revenue.record import between, on_record
from streams.revenue.waterfall import View, waterfall, waterfalls
from tests.seeing import moves

#: What happens in any year of that organisation.
USUAL: set[Reason] = {
    "new", "undated_in", "transferred_in", "amount_up", "amount_down", "currency_up",
    "won", "lost", "no_decision", "deleted", "merged", "pushed_out", "transferred_out",
}  # fmt: skip
CURRENCIES = (("GBP", "1.17"), ("USD", "0.92"))
COMPANY = Company(
    timezone="Europe/Berlin",
    rates=Rates(
        "EUR",
        {
            name: tuple((date(2025, month, 1), Decimal(rate) + Decimal(month) / 1000) for month in range(1, 13))
            for name, rate in CURRENCIES
        },
    ),
    teams={f"rep-{code}-{number:02d}": f"team-{code}" for code in ("de", "uk", "us", "fr") for number in range(1, 10)},
    regions={"team-de": "emea", "team-uk": "emea", "team-fr": "emea"},
)


def arriving() -> Iterator[Event]:
    """The events of deals as they are delivered; what no partition takes is left out."""
    world = World(seed=11, start=datetime(2025, 1, 1, tzinfo=UTC))
    for line in generate(world, deals=90, days=365):
        event = decode(line.value, None, line.at)
        if not isinstance(event, Rejection) and event.subject:
            yield event


@pytest.fixture(scope="module")
def year() -> list[Move]:
    """What happened to the record of deals."""
    unique = {(event.subject, event.id): event for event in arriving()}
    return moves(unique.values(), "Europe/Berlin")


def test_a_year_balances_in_every_period_at_every_level(year: list[Move]) -> None:
    """To the cent, in euros, with dollars and pounds among them; and what usually happens does."""
    whole = COMPANY.calendar.named("FY2025")
    told: set[Reason] = set()
    for period in (None, whole, *COMPANY.calendar.parts(whole, "quarter")):
        begins, ends = (COMPANY.instant(each) for each in ((period or whole).start, (period or whole).end))
        opening, moved = on_record(year, begins).values(), list(between(year, begins, ends))
        company = waterfall(opening, moved, View(period=period), COMPANY, begins, ends)
        for level in LEVELS:
            parts = waterfalls(opening, moved, level, View(period=period), COMPANY, begins, ends)
            assert {part.gap for part in parts.values()} == {Decimal("0.00")}
            assert total(part.end.amount for part in parts.values()) == company.end.amount
            told |= {reason for part in parts.values() for reason in part.buckets}
    assert told >= USUAL


def test_what_a_quarter_won_is_what_the_record_says_was_booked_in_it(year: list[Move]) -> None:
    """Nothing that was won in the quarter is missing in its waterfall, whatever had been planned."""
    for period in COMPANY.calendar.parts(COMPANY.calendar.named("FY2025"), "quarter"):
        begins, ends = COMPANY.instant(period.start), COMPANY.instant(period.end)
        opening = on_record(year, begins).values()
        told = waterfall(opening, between(year, begins, ends), View(period=period), COMPANY, begins, ends)
        assert -told.amount("won") == booked(year, period)


def booked(year: list[Move], period: Period) -> Decimal:
    """The value of all deals when they turned to won, within the period by the record and by their day."""
    begins, ends = COMPANY.instant(period.start), COMPANY.instant(period.end)
    values = [
        COMPANY.value(move.after, COMPANY.day(move.at))
        for move in between(year, begins, ends)
        if move.after.status == "won"
        and (move.before is None or move.before.status in ("open", "lost"))
        and move.after.closes in period
    ]
    return total(value for value in values if value is not None)


def test_products_and_owners_add_up_to_the_company(year: list[Move]) -> None:
    """The generator names a product of each deal."""
    at = COMPANY.instant(date(2025, 10, 1))
    opening = on_record(year, at).values()
    products = waterfalls(opening, [], "product", View(), COMPANY, at, at)
    assert Unit("product", "") not in products
    assert len(products) == 4
    company = waterfall(opening, [], View(), COMPANY, at, at)
    assert company.start == company.end
    assert total(each.start.amount for each in products.values()) == company.start.amount
