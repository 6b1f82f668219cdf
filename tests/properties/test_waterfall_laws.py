"""Laws of the waterfall: it balances to the cent, parts make the whole, and time may be cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.revenue.company import LEVELS, Company, Level, Unit
from streams.revenue.money import Rates, total
from streams.revenue.periods import FiscalCalendar, Grain
from streams.revenue.position import Move, Position
from streams.revenue.reasons import INCOMING, OUTGOING, REASONS, Reason
from streams.revenue.record import between, on_record
from streams.revenue.waterfall import View, Waterfall, waterfall, waterfalls
from tests.builders import MONDAY, ms
from tests.seeing import REPS, a_pipeline, moves
from tests.strategies import law

CATEGORIES = ("", "omitted", "pipeline", "best_case", "commit", "closed")
SPANS = st.tuples(st.integers(-1, 80), st.integers(-1, 80)).map(lambda days: (min(days), max(days)))
LEAVING_THE_UNIT: tuple[Reason, ...] = ("transferred_in", "transferred_out")


@dataclass(frozen=True)
class Lived:
    """A company, and what happened in it."""

    company: Company
    moves: list[Move]
    view: View
    since: int
    until: int

    @property
    def opening(self) -> list[Position]:
        return list(on_record(self.moves, self.since).values())

    @property
    def moved(self) -> list[Move]:
        return list(between(self.moves, self.since, self.until))

    def told(self, view: View | None = None, since: int | None = None, until: int | None = None) -> Waterfall:
        start, end = self.since if since is None else since, self.until if until is None else until
        opening = on_record(self.moves, start).values()
        moved = between(self.moves, start, end)
        return waterfall(opening, moved, self.view if view is None else view, self.company, start, end)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Any hierarchy of owners, fiscal year, time zone and rates, also ones that begin late or are missing."""
    days = st.integers(-10, 70).map(lambda day: (MONDAY + timedelta(days=day)).date())
    rate = st.decimals("0.0001", "9999", places=4)
    table = st.dictionaries(days, rate, max_size=5).map(lambda found: tuple(sorted(found.items())))
    teams = draw(st.dictionaries(st.sampled_from(REPS), st.sampled_from(["north", "south", "east"])))
    regions = draw(st.dictionaries(st.sampled_from(["north", "south", "east"]), st.sampled_from(["emea", "apac"])))
    return Company(
        timezone=draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland", "America/New_York"])),
        calendar=FiscalCalendar(draw(st.integers(1, 12))),
        rates=Rates(
            draw(st.sampled_from(["", "EUR", "EUR"])), draw(st.fixed_dictionaries({"USD": table, "JPY": table}))
        ),
        teams=teams,
        regions=regions,
    )


@st.composite
def lives(draw: st.DrawFn) -> Lived:
    """A stream of real events, some late by up to a week, looked at through any view, over any span."""
    seed = draw(st.integers(0, 2**32))
    company = draw(companies())
    first, last = draw(st.sampled_from([(-1, 80), (0, 30), (20, 50), (25, 26), (10, 10)]) | SPANS)
    planned = (MONDAY + timedelta(days=draw(st.integers(-5, 65)))).date()
    grains: list[Grain] = ["month", "quarter", "year"]
    period = draw(st.none() | st.sampled_from(grains).map(lambda grain: company.calendar.period(planned, grain)))
    view = View(
        unit=draw(st.just(Unit()) | units(company)),
        period=period,
        categories=draw(st.none() | st.frozensets(st.sampled_from(CATEGORIES), min_size=2)),
    )
    return Lived(company, moves(a_pipeline(seed)), view, ms(first), ms(last))


def units(company: Company) -> st.SearchStrategy[Unit]:
    """A unit of any level, also ones that nobody is in."""
    named = {"rep": ["", *REPS], "team": ["", "north", "south"], "region": ["", "emea", "apac"]}
    others = ["", "a", "b"]
    return st.sampled_from(LEVELS).flatmap(
        lambda level: (
            st.just(Unit())
            if level == "company"
            else st.builds(Unit, st.just(level), st.sampled_from(named.get(level, others)))
        )
    )


def brute(lived: Lived, at: int) -> tuple[Decimal, int, list[str]]:
    """What the view is worth at an instant, worked out anew with fractions, from the record alone."""
    day = lived.company.day(at)
    cents, count, unvalued = 0, 0, []
    for id_, each in on_record(lived.moves, at).items():
        if each.status != "open":
            continue
        if lived.view.period is not None and (
            each.closes is None or not lived.view.period.start <= each.closes < lived.view.period.end
        ):
            continue
        if lived.view.categories is not None and each.category not in lived.view.categories:
            continue
        if lived.company.unit(each, lived.view.unit.level).name != lived.view.unit.name:
            continue
        count += 1
        worth = _worth(each, lived.company, day)
        if worth is None:
            unvalued.append(id_)
        else:
            cents += round(worth * 100)
    return Decimal(cents).scaleb(-2), count, sorted(unvalued)


def _worth(position: Position, company: Company, day: date) -> Fraction | None:
    if position.amount is None:
        return None
    amount, own = Fraction(position.amount), company.rates.currency
    if not position.currency or not own or position.currency == own:
        return amount
    dated = [rate for since, rate in company.rates.table.get(position.currency, ()) if since <= day]
    return amount * Fraction(dated[-1]) if dated else None


