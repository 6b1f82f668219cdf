"""What is kept current says what a command says that is asked the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from models.closing import Closings
from models.dwell import Dwell
from streams.events import deal
from streams.events.envelope import Event
from streams.revenue.accuracy import Locked
from streams.revenue.answers import SOURCES_NAMED, ForecastTold, PipelineTold, SourcesTold
from streams.revenue.cohorts import cohorts
from streams.revenue.company import Company, Unit
from streams.revenue.money import Rates
from streams.revenue.practice import Practice
from streams.revenue.standing import Standing
from streams.revenue.tell_coaching import tell_attribution
from streams.revenue.tell_forecast import PEOPLE_TOLD
from streams.revenue.tell_pipeline import BATCH_NAMED, look_through, newest
from streams.revenue.teller import Teller
from tests.builders import a_category, a_stage, a_win, an_opportunity, calendar_day, ms
from tests.seeing import seen


def born(day: float, name: str, **data: object) -> Event:
    """A deal of ann's that is created with something on record."""
    said = {"owner": "ann", "stage": "discovery", "position": 1, "amount": "100", **data}
    return an_opportunity(day, deal.CreatedData(**said), subject=name)  # type: ignore[arg-type]


def a_standing(*events: Event, company: Company | None = None, practice: Practice | None = None) -> Standing:
    """How deals stand after events, which arrive in the order of their time."""
    standing = Standing(company or Company(), practice)
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


def test_a_batch_names_the_call_that_it_came_before() -> None:
    """The end of a quarter that is over by now, and the weekly call that the practice names, as the command does."""
    names = [f"opp-{number}" for number in range(6)]
    # Day 90 is the 31st of March 2024, a Sunday; day 107 a Wednesday.
    events = [born(80, name) for name in names]
    events += [
        a_category(day + number / 1440, "commit", subject=name)
        for day in (90, 107.5)
        for number, name in enumerate(names)
    ]
    events.append(born(110, "late"))
    for practice, calls in ((None, {ms(91)}), (Practice(call_weekday=4, call_hour=9), {ms(91), ms(109 + 9 / 24)})):
        standing = a_standing(*events, practice=practice)
        told = look_through(standing, standing.clock + 1, Closings(Dwell(), 0))
        assert {each.call for each in told.batches if each.call is not None} == calls
        assert len(told.batches) == 2


def test_wrong_dates_are_ranked_by_what_deals_are_worth_today() -> None:
    """A deal without a close date is worth something, and a rate that is planned for later is none of today's."""
    rates = Rates("EUR", {"USD": ((date(2024, 1, 1), Decimal("0.5")), (date(2024, 1, 20), Decimal(9)))})
    events = (
        born(1, "small", amount="90", close_date=calendar_day(5)),
        born(1, "none", amount="500"),
        born(1, "dollars", amount="600", currency="USD", close_date=calendar_day(6)),
        born(10, "good", close_date=calendar_day(60)),
        a_category(10, "commit", subject="good"),
    )
    told = list(Teller(a_standing(*events, company=Company(rates=rates))).tell())
    [pipeline] = [
        each
        for each in told
        if isinstance(each, PipelineTold) and each.unit == Unit() and each.period.name == "FY2024-Q1"
    ]
    assert [each.deal for each in pipeline.wrong_dates][:3] == ["none", "dollars", "small"]


