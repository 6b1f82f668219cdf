"""Laws of what is said week by week: when it is made makes no difference, and late truth changes the record alone."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from models.dwell import Dwell
from streams.revenue.accuracy import Locked
from streams.revenue.book import Book
from streams.revenue.company import Company, Unit
from streams.revenue.position import Move
from streams.revenue.rollup import Adjustment, adjustment_of, in_force
from streams.revenue.said import Said
from streams.revenue.stays import StayCount, dwell_of, stays
from streams.state.opportunity import DAY
from tests.builders import a_figure
from tests.seeing import a_pipeline, moves
from tests.selling import Desk, noon
from tests.strategies import law

COMPANY = Company(teams={"ana": "north", "ben": "north", "cleo": "south"}, regions={"north": "emea"})
FIRST = date(2025, 1, 6)
LAST = FIRST + timedelta(days=200)
#: Five months of deals: opened on a day, open for so many, won or not.
DEALS = st.lists(
    st.tuples(
        st.integers(0, 150), st.integers(1, 60), st.booleans(), st.integers(1, 10**6), st.sampled_from(["ana", "cleo"])
    ),
    min_size=3,
    max_size=12,
)


def told(deals: list[tuple[int, int, bool, int, str]]) -> list[Move]:
    """What happened to deals, in order of time."""
    desk = Desk(COMPANY)
    for number, (opened, ends, won, cents, owner) in enumerate(deals):
        day, name = FIRST + timedelta(days=opened), f"d{number}"
        desk.opened(name, day, f"{cents / 100:.2f}", owner=owner, stage="offer")
        end = day + timedelta(days=ends)
        desk.won(name, end) if won else desk.lost(name, end)
    return sorted(desk.book.moves, key=lambda move: move.at)


def counts(dwell: Dwell) -> dict[str, tuple[object, ...]]:
    """Without the rank of a stage, which is the one that was told last."""
    return {name: (each.ends, each.moves, each.going) for name, each in dwell.stages.items()}


@law(60)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 80), min_size=1, max_size=6))
def test_stays_counted_from_day_to_day_are_those_counted_at_once(seed: int, days: list[int]) -> None:
    """Whatever the order of the questions, however much was known of the log at each, and whatever came late."""
    known: list[Move] = []
    whole = moves(a_pipeline(seed))
    start = whole[0].at if whole else 0
    count = StayCount(known)
    for number, day in enumerate(days, start=1):
        known += whole[len(known) : len(whole) * number // len(days)]
        at = start + day * DAY
        assert counts(count.until(at)) == counts(dwell_of(stays(known, at), at))


@law(12)
@given(DEALS, st.integers(0, 200))
def test_a_week_made_up_later_says_what_was_said_then(deals: list[tuple[int, int, bool, int, str]], days: int) -> None:
    """A session that saw the log grow, one that kept half of it, and one that came at the end, have the same locks."""
    log, now = told(deals), FIRST + timedelta(days=days)
    live = Said(Book(COMPANY), grain="month")
    place, day = 0, FIRST
    while day <= now:
        at = COMPANY.instant(day)
        while place < len(log) and log[place].at < at:
            live.book.add(log[place])
            place += 1
        for period, due in list(live.due(day)):
            assert due == day
            live.say(period, due)
        day += timedelta(days=1)
    late = caught_up(Said(Book(COMPANY, log), grain="month"), now)
    half = [each for each in late.kept if each.day.day % 2]
    again = caught_up(Said(Book(COMPANY, log), grain="month", kept=half), now)
    assert list(live.kept) == list(late.kept) == list(again.kept)
    assert not list(late.due(now))


@law(12)
@given(DEALS, st.integers(1, 10**6))
def test_late_truth_changes_how_it_came_out_and_nothing_that_was_said(
    deals: list[tuple[int, int, bool, int, str]], cents: int
) -> None:
    """A win that is told after its period was over counts in what came, to the cent, for its rep and all above."""
    said = caught_up(Said(Book(COMPANY, told(deals)), grain="month"), LAST)
    kept, before = list(said.kept), said.came(LAST)
    if not kept:
        return
    period = COMPANY.calendar.named(kept[0].period)
    weights = said.weights(period)
    late = Desk(COMPANY)
    late.opened("late", period.start, f"{cents / 100:.2f}", owner="ana")
    late.won("late", period.start)
    for move in late.book.moves:
        said.book.add(Move(noon(LAST - timedelta(days=1)), 0, move.before, move.after))
    after = said.came(LAST)
    assert list(said.kept) == kept
    assert said.weights(period) == weights
    ana = {Unit("rep", "ana"), Unit("team", "north"), Unit("region", "emea"), Unit()}
    for key, came in before.items():
        assert after[key] - came == (cents if key[0] == period.name and key[1] in ana else 0)


@law(12)
@given(DEALS, st.integers(0, 10**6), st.integers(0, 200), st.integers(0, 40))
def test_a_managers_figure_is_in_the_weeks_after_it_was_said(
    deals: list[tuple[int, int, bool, int, str]], cents: int, days: int, late: int
) -> None:
    """And in none before, nor before it came on record; the one who said it is kept with it."""
    at = noon(FIRST + timedelta(days=days))
    book = Book(COMPANY, told(deals))
    period = COMPANY.calendar.period(FIRST + timedelta(days=days), "month")
    figure = Adjustment(at=at, by="mia", period=period.name, unit=Unit("team", "north"), cents=cents)
    at += late * DAY
    figure = replace(figure, recorded_at=at if late else None)
    without = caught_up(Said(book, grain="month"), LAST)
    along = caught_up(Said(book, grain="month", adjustments=[figure]), LAST)
    before = {(each.day, each.unit, each.version): each for each in without.kept}
    after = {(each.day, each.unit, each.version): each for each in along.kept}
    assert before.keys() <= after.keys()
    for key, one in after.items():
        is_later = one.period == period.name and COMPANY.instant(one.day) > at
        if is_later and one.unit == figure.unit and one.version == "adjusted":
            assert (one.cents, one.by) == (max(cents, one.closed), "mia")
        elif key not in before:  # a team without deals has a row where somebody said a figure of it
            assert is_later and one.unit == figure.unit and one.cents == 0
        elif not is_later or one.version != "adjusted" or one.unit.level == "rep":
            assert one == before[key]


@law(40)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.none() | st.integers(0, 5), st.sampled_from("xy")),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_copies_of_figures_count_once_in_whatever_order_they_come(
    figures: list[tuple[int, str, int | None, str]], chance: Random
) -> None:
    """Of each partition one; and where a source uses an id for two, everybody takes the same."""
    events = [
        a_figure(day, None if amount is None else f"{amount}.00", unit=unit, name=name)
        for day, name, amount, unit in figures
    ]
    one, other = Said(Book(COMPANY)), Said(Book(COMPANY), adjustments=map(adjustment_of, events))
    told = [adjustment_of(each, each.at + late) for each in events for late in (3, 0, 5)]
    chance.shuffle(told)
    for each in told:
        one.hear(each)
    assert one.adjustments == other.adjustments
    assert len(one.adjustments) == len({each.id for each in events})
    assert all(each.on_record <= each.at for each in one.adjustments)
    period = COMPANY.calendar.named("FY2024-Q1")
    assert in_force(one.adjustments, period, 2**60) == in_force(reversed(other.adjustments), period, 2**60)


def caught_up(said: Said, now: date) -> Said:
    """Everything said that was due by a day."""
    for period, due in list(said.due(now)):
        said.say(period, due)
    return said


def test_weights_of_a_period_to_come_are_those_of_today() -> None:
    """The present one is not over, so what came of it so far is no outcome."""
    desk = Desk(COMPANY)
    for number in range(40):
        desk.opened(f"d{number}", FIRST + timedelta(days=4 * number), owner="ana")
        desk.won(f"d{number}", FIRST + timedelta(days=4 * number + 2))
    said = caught_up(Said(desk.book, grain="month"), date(2025, 5, 20))
    month = partial(COMPANY.calendar.period, grain="month")
    assert said.weights(month(date(2025, 5, 1))).much_outcomes == 2
    ahead = said.make(month(date(2025, 7, 1)), said.book.known(date(2025, 5, 20)))
    assert ahead.earned.much_outcomes == 2
    assert said.weights(month(date(2025, 6, 1))).much_outcomes == 3


def test_a_week_with_nobody_to_say_anything_of_is_due_once() -> None:
    """The only deal that ever was is won before the period, and nothing follows."""
    desk = Desk(COMPANY)
    desk.opened("d0", date(2025, 1, 1), owner="ana")
    desk.won("d0", date(2025, 1, 1))
    said, day = Said(desk.book, grain="month"), date(2026, 3, 1)
    for period, due in list(said.due(day)):
        said.say(period, due)
    assert not [each for each in said.kept if each.day == day]
    assert not list(said.due(day))


def test_what_is_kept_of_other_days_and_grains_is_left_out() -> None:
    """A judged first of a month is no weekly lock; a kept day that is said anew is replaced."""
    lock = Locked(period="FY2025-M02", day=date(2025, 2, 8), unit=Unit(), version="pace", cents=1)
    others = [
        Locked(period="FY2025-M02", day=date(2025, 2, 9), unit=Unit(), version="pace", cents=1),
        Locked(period="FY2025-Q1", day=date(2025, 1, 8), unit=Unit(), version="pace", cents=1),
    ]
    said = Said(Book(COMPANY), grain="month", kept=[lock, *others])
    assert list(said.kept) == [lock]
    newer = Locked(period="FY2025-M02", day=date(2025, 2, 8), unit=Unit(), version="pace", cents=2)
    other = Locked(period="FY2025-M02", day=date(2025, 2, 8), unit=Unit(), version="model", cents=3)
    said.keep([newer])
    said.keep([other])
    assert list(said.kept) == [newer, other]


def test_the_record_is_by_version_and_by_person() -> None:
    """Commit is said by its rep, an adjusted figure by its manager."""
    desk = Desk(COMPANY)
    for number in range(30):
        desk.opened(f"d{number}", FIRST + timedelta(days=4 * number), owner="ana")
        desk.won(f"d{number}", FIRST + timedelta(days=4 * number + 2))
    figure = Adjustment(at=noon(date(2025, 3, 10)), by="mia", period="FY2025-M03", unit=Unit(), cents=99)
    said = caught_up(Said(desk.book, grain="month", adjustments=[figure]), date(2025, 4, 20))
    found = said.record(lambda each: (each.version, each.by), date(2025, 4, 20))
    assert found["commit", "ana"].outcomes == 1
    assert found["adjusted", "mia"].cases == 3
    assert found["adjusted", "mia"].bias is not None
    assert found["blend", ""].intervals == found["blend", ""].cases > 0


def test_what_was_asked_too_early_is_asked_again() -> None:
    """Weights before their record was made up, and chances before the log was read to its end."""
    desk, day = Desk(COMPANY), date(2025, 5, 3)
    for number in range(30):
        desk.opened(f"d{number}", FIRST + timedelta(days=4 * number), owner="ana")
        desk.won(f"d{number}", FIRST + timedelta(days=4 * number + 2))
    log = sorted(desk.book.moves, key=lambda move: move.at)
    said, fresh = Said(Book(COMPANY, log[:10]), grain="month"), Said(Book(COMPANY, log), grain="month")
    period = COMPANY.calendar.period(day, "month")
    for each in (said, fresh):
        each.make(period, each.book.known(day))
        assert each.weights(period).much_outcomes == 0
    for move in log[10:]:
        said.book.add(move)
    assert said.make(period, said.book.known(day)).versions == fresh.make(period, fresh.book.known(day)).versions
    assert len(said.make(period, said.book.known(day)).known.open) == 1
    assert caught_up(said, day).weights(period).much_outcomes == 2


def test_nothing_is_learned_from_a_figure_of_a_team_without_deals() -> None:
    """Neither weights nor widths: what nobody works on says nothing of the versions."""
    desk = Desk(COMPANY)
    for number in range(30):
        desk.opened(f"d{number}", FIRST + timedelta(days=4 * number), owner="cleo")
        desk.won(f"d{number}", FIRST + timedelta(days=4 * number + 2))
    units = Unit("team", "north"), Unit("rep", "ana")
    figures = [
        Adjustment(at=noon(date(2025, 3, 2)), by="mia", period="FY2025-M03", unit=unit, cents=500) for unit in units
    ]
    period = COMPANY.calendar.named("FY2025-M05")
    without = caught_up(Said(desk.book, grain="month"), period.start)
    along = caught_up(Said(desk.book, grain="month", adjustments=figures), period.start)
    assert {each.unit for each in along.kept} - {each.unit for each in without.kept} >= set(units)
    assert along.weights(period) == without.weights(period)
    assert along.weights(period).who_outcomes > 0
