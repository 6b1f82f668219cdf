"""How a deal's probabilities went: few points, a true curve, and what lies between them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events.contract import BY_KIND
from streams.state.history import (
    KINDS,
    LARGE_MOVE,
    MOST,
    RECENT_DAYS,
    SMALL_MOVE,
    Point,
    follow,
    kind_of_event,
    kinds_of,
    last_day,
    points_of,
    what_happened,
)
from tests.builders import Timeline, a_call, a_message, a_proposal, a_stage, a_touch, an_opportunity, ms
from tests.strategies import law

#: How many bytes a history has at most.
_BYTES = 8 * MOST


def _followed(*days: tuple[int, float, float | None, float, int]) -> tuple[Point, ...]:
    history = b""
    for each in days:
        history = follow(history, *each)
    return points_of(history)


def _quiet(day: int, share: float = 0.2, what: int = 0) -> tuple[int, float, float | None, float, int]:
    return day, share, 0.5, 0.5, what


_SHARE = st.floats(0, 1)


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[int, float, float | None, float, int]]:
    """Estimates of later and later days, with the close date gone now and then, quiet for a while or jumping."""
    days: list[tuple[int, float, float | None, float, int]] = []
    day = 0
    share = draw(_SHARE)
    for _ in range(draw(st.integers(0, 60))):
        day += draw(st.sampled_from([1, 1, 1, 1, 5, 40]))
        share = draw(st.sampled_from([share, min(share + 0.015, 1.0), draw(_SHARE)]))
        slippage = draw(st.none() | st.just(0.5))
        days.append((day, share, slippage, draw(st.just(0.5) | _SHARE), draw(st.integers(0, (1 << len(KINDS)) - 1))))
    return days


@law(150)
@given(courses())
def test_a_history_is_bounded_and_ends_with_the_latest_estimate(
    course: list[tuple[int, float, float | None, float, int]],
) -> None:
    """After each day: bounded bytes, days in order, the first and the last day said as they were, to the per mille."""
    history = b""
    for count, (day, inactivity, slippage, win, what) in enumerate(course, start=1):
        history = follow(history, day, inactivity, slippage, win, what)
        points = points_of(history)
        assert len(history) <= _BYTES
        assert 1 <= len(points) <= min(count, MOST)
        assert [each.day for each in points] == sorted({each.day for each in points})
        assert (points[0].day, points[-1].day, last_day(history)) == (course[0][0], day, day)
        said = None if slippage is None else round(slippage * 1000)
        assert (points[-1].inactivity, points[-1].slippage, points[-1].win) == (
            round(inactivity * 1000),
            said,
            round(win * 1000),
        )


@law(100)
@given(courses())
def test_what_lies_between_is_handed_on_and_never_invented(
    course: list[tuple[int, float, float | None, float, int]],
) -> None:
    """What a point names is exactly what was told since the point before it."""
    points = _followed(*course)
    for before, after in pairwise(points):
        told = 0
        for day, _, _, _, what in course:
            told |= what if before.day < day <= after.day else 0
        assert after.what == kinds_of(told)


@law(100)
@given(st.lists(st.sampled_from([0.0, 0.004, 0.011, 0.4]), min_size=4, max_size=RECENT_DAYS))
def test_every_recent_day_lies_near_a_point_beside_it(steps: list[float]) -> None:
    """A day without a point of its own is less than a small move away from the point before it or after it."""
    shares, share = [], 0.1
    for step in steps:
        share = share + step if share + step <= 1.0 else share - step
        shares.append(share)
    points = _followed(*(_quiet(day, each) for day, each in enumerate(shares, start=1)))
    for day, each in enumerate(shares, start=1):
        before = [point for point in points if point.day <= day][-1]
        after = next(point for point in points if point.day >= day)
        assert min(abs(round(each * 1000) - point.inactivity) for point in (before, after)) < SMALL_MOVE


def test_where_nothing_moves_two_points_are_enough() -> None:
    """A quiet deal costs 16 bytes, however old it is."""
    points = _followed(*(_quiet(day) for day in range(1, 200)))
    assert [each.day for each in points] == [1, 199]


def test_a_jump_keeps_the_day_before_it() -> None:
    """So the curve is flat up to the jump, and what lies between is what happened on that day."""
    course = [_quiet(day) for day in range(1, 10)] + [_quiet(10, 0.6, what=1), _quiet(11, 0.6)]
    assert [(each.day, each.inactivity, each.what) for each in _followed(*course)] == [
        (1, 200, ()),
        (9, 200, ()),
        (10, 600, ("contact",)),
        (11, 600, ()),
    ]


def test_small_moves_are_let_go_when_they_are_old_and_large_ones_are_not() -> None:
    """Two weeks later a move of 5 points is gone, with what it knew handed on; one of 30 points is there."""
    course = [_quiet(1), _quiet(2, 0.25, what=2), _quiet(3, 0.2), _quiet(4, 0.5), *(_quiet(day, 0.5) for day in (5, 6))]
    assert [each.day for each in _followed(*course)] == [1, 2, 3, 4, 6]
    later = _followed(*course, *(_quiet(day, 0.5) for day in range(7, 30)))
    assert [(each.day, each.what) for each in later] == [(1, ()), (3, ("message",)), (4, ()), (29, ())]
    assert abs(later[1].inactivity - later[2].inactivity) >= LARGE_MOVE


def test_a_full_history_loses_the_old_point_that_tells_least() -> None:
    """Large moves on every day fill it; the smallest of the old ones leaves, and the beginning stays."""
    swings = [0.1, 0.9] * 30
    course = [_quiet(day, share) for day, share in enumerate(swings, start=1)]
    course[20] = _quiet(21, 0.8)
    days = [each.day for each in _followed(*course)]
    assert len(days) == MOST
    assert (days[0], days[-RECENT_DAYS:]) == (1, list(range(47, 61)))
    assert 21 not in days


def test_a_close_date_that_comes_or_goes_is_a_move() -> None:
    """Slippage that is not asked any more is none, and not the last number."""
    points = _followed(_quiet(1), _quiet(2), (3, 0.2, None, 0.5, 0), (4, 0.2, None, 0.5, 0))
    assert [(each.day, each.slippage) for each in points] == [(1, 500), (2, 500), (3, None), (4, None)]


@law(200)
@given(st.binary(max_size=2 * _BYTES), st.integers(0, 1 << 20), _SHARE)
def test_bytes_that_are_no_history_never_fail(damaged: bytes, day: int, share: float) -> None:
    """Whatever stands there is read as points, and followed by a bounded history."""
    assert len(points_of(damaged)) <= MOST
    assert len(follow(damaged, day, share, None, share, 0)) <= _BYTES


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_event_is_of_a_kind(kind: str) -> None:
    """Machines' events and those about feeds are something else."""
    assert kind_of_event(kind) in KINDS


