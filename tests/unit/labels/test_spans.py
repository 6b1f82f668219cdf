"""Completed spans: a silence that ended, a stage that was left."""

from __future__ import annotations

from streams.labels.lesson import GapEnded, StayEnded
from streams.labels.spans import ended_spans
from tests.builders import Timeline, a_call, a_clock, a_stage, an_opportunity, an_owner, ms


def _spans(timeline: Timeline) -> list[GapEnded | StayEnded]:
    return [each for each in timeline.lessons if isinstance(each, GapEnded | StayEnded)]


def test_a_first_contact_ends_no_gap() -> None:
    """A gap lies between two contacts."""
    timeline = Timeline().tell(an_opportunity(0), a_call(3))
    assert _spans(timeline) == []
    assert ended_spans(None, timeline.facts(), ms(3)) == []


def test_a_gap_belongs_to_stage_and_owner_during_it() -> None:
    """What the deal was while the buyer was silent, not what it became with the contact."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1), an_owner(2, "rep-2"), a_call(4.5))
    assert [GapEnded("opp-1", ms(4.5), ms(4.5), "discovery", "rep-2", 3.5)] == _spans(timeline)


def test_a_stay_ends_with_the_next_stage() -> None:
    """Days from entering a stage to leaving it; the same stage again ends nothing."""
    timeline = Timeline().tell(an_opportunity(0), a_stage(2, "discovery"), a_stage(5, "offer"), a_stage(6, "demo"))
    assert [
        StayEnded("opp-1", ms(5), ms(5), "discovery", 5.0),
        StayEnded("opp-1", ms(6), ms(6), "offer", 1.0),
    ] == _spans(timeline)


def test_an_event_of_the_past_ends_nothing_new() -> None:
    """A contact that is sorted in between two known ones is reported by neither."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1), a_call(5), a_call(3), a_clock(6))
    assert [each.days for each in _spans(timeline)] == [4.0]


def test_two_gaps_noticed_at_once_are_both_learned() -> None:
    """Two contacts that arrive late, one after the other, end two gaps, and both become norms."""
    from streams.labels.classroom import Classroom

    timeline = Timeline().tell(an_opportunity(0), a_call(1), a_clock(6), a_call(3), a_call(5))
    classroom = Classroom()
    for lesson in timeline.lessons:
        classroom.hear(lesson)
    gaps = [each for each in classroom.spans.values() if isinstance(each, GapEnded)]
    assert 2 == len(_spans(timeline)) == len(gaps)
