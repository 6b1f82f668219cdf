"""Coverage, and the coverage needed by a company's own record."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from streams.events import deal
from streams.events.envelope import Event, moment_of
from streams.revenue.company import Company, Unit
from streams.revenue.coverage import Coverage, coverage
from tests.seeing import moves

COMPANY = Company(teams={"ann": "north", "bob": "south"}, quotas={"FY2025-Q1": {Unit(): Decimal(1000)}})
Q1 = COMPANY.calendar.named("FY2025-Q1")


def at(text: str) -> int:
    """An instant (milliseconds)."""
    return int(date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000


def euros(*amounts: int) -> list[Decimal]:
    """Amounts of whole units."""
    return [Decimal(amount) for amount in amounts]


def lived(name: str, born: str, planned: str, amount: str, won: str = "", owner: str = "ann") -> list[Event]:
    """A deal that is created with a planned close, and won or still open."""
    data = deal.CreatedData(owner=owner, amount=amount, close_date=date.fromisoformat(planned))
    common = {"source": "/crm", "subject": name}
    events: list[Event] = [deal.Created(id=f"{name}-1", time=moment_of(at(born)), data=data, **common)]  # type: ignore[arg-type]
    if won:
        events.append(deal.Won(id=f"{name}-2", time=moment_of(at(won)), **common))  # type: ignore[arg-type]
    return events


HISTORY = [
    # On 2024-06-01, 30 days before the end, the second quarter had 400 standing: 100 of it was won in time.
    *lived("a", "2024-01-01", "2024-06-20", "100", won="2024-06-25"),
    *lived("b", "2024-01-01", "2024-06-20", "300"),
    # Won in time, but not there yet on that day.
    *lived("c", "2024-06-10", "2024-06-28", "50", won="2024-06-29"),
    # On 2024-09-01 the third one had 200: all won, half of it too late.
    *lived("d", "2024-07-01", "2024-09-20", "100", won="2024-09-30"),
    *lived("e", "2024-07-01", "2024-09-20", "100", won="2024-10-01", owner="bob"),
    # Won before that day: no pipeline any more.
    *lived("f", "2024-07-01", "2024-09-20", "900", won="2024-08-01"),
    # This quarter.
    *lived("g", "2025-01-02", "2025-03-20", "600", owner="bob"),
    *lived("h", "2025-01-02", "2025-03-20", "250", won="2025-02-01"),
    *lived("i", "2025-01-02", "2025-04-20", "999"),
]


def covered(day: str = "2025-03-02", level: str = "company", company: Company = COMPANY) -> dict[Unit, Coverage]:
    """The coverage of the first quarter of 2025 on a day; on the 2nd of March 30 days are left."""
    events = sorted(HISTORY, key=lambda event: event.at)
    return coverage(moves(events), company, level, Q1, at(day))  # type: ignore[arg-type]


def test_coverage_is_the_pipeline_for_what_is_still_missing() -> None:
    """600 stand for the 750 that are missing; what is planned for later is no pipeline of this quarter."""
    [found] = covered().values()
    assert [found.quota, found.won, found.missing, found.pipeline.amount] == euros(1000, 250, 750, 600)
    assert found.ratio == pytest.approx(0.8)


def test_what_is_needed_follows_from_what_such_pipelines_came_to() -> None:
    """100 of 400 and 100 of 200 were won in time: a third, so three times is needed, by four deals."""
    [found] = covered().values()
    assert [each.period for each in found.past] == ["FY2024-Q4", "FY2024-Q3", "FY2024-Q2", "FY2024-Q1"]
    assert [each.pipeline.amount for each in found.past] == euros(0, 200, 400, 0)
    assert [each.won for each in found.past] == euros(0, 100, 100, 0)
    assert [each.came for each in found.past] == euros(0, 0, 50, 0)
    assert [each.won_deals for each in found.past] == [0, 1, 1, 0]
    assert (found.win_rate, found.needed) == pytest.approx((1 / 3, 3.0))
    assert found.deals == 4
    assert found.enough is False


def test_each_unit_has_its_own_record() -> None:
    """Bob's one deal came too late, so nothing can be said of what Bob needs; no quota is made up."""
    found = covered(level="rep")
    bob, ann = found[Unit("rep", "bob")], found[Unit("rep", "ann")]
    assert (bob.quota, bob.missing, bob.ratio, bob.win_rate, bob.needed, bob.enough) == (
        None,
        None,
        None,
        0.0,
        None,
        None,
    )
    assert ann.win_rate == pytest.approx(2 / 5)
    assert ann.won == 250


def test_where_nothing_is_missing_there_is_enough() -> None:
    """A quota that is reached needs no pipeline."""
    company = Company(quotas={"FY2025-Q1": {Unit(): Decimal(200)}})
    [found] = covered(company=company).values()
    assert (found.missing, found.ratio, found.enough) == (Decimal("0.00"), None, True)


def test_what_is_known_later_is_not_known_before() -> None:
    """In January the win of February had not happened; 71 days before the third quarter's end more stood than later."""
    [found] = covered("2025-01-20").values()
    assert [found.won, found.pipeline.amount] == euros(0, 850)
    assert found.past[1].won == Decimal("1000.00")


def test_a_record_that_begins_today_says_nothing_of_the_past() -> None:
    """Neither a rate nor a number that looks like one."""
    events = lived("z", "2025-01-02", "2025-03-20", "600")
    [found] = coverage(moves(events), COMPANY, "company", Q1, at("2025-02-01")).values()
    assert (found.past, found.win_rate, found.needed, found.enough) == ((), None, None, None)


def test_a_period_that_goes_on_says_nothing_of_what_its_pipeline_comes_to() -> None:
    """Asked in January of the second quarter: the first one has not ended, so its pipeline is nobody's record."""
    events = sorted(HISTORY, key=lambda event: event.at)
    second = COMPANY.calendar.following(Q1)
    [found] = coverage(moves(events), COMPANY, "company", second, at("2025-01-20")).values()
    assert [each.period for each in found.past] == ["FY2024-Q4", "FY2024-Q3", "FY2024-Q2"]
    assert found.pipeline.amount == 999