def test_what_happened_is_named_by_the_events_own_time() -> None:
    """From an instant on, up to now; nothing where nothing did."""
    told = Timeline().tell(an_opportunity(0), a_call(1), a_message(2), a_stage(3, "offer", 2), a_touch(3.5))
    facts = told.facts()
    assert kinds_of(what_happened(facts, ms(0.5))) == ("contact", "message", "stage", "marketing")
    assert kinds_of(what_happened(facts, ms(1))) == ("contact", "message", "stage", "marketing")
    assert kinds_of(what_happened(facts, ms(1.1))) == ("message", "stage", "marketing")
    assert what_happened(facts, ms(3.6)) == 0


def test_a_call_in_vain_is_no_contact() -> None:
    """It happened, and it is not called what it was not."""
    facts = Timeline().tell(an_opportunity(0), a_call(1, connected=False)).facts()
    assert kinds_of(what_happened(facts, ms(0.5))) == ("other",)


def test_more_than_the_timeline_holds_is_said_to_be_more() -> None:
    """Thirteen events after an instant: the first may have been anything."""
    told = Timeline().tell(an_opportunity(0), *(a_proposal(1 + step / 100) for step in range(13)))
    assert kinds_of(what_happened(told.facts(), ms(0.5))) == ("proposal", "other")
