"""What is kept current says what a command says that is asked the same."""

from __future__ import annotations

from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.answers import ForecastTold
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.standing import Standing
from streams.revenue.teller import Teller
from tests.builders import an_opportunity
from tests.seeing import seen


def born(day: float, name: str, **data: object) -> Event:
    """A deal of ann's that is created with something on record."""
    said = {"owner": "ann", "stage": "discovery", "position": 1, "amount": "100", **data}
    return an_opportunity(day, deal.CreatedData(**said), subject=name)  # type: ignore[arg-type]


def a_standing(*events: Event, company: Company | None = None) -> Standing:
    """How deals stand after events, which arrive in the order of their time."""
    standing = Standing(company or Company())
    for each in seen(sorted(events, key=lambda event: event.at), standing.company.timezone):
        standing.see(each)
    return standing


def test_currencies_that_nobody_converts_are_named_once_for_the_company() -> None:
    """With a currency of its own the company has what cannot be converted without value instead."""
    events = (born(0, "one", currency="EUR"), born(1, "two", currency="USD", owner="bob"), born(2, "three"))
    for company, mixed in ((Company(), ("EUR", "USD")), (Company(rates=Rates("EUR")), ())):
        told = [each for each in Teller(a_standing(*events, company=company)).tell() if isinstance(each, ForecastTold)]
        assert {each.mixed for each in told if each.unit == Unit()} == {mixed}
        assert {each.mixed for each in told if each.unit != Unit()} == {()}
