"""What truly became of a deal, put together from the states it went through."""

from __future__ import annotations

from streams.alerts.policy import Policy
from streams.backtest.lives import Life, Lives
from streams.backtest.run import run
from streams.events.contract import encode
from streams.events.envelope import Event
from streams.state.opportunity import DAY
from tests.builders import (
    APPENDED_AT,
    a_call,
    a_clock,
    a_close_date,
    a_deletion,
    a_loss,
    a_reopening,
    a_touch,
    a_win,
    an_opportunity,
    ms,
)


def _lived(*events: Event) -> Lives:
    return run([encode(each) for each in events], Policy(), APPENDED_AT, partitions=3).lives


def test_every_contact_is_known_also_those_that_a_state_forgets() -> None:
    """A state keeps eight; a late one is sorted in."""
    calls = [a_call(1 + number / 2) for number in range(20)]
    late = a_call(9.1)
    life = _lived(an_opportunity(0), *calls, late, a_clock(12))["opp-1"]
    assert sorted(life.contacts) == sorted(ms(1 + number / 2) for number in (*range(20), 16.2))
    assert (life.born_at, life.horizon) == (ms(0), 14 * DAY)


def test_close_dates_are_known_since_they_were_heard() -> None:
    """A push begins a plan of its own; clearing the date ends it."""
    life = _lived(an_opportunity(0), a_close_date(1, 9), a_close_date(4, 19), a_close_date(5, None))["opp-1"]
    assert life.dates == [(ms(1), ms(10)), (ms(4), ms(20)), (ms(5), None)]


def test_a_deal_that_is_opened_again_was_open_twice() -> None:
    """From birth to its loss, and from its reopening to its win."""
    life = _lived(an_opportunity(0), a_loss(3), a_reopening(5), a_win(8), a_clock(12))["opp-1"]
    assert life.open_spans(ms(12)) == [(ms(0), ms(3), "lost"), (ms(5), ms(8), "won")]
    assert [life.status_at(ms(day)) for day in (2, 3, 4, 5, 7, 8)] == ["open", "lost", "lost", "open", "open", "won"]
    assert life.status == "won"


def test_an_end_that_is_heard_late_counts_from_when_it_came() -> None:
    """The first end counts, whenever somebody tells it."""
    life = _lived(an_opportunity(0), a_loss(6), a_win(4), a_clock(12))["opp-1"]
    assert life.turns == [(ms(4), "won")]


def test_an_open_deal_is_open_to_the_end_of_the_log() -> None:
    """What happens afterwards nobody knows."""
    assert _lived(an_opportunity(0), a_clock(12))["opp-1"].open_spans(ms(12)) == [(ms(0), ms(12), "open")]
    assert Life(ms(13), DAY).open_spans(ms(12)) == []


def test_a_deletion_ends_a_life_and_marketing_begins_none() -> None:
    """A lead is no deal."""
    lives = _lived(an_opportunity(0), a_deletion(3), a_touch(1, subject="lead-1"))
    assert list(lives) == ["opp-1"]
    assert lives["opp-1"].open_spans(ms(9)) == [(ms(0), ms(3), "deleted")]
