"""The targets exactly as they are defined: when they are asked, when answered, and how."""

from __future__ import annotations

import pytest

from streams.events.envelope import Event
from streams.labels.lesson import Answered, Asked, TakenBack
from streams.labels.outcome import AT_CLOSE, INACTIVITY, NO_DECISION, SILENCE, SLIPPAGE, WIN, asks_end
from streams.state.opportunity import DAY
from streams.state.watch import Promise
from tests.builders import (
    Timeline,
    a_backfill,
    a_call,
    a_clock,
    a_close_date,
    a_deletion,
    a_loss,
    a_merge,
    a_message,
    a_reopening,
    a_restoration,
    a_win,
    an_opportunity,
    ms,
)


def _lived(*events: Event, until: float) -> Timeline:
    return Timeline().tell(*events).until(until)


def _answers(timeline: Timeline, target: str) -> dict[int, tuple[float, bool | None]]:
    """Return the answers of a target: step -> (day on which it fell due, label)."""
    found: dict[int, tuple[float, bool | None]] = {}
    for lesson in timeline.lessons:
        if isinstance(lesson, Answered) and lesson.target == target:
            for step in range(lesson.first, lesson.last + 1):
                assert step not in found
                found[step] = (round((lesson.due - ms(0)) / DAY, 3), lesson.label)
    return found


def _asked(timeline: Timeline, target: str) -> list[int]:
    return [each.step for each in timeline.lessons if isinstance(each, Asked) and target in each.predicted]


def test_an_open_deal_is_asked_about_every_day() -> None:
    """Inactivity is asked on each day of the grid, which begins with the deal, not with midnight."""
    timeline = _lived(an_opportunity(0.25), until=4)
    asked = [each for each in timeline.lessons if isinstance(each, Asked)]
    assert [(step, ms(0.25 + step)) for step in (1, 2, 3)] == [(each.step, each.at) for each in asked]


def test_inactivity_is_answered_a_horizon_later() -> None:
    """The answer to the question of day 1 is given on day 15, not earlier, not later."""
    timeline = _lived(an_opportunity(0), until=14.999)
    assert _answers(timeline, INACTIVITY) == {}
    timeline.until(15)
    assert _answers(timeline, INACTIVITY) == {1: (15, True)}


def test_a_contact_within_the_horizon_is_activity() -> None:
    """A contact counts after the question and up to the horizon's end, both instants left out."""
    timeline = _lived(an_opportunity(0), a_call(3), until=17)
    assert _answers(timeline, INACTIVITY) == {1: (15, False), 2: (16, False), 3: (17, True)}


def test_a_message_of_the_seller_is_no_activity_of_the_buyer() -> None:
    """Only contact with the buyer answers the question with no."""
    assert _answers(_lived(an_opportunity(0), a_message(3), until=15), INACTIVITY) == {1: (15, True)}


def test_a_win_inside_the_horizon_counts_as_activity() -> None:
    """A deal that was won was not silent."""
    timeline = _lived(an_opportunity(0), a_win(2.5), until=30)
    assert _answers(timeline, INACTIVITY) == {1: (15, False), 2: (16, False)}


def test_a_loss_without_a_contact_is_inactivity() -> None:
    """A deal that ended without another word was silent; the answer still comes when it falls due."""
    timeline = _lived(an_opportunity(0), a_call(1.5), a_loss(3.5), until=30)
    assert _answers(timeline, INACTIVITY) == {1: (15, False), 2: (16, True), 3: (17, True)}


def test_the_call_that_ends_in_the_loss_counts() -> None:
    """A contact that is written down after the close, within the horizon, is a contact."""
    timeline = _lived(an_opportunity(0), a_loss(1.5), a_call(1.51), until=30)
    assert _answers(timeline, INACTIVITY) == {1: (15, False)}