@law(200)
@given(lives())
def test_start_and_all_changes_are_the_end_to_the_cent_and_as_the_record_says(lived: Lived) -> None:
    """Start and end are worked out anew with fractions; deals balance as money does, and each share has its sign."""
    told = lived.told()
    for pipeline, at in ((told.start, lived.since), (told.end, lived.until)):
        assert (pipeline.amount, pipeline.deals, list(pipeline.unvalued)) == brute(lived, at)
    changes = sum((int(told.amount(each).scaleb(2)) for each in REASONS), 0)
    assert int(told.start.amount.scaleb(2)) + changes == int(told.end.amount.scaleb(2))
    assert told.gap == 0
    came = sum(told.times(each) for each in INCOMING)
    went = sum(told.times(each) for each in OUTGOING)
    assert told.start.deals + came - went == told.end.deals
    for reason, bucket in told.buckets.items():
        assert bucket.amount == total(share.amount for share in bucket.shares)
        assert len({share.deal for share in bucket.shares}) == len(bucket.shares)
        for share in bucket.shares:
            assert share.amount >= 0 if reason in INCOMING or reason.endswith("up") else share.amount <= 0


@law(40)
@given(lives(), st.sampled_from(LEVELS))
def test_the_parts_of_a_level_are_the_whole_and_what_they_hand_over_cancels(lived: Lived, level: Level) -> None:
    """Whatever the hierarchy; and told at once or one by one, each part is the same."""
    view = View(period=lived.view.period, categories=lived.view.categories)
    whole = lived.told(view)
    parts = waterfalls(lived.opening, lived.moved, level, view, lived.company, lived.since, lived.until)
    for reason in REASONS:
        if reason not in LEAVING_THE_UNIT:
            assert total(part.amount(reason) for part in parts.values()) == whole.amount(reason), reason
            assert sum(part.times(reason) for part in parts.values()) == whole.times(reason), reason
    assert total(part.amount(each) for part in parts.values() for each in LEAVING_THE_UNIT) == 0
    assert total(part.start.amount for part in parts.values()) == whole.start.amount
    assert total(part.end.amount for part in parts.values()) == whole.end.amount
    for unit, part in parts.items():
        assert part == lived.told(View(unit=unit, period=view.period, categories=view.categories))


@law(40)
@given(lives())
def test_deals_that_change_hands_inside_a_team_are_nothing_to_it(lived: Lived) -> None:
    """A team that everybody is in reads as the company does, to which no owner matters."""
    one = Company(
        timezone=lived.company.timezone,
        calendar=lived.company.calendar,
        rates=lived.company.rates,
        teams=dict.fromkeys(("", *REPS), "all"),
    )
    view = View(unit=Unit("team", "all"), period=lived.view.period, categories=lived.view.categories)
    told = waterfall(lived.opening, lived.moved, view, one, lived.since, lived.until)
    assert not told.times("transferred_in")
    assert not told.times("transferred_out")
    company = lived.told(View(period=view.period, categories=view.categories))
    assert (told.start, told.buckets, told.end) == (company.start, company.buckets, company.end)


@law(40)
@given(lives(), st.integers(-1, 80))
def test_two_spans_that_meet_tell_what_one_span_tells(lived: Lived, cut: int) -> None:
    """Of the currency, up and down together do: a rise before the cut and a fall after it are one change without it."""
    middle = min(max(ms(cut), lived.since), lived.until)
    before, after, whole = lived.told(until=middle), lived.told(since=middle), lived.told()
    assert before.end == after.start
    currency: tuple[Reason, ...] = ("currency_up", "currency_down")
    for reason in REASONS:
        if reason not in currency:
            assert total((before.amount(reason), after.amount(reason))) == whole.amount(reason), reason
            assert before.times(reason) + after.times(reason) == whole.times(reason), reason
    assert total(each.amount(reason) for each in (before, after) for reason in currency) == total(
        whole.amount(reason) for reason in currency
    )


@law(40)
@given(lives())
def test_what_is_won_is_what_was_booked(lived: Lived) -> None:
    """With all categories: each deal that turns to won, at its amount and on its day, whatever was planned."""
    view = View(unit=lived.view.unit, period=lived.view.period)
    booked = [
        move
        for move in lived.moved
        if move.after.status == "won" and (move.before is None or move.before.status in ("open", "lost"))
    ]
    mine = [
        move
        for move in booked
        if lived.company.is_of(move.after, view.unit) and (view.period is None or move.after.closes in view.period)
    ]
    values = [lived.company.value(move.after, lived.company.day(move.at)) for move in mine]
    told = lived.told(view)
    assert told.times("won") == len(mine)
    assert told.amount("won") == total(-value for value in values if value is not None)


def test_moves_that_do_not_follow_on_are_refused() -> None:
    """A waterfall that cannot balance is not told."""
    first = Position(id="opp-1", amount="10")
    second = Position(id="opp-1", amount="12")
    with pytest.raises(ValueError, match="does not follow on"):
        waterfall([], [Move(ms(1), 0, first, second)], View(), Company(), ms(0), ms(2))
    with pytest.raises(ValueError, match="not between"):
        waterfall([first], [Move(ms(3), 0, first, second)], View(), Company(), ms(0), ms(2))
