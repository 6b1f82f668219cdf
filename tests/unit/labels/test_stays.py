"""What the learner hears of stays: each is counted once, and taken back where it turns out to be wrong."""

from __future__ import annotations

from collections import Counter

from models.dwell import End, Stay
from streams.events.envelope import Event
from streams.labels.lesson import StaysChanged
from streams.state.opportunity import DAY
from tests.builders import (
    Timeline,
    a_call,
    a_deletion,
    a_loss,
    a_merge,
    a_reopening,
    a_restoration,
    a_stage,
    a_touch,
    a_win,
    an_opportunity,
    ms,
)

_FIRST = ms(0) // DAY


def told(timeline: Timeline) -> dict[Stay, int]:
    """All that was told, summed up."""
    net: Counter[Stay] = Counter()
    for lesson in timeline.lessons:
        if isinstance(lesson, StaysChanged):
            for stay, times in lesson.stays:
                net[stay] += times
    return {stay: times for stay, times in net.items() if times}


def test_a_stay_goes_on_until_it_ends() -> None:
    """A deal that is open counts among those at risk; the move ends its stay and begins the next one."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1))
    assert told(timeline) == {Stay("discovery", 1, _FIRST): 1}
    timeline.tell(a_stage(5, "offer", 2))
    assert told(timeline) == {
        Stay("discovery", 1, _FIRST, 5.0, "forward", "offer"): 1,
        Stay("offer", 2, _FIRST + 5): 1,
    }
    assert (
        told(timeline.tell(a_stage(6.5, "discovery", 1)))[Stay("offer", 2, _FIRST + 5, 1.5, "back", "discovery")] == 1
    )


def test_the_end_of_the_deal_ends_the_stay() -> None:
    """Won, lost, and no decision are three ends."""
    ends: list[tuple[Event, End]] = [
        (a_win(3), "won"),
        (a_loss(3), "lost"),
        (a_loss(3, no_decision=True), "no_decision"),
    ]
    for event, end in ends:
        assert told(Timeline().tell(an_opportunity(0), event)) == {Stay("discovery", 1, _FIRST, 3.0, end): 1}


def test_a_reopening_takes_the_end_back() -> None:
    """The deal is in its stage again, since it first came there."""
    timeline = Timeline().tell(an_opportunity(0), a_loss(3), a_reopening(9))
    assert told(timeline) == {Stay("discovery", 1, _FIRST): 1}
    lost_and_gone = Timeline().tell(an_opportunity(0), a_loss(3), a_deletion(4), a_reopening(9))
    assert told(lost_and_gone) == told(timeline)
    moved = Timeline().tell(an_opportunity(0), a_loss(3), a_stage(4, "offer", 2), a_reopening(9))
    assert told(moved) == {Stay("discovery", 1, _FIRST, 3.0, "lost"): 1, Stay("offer", 2, _FIRST + 4): 1}


def test_a_deal_that_is_deleted_or_merged_has_no_outcome() -> None:
    """The stay that it was in is taken back, also without an end; a restored deal counts again."""
    for event in (a_deletion(3), a_merge(3)):
        assert told(Timeline().tell(an_opportunity(0), event)) == {}
    for end in (a_win(3), a_loss(3)):
        assert told(Timeline().tell(an_opportunity(0), end, a_merge(4))) == {}
    back = Timeline().tell(an_opportunity(0), a_deletion(3), a_restoration(4))
    assert told(back) == {Stay("discovery", 1, _FIRST): 1}


def test_a_late_event_cuts_the_stay_that_it_falls_into() -> None:
    """What was told of the stays around it is taken back: nothing counts twice."""
    early = Timeline().tell(an_opportunity(0), a_stage(2, "offer", 2), a_stage(5, "contract", 3), a_win(6))
    late = Timeline().tell(an_opportunity(0), a_stage(5, "contract", 3), a_win(6), a_stage(2, "offer", 2))
    assert told(late) == told(early)
    assert told(early) == {
        Stay("discovery", 1, _FIRST, 2.0, "forward", "offer"): 1,
        Stay("offer", 2, _FIRST + 2, 3.0, "forward", "contract"): 1,
        Stay("contract", 3, _FIRST + 5, 1.0, "won"): 1,
    }


def test_a_lead_is_in_no_stage_and_a_deal_without_stages_in_one_without_a_name() -> None:
    """Marketing alone makes no deal; feeds without stages still teach how long deals take."""
    assert told(Timeline().tell(a_touch(0))) == {}
    assert told(Timeline().tell(a_call(1))) == {Stay("", None, _FIRST + 1): 1}
    assert told(Timeline().tell(a_call(1), a_win(4))) == {Stay("", None, _FIRST + 1, 3.0, "won"): 1}


def test_the_end_of_a_deal_that_nobody_saw_open_is_no_stay() -> None:
    """A feed that begins with the end tells nothing of how long it took; a reopening takes nothing back."""
    assert told(Timeline().tell(a_win(1))) == {}
    assert told(Timeline().tell(a_win(1), a_reopening(2))) == {Stay("", None, _FIRST + 1): 1}


def test_a_stage_that_says_closed_is_left_at_once() -> None:
    """Many feeds move a deal to a last stage in the instant in which it is won."""
    timeline = Timeline().tell(an_opportunity(0), a_stage(3, "closed won", 9, id="a"), a_win(3, id="b"))
    assert told(timeline)[Stay("closed won", 9, _FIRST + 3, 0.0, "won")] == 1