def test_a_source_may_have_its_own_horizon() -> None:
    """A deal is judged by the horizon of the source that told of it first."""
    timeline = _lived(a_backfill(0, horizon_days=5), an_opportunity(0), until=7)
    assert _answers(timeline, INACTIVITY) == {1: (6, True), 2: (7, True)}


def test_a_silence_is_asked_about_until_it_reaches_the_horizon() -> None:
    """Counted from the last contact, or from the birth of the deal; afterwards there is nothing left to ask."""
    assert list(range(1, 14)) == _asked(_lived(an_opportunity(0), until=20), SILENCE)
    assert list(range(1, 17)) == _asked(_lived(an_opportunity(0), a_call(2.5), until=20), SILENCE)


def test_all_questions_of_a_silence_are_answered_when_it_reaches_the_horizon() -> None:
    """At once, and not earlier."""
    timeline = _lived(an_opportunity(0), until=13.999)
    assert _answers(timeline, SILENCE) == {}
    timeline.until(14)
    assert dict.fromkeys(range(1, 14), (14, True)) == _answers(timeline, SILENCE)


def test_a_contact_ends_a_silence_and_begins_another() -> None:
    """The one that ended is answered with no, but only when it would have reached the horizon."""
    timeline = _lived(an_opportunity(0), a_call(3), until=16.9)
    assert dict.fromkeys((1, 2, 3), (14, False)) == _answers(timeline, SILENCE)
    timeline.until(17)
    assert (17, True) == _answers(timeline, SILENCE)[4]


@pytest.mark.parametrize("end", [a_win(3.5), a_loss(3.5)], ids=["won", "lost"])
def test_a_silence_that_the_deal_does_not_outlive_is_none(end: Event) -> None:
    """What ends with the deal did not reach the horizon."""
    assert dict.fromkeys((1, 2, 3), (14, False)) == _answers(_lived(an_opportunity(0), end, until=20), SILENCE)


def test_a_message_of_the_seller_ends_no_silence() -> None:
    """Only the buyer can."""
    assert {(14, True)} == set(_answers(_lived(an_opportunity(0), a_message(3), until=14), SILENCE).values())


def test_slippage_is_asked_while_the_close_date_is_ahead() -> None:
    """No question without a close date, and none once it has passed."""
    assert _asked(_lived(an_opportunity(0), until=5), SLIPPAGE) == []
    timeline = _lived(an_opportunity(0), a_close_date(1.5, 3), until=9)
    assert _asked(timeline, SLIPPAGE) == [2, 3]


def test_slippage_is_answered_at_the_close_date() -> None:
    """A deal that is not won by the end of its close date has slipped, in all its open questions at once."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), until=3.99)
    assert _answers(timeline, SLIPPAGE) == {}
    timeline.until(4)
    assert dict.fromkeys((1, 2, 3), (4, True)) == _answers(timeline, SLIPPAGE)


def test_a_deal_won_by_its_close_date_has_not_slipped() -> None:
    """A win on the last day counts; the answer is given at the planned date."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), a_win(3.9), until=3.95)
    assert _answers(timeline, SLIPPAGE) == {}
    timeline.until(9)
    assert dict.fromkeys((1, 2, 3), (4, False)) == _answers(timeline, SLIPPAGE)


@pytest.mark.parametrize("end", [a_win(4.5), a_loss(2.5)], ids=["won late", "lost in time"])
def test_everything_but_a_win_in_time_is_a_slip(end: Event) -> None:
    """A win after the date and a loss before it have both missed the promise."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), end, until=9)
    assert {(4.0, True)} == set(_answers(timeline, SLIPPAGE).values())


def test_a_push_is_a_slip() -> None:
    """Questions asked under the old date fall due at the old date, whatever became of it since."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), a_close_date(2.5, 6), a_win(6.5), until=9)
    assert _answers(timeline, SLIPPAGE) == {
        1: (4, True),
        2: (4, True),
        3: (7, False),
        4: (7, False),
        5: (7, False),
        6: (7, False),
    }


