"""When a deal will close, said: by the planned date, a date to propose, and on how much it rests."""

from __future__ import annotations

import pytest

from models.closing import Closings
from models.dwell import Dwell, StageDwell
from streams.alerts.closing import CloseStatement, foresee
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_call, a_close_date, a_win, an_opportunity, ms

_EPOCH = ms(20) // DAY
#: A hundred deals were won and a hundred lost after ten days or so; ten are in the stage for three days.
_KNOWN = Dwell(
    {
        "discovery": StageDwell(
            position=1, ends={"won": (*(0,) * 13, 100), "lost": (*(0,) * 13, 100)}, going={_EPOCH - 3: 10}
        )
    }
)


def _said(timeline: Timeline, day: float, dwell: Dwell = _KNOWN) -> CloseStatement:
    said = foresee(timeline.facts(), ms(day), Closings(dwell, _EPOCH))
    assert said is not None
    return said


def test_the_chance_by_the_planned_date_and_a_date_to_propose() -> None:
    """Half of the deals end well after nine to eleven days: a plan of five days is too short, one of twenty is not."""
    short = _said(Timeline().tell(an_opportunity(0), a_close_date(0.1, 4)), 0)
    long = _said(Timeline().tell(an_opportunity(0), a_close_date(0.1, 20)), 0)
    assert short.won_by is not None and long.won_by is not None
    assert short.won_by < 0.05 < 0.4 < long.won_by
    assert long.closed_by == pytest.approx(long.won_by + (long.lost_by or 0.0))
    assert sum(long.ways or ()) == pytest.approx(long.won_by)
    assert long.proposed is not None and long.safe is not None
    assert 9 < (long.proposed - ms(0)) / DAY < (long.safe - ms(0)) / DAY < 14
    assert long.planned_date == "2024-01-21"
    assert sum(long.bars) <= long.won + 1e-9


def test_the_reason_says_what_it_rests_on() -> None:
    """Cases and shares of evidence, in words and numbers."""
    said = _said(Timeline().tell(an_opportunity(0)), 9)
    assert "Deals that reach discovery and are 9 days in it" in said.reason
    assert "Based on 210 stays here, 200 of which lasted as long" in said.reason
    assert "95 % this stage" in said.reason
    assert said.own + said.others + said.prior == pytest.approx(1.0)
    first = _said(Timeline().tell(an_opportunity(0)), 9, Dwell())
    assert "Based on 0 stays here" in first.reason and "99 % the prior" in first.reason


def test_without_a_date_ahead_there_is_still_one_to_propose() -> None:
    """No date, or one that is over, has no chance; a deal that is closed has neither."""
    for timeline in (
        Timeline().tell(an_opportunity(0), a_call(1)),
        Timeline().tell(an_opportunity(0), a_close_date(0, 2)),
    ):
        said = _said(timeline, 5)
        assert (said.won_by, said.planned, said.ways, said.planned_date) == (None, None, None, "")
        assert said.proposed is not None and said.proposed > ms(5)
    won = Timeline().tell(an_opportunity(0), a_win(1))
    assert foresee(won.facts(), ms(2), Closings(_KNOWN, _EPOCH)) is None
