"""The score history for people: instants, shares, and what lies between, named and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given

from streams.alerts.history import KEPT, KIND_WORDS, ScorePoint, connected, probability_at, score_history, words_of
from streams.events.envelope import Event
from streams.state.history import KINDS
from tests.builders import (
    Timeline,
    a_call,
    a_clock,
    a_close_date,
    a_loss,
    a_message,
    a_reopening,
    an_opportunity,
    ms,
    some_moving_models,
)
from tests.strategies import histories, law

_MODELS = some_moving_models()


def _told(*events: Event, until: float) -> tuple[ScorePoint, ...]:
    deal = Timeline(_MODELS).tell(*events).until(until).deal()
    return score_history(deal.facts, deal.watch)


@law(60)
@given(histories(deals=1, most=10))
def test_the_last_point_is_the_current_estimate(history: list[Event]) -> None:
    """After every event and after days of silence, the last point says what the state says, at the same time."""
    timeline = Timeline(_MODELS)
    for step in (*history, a_clock(20.3), a_clock(21.3), a_clock(29)):
        timeline.tell(step)
        for deal in timeline.partition.deals.values():
            points = score_history(deal.facts, deal.watch)
            assert [each.at for each in points] == sorted({each.at for each in points})
            if deal.watch.estimates:
                said = {
                    target: deal.watch.estimates[target].probability
                    for target in KEPT
                    if target in deal.watch.estimates
                }
                assert (points[-1].at, points[-1].probabilities) == (
                    max(each.at for each in deal.watch.estimates.values()),
                    said,
                )


def test_events_lie_between_the_points_around_them() -> None:
    """A call on the fifth day lies between that day's question and the one before, and the rest is silence."""
    points = _told(an_opportunity(0), a_call(0.2), a_call(4.5), until=12)
    [moved] = [each for each in points if each.events]
    assert [each.kind for each in moved.events] == ["call_logged"]
    assert (moved.at, moved.kinds, moved.complete) == (ms(5), ("contact",), True)
    before = points[points.index(moved) - 1]
    assert before.at == ms(4)
    assert moved.probabilities["inactivity"] < before.probabilities["inactivity"]
    assert all(each.silent for each in points if each is not moved)


def test_an_event_in_the_instant_of_a_question_came_after_it() -> None:
    """The question of day 4 did not know of the call of that instant: the next one did, and names it."""
    points = _told(an_opportunity(0), a_call(0.2), a_call(4), until=12)
    [moved] = [each for each in points if each.events]
    assert (moved.at, moved.kinds, [each.at for each in moved.events]) == (ms(5), ("contact",), [ms(4)])
    assert moved.probabilities["inactivity"] < points[points.index(moved) - 1].probabilities["inactivity"]


def test_an_event_of_today_lies_before_the_current_estimate() -> None:
    """Between the day's question and now."""
    last = _told(an_opportunity(0), a_call(3.5), until=3.6)[-1]
    assert (last.at, [each.kind for each in last.events], last.kinds) == (ms(3.5), ["call_logged"], ("contact",))


def test_what_the_timeline_no_longer_holds_is_known_by_its_kind() -> None:
    """An old push stays named when twelve younger events have pushed it out of the timeline."""
    mails = (a_message(12 + step / 10) for step in range(13))
    points = _told(an_opportunity(0), a_close_date(1, 60), a_call(2), a_close_date(9.5, 90), *mails, until=14)
    [pushed] = [each for each in points if "close_date" in each.kinds and each.at > ms(5)]
    assert (pushed.at, pushed.events, pushed.complete) == (ms(10), (), False)
    assert words_of(pushed) == "close date moved"


def test_the_history_of_a_closed_deal_stays_and_leaves_the_closed_time_out() -> None:
    """No line leads over the days on which nobody was asked."""
    points = _told(an_opportunity(0), a_call(1), a_loss(6.5), a_reopening(15.5), until=20)
    closed = _told(an_opportunity(0), a_call(1), a_loss(6.5), until=20)
    assert closed[-1].at == ms(6)
    [again] = [each for each in points if not connected(each)]
    assert again.at == ms(16)
    assert probability_at(points, "win", ms(10)) is None
    assert probability_at(points, "win", ms(16)) == again.probabilities["win"]


def test_between_two_points_the_line_is_straight() -> None:
    """And outside of all points there is none."""
    points = (ScorePoint(0, {"win": 0.2}), ScorePoint(10, {"win": 0.6}), ScorePoint(20, {}))
    assert probability_at(points, "win", 5) == pytest.approx(0.4)
    assert [probability_at(points, "win", at) for at in (-1, 10, 15, 20, 21)] == [None, 0.6, None, None, None]


def test_every_kind_has_words() -> None:
    """Nothing is shown by its name in the code."""
    assert set(KINDS) == set(KIND_WORDS)