def test_promises_to_the_same_date_are_kept_together() -> None:
    """Steps in a row that ask about one date are one promise; another date begins another."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 20), a_close_date(3.5, 25), a_close_date(5.5, 20), until=6)
    assert (Promise(ms(21), 1, 3), Promise(ms(26), 4, 5), Promise(ms(21), 6, 6)) == timeline.deal().watch.promises


def test_the_win_question_is_asked_ever_more_rarely() -> None:
    """Steps 1, 2, 3, 5, 8, 13 ..., so that old deals do not dominate."""
    assert [step for step in range(1, 101) if asks_end(step)] == [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
    assert _asked(_lived(an_opportunity(0), until=9), WIN) == [1, 2, 3, 5, 8]


@pytest.mark.parametrize(("end", "label"), [(a_win(3.5), True), (a_loss(3.5), False)])
def test_the_win_question_is_answered_when_the_deal_closes(end: Event, label: bool) -> None:
    """All steps at once, on the instant of the close."""
    timeline = _lived(an_opportunity(0), end, until=3.6)
    assert dict.fromkeys((1, 2, 3), (3.5, label)) == _answers(timeline, WIN)


@pytest.mark.parametrize(
    ("end", "label"),
    [(a_win(3.5), None), (a_loss(3.5), False), (a_loss(3.5, no_decision=True), True)],
    ids=["won", "lost to somebody", "no decision"],
)
def test_no_decision_is_asked_of_deals_that_are_not_won(end: Event, label: bool | None) -> None:
    """Asked and answered together with win; a win leaves nothing to answer."""
    timeline = _lived(an_opportunity(0), end, until=3.6)
    assert _asked(timeline, NO_DECISION) == _asked(timeline, WIN)
    assert dict.fromkeys((1, 2, 3), (3.5, label)) == _answers(timeline, NO_DECISION)


@pytest.mark.parametrize("end", [a_deletion(3.5), a_merge(3.5)], ids=["deleted", "merged"])
def test_a_deal_without_an_outcome_withdraws_its_questions(end: Event) -> None:
    """Every answer still owed is withdrawn at once, and nothing is asked or answered afterwards."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 20), end, until=40)
    assert dict.fromkeys((1, 2, 3), (3.5, None)) == _answers(timeline, INACTIVITY)
    assert dict.fromkeys((1, 2, 3), (3.5, None)) == _answers(timeline, SLIPPAGE)
    for target in (SILENCE, WIN, NO_DECISION):
        assert dict.fromkeys((1, 2, 3), (3.5, None)) == _answers(timeline, target)
    assert _asked(timeline, INACTIVITY) == [1, 2, 3]


def test_a_closed_deal_is_not_asked_about() -> None:
    """Questions end with the deal; the answers owed still come."""
    timeline = _lived(an_opportunity(0), a_loss(2.5), until=40)
    assert _asked(timeline, INACTIVITY) == [1, 2]
    assert {1, 2} == _answers(timeline, INACTIVITY).keys()


def test_a_reopened_deal_is_asked_again_and_its_pause_is_left_out() -> None:
    """After a reopening the grid goes on where it stands; days of the pause were never asked about."""
    timeline = _lived(an_opportunity(0), a_loss(1.5), a_reopening(4.5), until=7)
    assert _asked(timeline, INACTIVITY) == [1, 5, 6, 7]


def test_a_deal_that_is_won_after_reopening_answers_its_questions() -> None:
    """The second end answers the questions asked since the reopening."""
    timeline = _lived(an_opportunity(0), a_reopening(0.1), a_loss(1.5), a_reopening(4.5), a_win(8.5), until=9)
    ends = [each for each in timeline.lessons if isinstance(each, Answered) and each.target == WIN]
    assert [(each.first, each.last, each.label) for each in ends] == [(1, 1, False), (1, 8, True)]


