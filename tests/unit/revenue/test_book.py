"""What was on record on a day, and on the same day of periods before."""

from datetime import date
from decimal import Decimal

from streams.revenue.company import Company
from streams.revenue.money import Rates
from streams.revenue.periods import FiscalCalendar
from streams.revenue.position import Move, Position
from streams.state.dates import day_start
from tests.selling import Desk

QUARTERS = FiscalCalendar()


def test_what_happens_on_a_day_is_not_known_when_it_begins() -> None:
    """A forecast of the morning does not know the afternoon."""
    desk = Desk()
    desk.opened("a", date(2026, 5, 4))
    desk.won("a", date(2026, 5, 6))

    assert desk.book.known(date(2026, 5, 4)).open == ()
    assert [each.position.id for each in desk.book.known(date(2026, 5, 6)).open] == ["a"]
    assert desk.book.known(date(2026, 5, 6)).wins == ()
    assert [each.cents for each in desk.book.known(date(2026, 5, 7)).wins] == [10_000]


def test_what_happens_at_the_very_instant_at_which_a_day_begins_is_of_that_day() -> None:
    """A log of days has everything at midnight."""
    desk = Desk()
    at = day_start(date(2026, 5, 4), "UTC")
    desk.book.add(Move(at, 1, None, Position(id="a", amount="100", created_at=at)))

    assert desk.book.known(date(2026, 5, 4)).open == ()
    assert len(desk.book.known(date(2026, 5, 5)).open) == 1


def test_a_win_knows_what_was_planned() -> None:
    """Also where the amount changed before it: the last plan counts."""
    desk = Desk()
    desk.opened("a", date(2026, 5, 4), "100")
    desk.changed("a", date(2026, 5, 5), amount="80")
    desk.won("a", date(2026, 5, 6), "72.50")

    [win] = desk.book.known(date(2026, 6, 1)).wins
    assert (win.cents, win.planned, win.closed) == (7_250, 8_000, date(2026, 5, 6))


def test_the_same_day_is_as_far_from_the_end_and_tells_existing_from_new() -> None:
    """20 days before the end of June are compared with 20 days before the end of March."""
    desk = Desk()
    desk.opened("first", date(2025, 12, 1))
    desk.won("first", date(2025, 12, 20))
    desk.opened("was there", date(2026, 3, 1))
    desk.opened("came later", date(2026, 3, 20))
    desk.won("was there", date(2026, 3, 25))
    desk.won("came later", date(2026, 3, 28))
    desk.opened("won before", date(2026, 1, 5))
    desk.won("won before", date(2026, 2, 1))

    known = desk.book.known(date(2026, 6, 11))
    [earlier] = desk.book.earlier(known, QUARTERS.named("FY2026-Q2"))

    assert earlier.day == date(2026, 3, 12)
    assert [each.position.id for each in earlier.existing] == ["was there"]
    assert [each.position.id for each in earlier.new] == ["came later"]
    assert [each.position.id for each in earlier.open] == ["was there"]


def test_a_period_that_began_before_the_first_win_is_no_history() -> None:
    """The log knew how deals begin, not yet how they end."""
    desk = Desk()
    desk.opened("a", date(2026, 1, 2))
    desk.won("a", date(2026, 1, 9))

    assert desk.book.earlier(desk.book.known(date(2026, 5, 1)), QUARTERS.named("FY2026-Q2")) == ()
    found = desk.book.earlier(desk.book.known(date(2026, 8, 1)), QUARTERS.named("FY2026-Q3"))
    assert [each.period.name for each in found] == ["FY2026-Q2"]


def test_a_period_to_come_is_compared_with_those_that_are_over() -> None:
    """152 before the end; the period that is running is none that is over."""
    desk = Desk()
    desk.opened("a", date(2025, 9, 1))
    desk.won("a", date(2025, 9, 2))

    found = desk.book.earlier(desk.book.known(date(2026, 5, 2)), QUARTERS.named("FY2026-Q3"))

    assert [(each.period.name, each.day) for each in found] == [
        ("FY2026-Q1", date(2025, 10, 31)),
        ("FY2025-Q4", date(2025, 8, 2)),
    ]


def test_a_value_is_in_the_companys_currency_at_the_rate_of_the_day() -> None:
    """An open deal at today's rate, a win at that of its day; without a rate there is no value."""
    rates = Rates("EUR", {"USD": ((date(2026, 1, 1), Decimal(1)), (date(2026, 5, 1), Decimal(2)))})
    desk = Desk(Company(rates=rates))
    desk.opened("won", date(2026, 4, 1), "10", currency="USD")
    desk.won("won", date(2026, 4, 2))
    desk.opened("open", date(2026, 4, 1), "10", currency="USD")
    desk.opened("unknown", date(2026, 4, 1), "10", currency="JPY")

    known = desk.book.known(date(2026, 6, 1))
    assert {each.position.id: each.cents for each in known.open} == {"open": 2_000, "unknown": None}
    assert [each.cents for each in known.wins] == [1_000]
