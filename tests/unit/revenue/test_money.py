"""Money is exact to the cent, whatever the amounts, the rates and their number."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.money import Rates, difference, mean, total
from tests.strategies import law

DAY = date(2026, 1, 1)
AMOUNTS = st.decimals(0, 10**15 - 1, places=6).map(str)
MONEY = st.decimals(-(10**30), 10**30, places=2)


@law(200)
@given(AMOUNTS, st.decimals("0.000001", "999999", places=6))
def test_a_value_is_the_product_rounded_half_to_even_to_the_cent(amount: str, rate: Decimal) -> None:
    """Held against fractions, for the largest amounts and the finest rates."""
    value = Rates("EUR", {"USD": ((DAY, rate),)}).value(amount, "USD", DAY)
    assert value == Decimal(round(Fraction(amount) * Fraction(rate) * 100)).scaleb(-2)


@law(100)
@given(st.lists(MONEY, max_size=30))
def test_sums_and_differences_lose_nothing(values: list[Decimal]) -> None:
    """Python's own sum would, beyond 28 digits."""
    exact = sum(Fraction(value) for value in values)
    assert Fraction(total(values)) == exact
    assert Fraction(difference(total(values), Decimal("0.01"))) == exact - Fraction(1, 100)


def test_a_rate_holds_until_the_next_one() -> None:
    """Before the first one there is no value; the last one holds on."""
    rates = Rates("EUR", {"USD": ((DAY, Decimal("0.9")), (DAY + timedelta(days=10), Decimal("0.8")))})
    values = [rates.value("100", "USD", DAY + timedelta(days=day)) for day in (-1, 0, 9, 10, 1000)]
    assert values == [None, Decimal("90.00"), Decimal("90.00"), Decimal("80.00"), Decimal("80.00")]


def test_amounts_of_the_company_currency_or_none_need_no_rate() -> None:
    """And a company that names none has one currency, whatever its amounts say."""
    rates = Rates("EUR")
    assert rates.value("1.005", "EUR", DAY) == Decimal("1.00")
    assert rates.value("1.015", "", DAY) == Decimal("1.02")
    assert rates.value("1", "USD", DAY) is None
    assert rates.value(None, "EUR", DAY) is None
    assert Rates().value("1", "USD", DAY) == Decimal("1.00")


def test_an_average_is_told_to_the_cent() -> None:
    """Like every amount, so that topic, page and command say the same; of nothing there is none."""
    assert mean([Decimal(100), Decimal(100), Decimal(101)]) == Decimal("100.33")
    assert str(mean([Decimal(2)])) == "2.00"
    assert mean([]) is None