def test_a_deal_first_seen_late_answers_nothing_about_its_past() -> None:
    """Questions that were never asked are never answered."""
    timeline = Timeline().tell(a_clock(5.5), an_opportunity(0)).until(21)
    assert list(_answers(timeline, INACTIVITY))[:2] == [6, 7]
    assert _asked(timeline, INACTIVITY)[0] == 6


def test_an_answer_takes_late_events_into_account() -> None:
    """A contact that is heard of only after the question, but before its answer, counts."""
    timeline = Timeline().tell(an_opportunity(0), a_clock(9), a_call(2.5)).until(16)
    assert _answers(timeline, INACTIVITY) == {1: (15, False), 2: (16, False)}


def _revised(timeline: Timeline) -> list[tuple[str, float, int, bool | None, bool | None]]:
    """What was taken back: target, day, revision, of which label, and what holds instead."""
    return [
        (each.target, round((each.at - ms(0)) / DAY, 3), each.revision, each.label, each.instead)
        for each in timeline.lessons
        if isinstance(each, TakenBack)
    ]


def _close(day: float) -> list[tuple[str, float, int, None, None]]:
    """What the close had answered, taken back for the first time."""
    return [(target, day, 0, None, None) for target in AT_CLOSE]


def _wins(timeline: Timeline) -> list[tuple[int, bool | None, int]]:
    return [
        (each.last, each.label, each.revision)
        for each in timeline.lessons
        if isinstance(each, Answered) and each.target == WIN
    ]


def test_a_reopened_deal_takes_its_label_back() -> None:
    """Also within the day on which it closed; the second close answers all of its questions anew."""
    timeline = _lived(an_opportunity(0), a_loss(2.5), a_reopening(2.7), a_win(4.5), until=5)
    assert _revised(timeline) == [*_close(2.7)]
    assert _wins(timeline) == [(2, False, 0), (4, True, 1)]


def test_what_was_won_in_time_slipped_where_it_is_reopened() -> None:
    """Its date is over, and it is not won; what is still owed is answered as ever."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), a_win(2.5), a_reopening(6.5), until=7)
    assert {label for _, label in _answers(timeline, SLIPPAGE).values()} == {False}
    assert _revised(timeline) == [*_close(6.5), (SLIPPAGE, 6.5, 0, False, True)]
    owed = _lived(an_opportunity(0), a_close_date(0.5, 5), a_win(2.5), a_reopening(3.5), until=7)
    assert {each[1] for each in _answers(owed, SLIPPAGE).values()} == {True}


@pytest.mark.parametrize("end", [a_deletion(6.5), a_merge(6.5)], ids=["deleted", "merged"])
def test_a_deal_that_is_gone_after_its_close_takes_its_label_back(end: Event) -> None:
    """Nothing holds instead; what is owed is withdrawn."""
    timeline = _lived(an_opportunity(0), a_close_date(0.5, 3), a_win(2.5), end, until=40)
    assert _revised(timeline) == [*_close(6.5), (SLIPPAGE, 6.5, 0, False, None)]
    assert _wins(timeline) == [(2, True, 0)]
    assert [
        (each.label, each.revision)
        for each in timeline.lessons
        if isinstance(each, Answered) and each.target == SLIPPAGE
    ] == [(False, 0), (None, 1)]


def test_a_restored_deal_has_its_label_again() -> None:
    """Its questions were taken back with the deletion, and are answered as before."""
    timeline = _lived(an_opportunity(0), a_loss(2.5), a_deletion(4.5), a_restoration(5.5), until=7)
    assert _revised(timeline) == [*_close(4.5)]
    assert _wins(timeline) == [(2, False, 0), (2, False, 1)]


def test_a_late_event_may_change_how_a_deal_ended() -> None:
    """A loss that was before the win, and came after it, is the end that counts."""
    timeline = _lived(an_opportunity(0), a_win(3.5), a_loss(2.5), until=4)
    assert _revised(timeline) == [*_close(3.5), (SLIPPAGE, 3.5, 0, False, True)]
    assert _wins(timeline) == [(3, True, 0), (3, False, 1)]