def test_where_there_are_too_many_cohorts_the_latest_periods_are_told() -> None:
    """Not the last stages of the ladder: how deals begin is asked as often as how they end."""
    names = [f"opp-{quarter}-{number}" for quarter in range(3) for number in range(2)]
    events = [born(1 + 91 * (place // 2), name) for place, name in enumerate(names)]
    events += [a_stage(2 + 91 * (place // 2), "offer", 2, subject=name) for place, name in enumerate(names)]
    found = cohorts(a_standing(*events).moves, Company(), "company", ms(300))
    assert len(found) == 6
    assert [(each.stage, each.period) for each in newest(found, 4)] == [
        ("discovery", "FY2024-Q2"),
        ("discovery", "FY2024-Q3"),
        ("offer", "FY2024-Q2"),
        ("offer", "FY2024-Q3"),
    ]


def test_of_a_batch_of_all_deals_some_are_named_and_the_others_counted() -> None:
    """Who hands over a territory edits thousands of deals; a record on a topic must not grow with that."""
    names = [f"opp-{number:03d}" for number in range(BATCH_NAMED + 7)]
    events = [born(1, name) for name in names]
    events += [a_category(5 + number / 10_000, "commit", subject=name) for number, name in enumerate(names)]
    standing = a_standing(*events)
    [batch] = look_through(standing, standing.clock + 1, Closings(Dwell(), 0)).batches
    assert (len(batch.deals), batch.beyond, batch.edits) == (BATCH_NAMED, 7, BATCH_NAMED + 7)


def the_company(teller: Teller, period: str) -> ForecastTold:
    """The company's forecast for a period, of the next round."""
    return next(
        each
        for each in teller.tell()
        if isinstance(each, ForecastTold) and each.unit == Unit() and each.period.name == period
    )


def test_what_came_of_chances_is_told_anew_where_a_win_of_an_earlier_period_comes_late() -> None:
    """A program that runs says what one says that starts. Day 91 begins the second quarter, day 182 the third."""
    events = [
        born(1, "first"),
        a_win(5, subject="first"),
        born(80, "slow"),
        born(184, "new"),
        a_win(181, subject="slow"),
    ]
    seen_ = seen(events)
    standing = Standing(Company())
    for each in seen_[:-1]:
        standing.see(each)
    there = Teller(standing)
    before = the_company(there, "FY2024-Q3")
    standing.see(seen_[-1])
    after = the_company(there, "FY2024-Q3")
    assert (sum(each.won for each in before.came), sum(each.won for each in after.came)) == (0, 1)
    assert after.came == the_company(Teller(standing), "FY2024-Q3").came


def test_whoever_says_figures_of_several_units_has_one_record_at_the_company_and_one_at_each() -> None:
    """As the command tells it: by version and person, and not one of two rows of the same name."""
    standing = a_standing(born(1, "a"), a_win(20, subject="a"), born(100, "b"))
    said = [
        Locked(
            period="FY2024-Q1", day=date(2024, 1, 1), unit=Unit("team", team), version="adjusted", cents=5, by="boss"
        )
        for team in ("north", "south")
    ]
    teller = Teller(standing, said)
    told = {
        each.unit: each for each in teller.tell() if isinstance(each, ForecastTold) and each.period.name == "FY2024-Q2"
    }
    [mine] = [each for each in told[Unit()].scores if each.by]
    assert (mine.by, mine.score.cases, mine.score.outcomes) == ("boss", 2, 2)
    assert told[Unit()].people_left_out == 0


def test_of_thousands_of_people_the_company_names_those_with_the_most_outcomes() -> None:
    """A record on a topic has a bound; the others are counted, and told with their units."""
    standing = a_standing(born(1, "a"), a_win(20, subject="a"), born(100, "b"))
    said = [
        Locked(
            period="FY2024-Q1", day=date(2024, 1, 1), unit=Unit("rep", f"r-{number}"), version="commit", cents=5,
            by=f"r-{number}",
        )
        for number in range(PEOPLE_TOLD + 3)
    ]  # fmt: skip
    told = the_company(Teller(standing, said), "FY2024-Q2")
    assert len([each for each in told.scores if each.by]) == PEOPLE_TOLD
    assert told.people_left_out == 3


def test_of_thousands_of_lead_sources_those_that_matter_are_told() -> None:
    """What was won most and what is at risk most; the others are counted."""
    names = [f"s-{number:03d}" for number in range(2 * SOURCES_NAMED + 5)]
    events = [born(1, f"opp-{name}", lead_source=name, amount=str(1 + place)) for place, name in enumerate(names)]
    events += [a_win(5, subject=f"opp-{name}") for name in names]
    standing = a_standing(*events)
    [told] = [
        each
        for each in tell_attribution(standing, standing.clock + 1)
        if isinstance(each, SourcesTold) and each.what == "lead_source"
    ]
    assert len(told.sources) + told.left_out == len(names)
    assert len(told.sources) <= 2 * SOURCES_NAMED
    assert told.sources[0].name == names[-1]
