"""The score history in a terminal: one character a column, and nothing that did not happen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.history import score_history
from streams.cli.deal_history import BLOCKS, OPENED, RESOLVED, Picture, legend, moves, picture
from streams.events.envelope import Event
from tests.builders import (
    Timeline,
    a_call,
    a_close_date,
    a_loss,
    a_message,
    a_next_step,
    an_opportunity,
    some_moving_models,
)
from tests.strategies import histories, law

_MODELS = some_moving_models()


def _lived(*events: Event, until: float) -> Timeline:
    return Timeline(_MODELS).tell(*events).until(until)


def _drawn(told: Timeline, room: int = 60) -> Picture:
    deal = told.deal()
    return picture(score_history(deal.facts, deal.watch), deal.facts, told.alerts, room)


def test_a_day_is_a_column_and_higher_blocks_are_higher_probabilities() -> None:
    """Silence rises from column to column, and falls where the call stands."""
    drawn = _drawn(_lived(an_opportunity(0), a_call(0.5), a_call(9.5), until=12))
    assert (drawn.columns, len(drawn.blocks["inactivity"])) == (12, 12)
    heights = [BLOCKS.index(each) for each in drawn.blocks["inactivity"]]
    assert heights[:8] == sorted(heights[:8])
    assert heights[9] < heights[8]
    assert [column for column, sign in enumerate(drawn.events) if sign == "c"] in ([8], [9])
    assert "c call, meeting held or reply" in legend(drawn)


def test_where_a_target_is_not_asked_there_is_no_block() -> None:
    """Once the close date is over, nobody asks whether it will be missed."""
    drawn = _drawn(_lived(an_opportunity(0), a_close_date(0.1, 5), until=12))
    assert drawn.blocks["slippage"].rstrip() == drawn.blocks["slippage"][:6].rstrip()
    assert "  " in drawn.blocks["slippage"]


def test_alerts_stand_where_they_opened_and_ended() -> None:
    """In a line of their own, on the days on which they did."""
    told = _lived(an_opportunity(0), a_next_step(0.5, due=90), a_call(1), a_message(2), a_call(35), until=35.5)
    deal = told.deal()
    [ended] = [each for each in told.alerts if each.status == "resolved"]
    drawn = picture(score_history(deal.facts, deal.watch), deal.facts, [ended], 60)
    assert [drawn.alerts.index(sign) for sign in (OPENED, RESOLVED)] == [
        round((at - drawn.start) / (drawn.end - drawn.start) * (drawn.columns - 1))
        for at in (ended.opened_at, ended.at)
    ]
    assert "! alert opened, - alert ended" in legend(drawn)


def test_moves_name_what_lies_between_the_latest_first() -> None:
    """Only those of 5 points and more."""
    told = _lived(an_opportunity(0), a_call(0.5), a_call(9.5), until=12).deal()
    listed = moves(score_history(told.facts, told.watch))
    assert [(since, until) for since, until, _, _ in listed] == sorted(
        ((since, until) for since, until, _, _ in listed), reverse=True
    )
    assert [what for since, _, _, what in listed if since == "2024-01-10"] == ["call logged"]
    assert any(what == "silence" for *_, what in listed)


def test_a_closed_deal_is_drawn_up_to_its_end() -> None:
    """The end is the last column."""
    drawn = _drawn(_lived(an_opportunity(0), a_call(1), a_loss(20.5), until=30))
    assert drawn.events[-1] == "x"


@law(60)
@given(histories(deals=1, most=12), st.integers(1, 80))
def test_a_picture_fits_into_its_room(history: list[Event], room: int) -> None:
    """All lines are as wide as each other, and no wider than there is room."""
    deal = Timeline(_MODELS).tell(*history).until(30).deal()
    points = score_history(deal.facts, deal.watch)
    if points:
        drawn = picture(points, deal.facts, [], room)
        assert {len(each) for each in (*drawn.blocks.values(), drawn.events, drawn.alerts)} == {drawn.columns}
        assert 1 <= drawn.columns <= room
