"""The learner's side: questions wait for their answers, epochs close in order, repeats are dropped."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from msgspec.structs import replace

from models.ballots import UNIT, Ballots, Vote
from models.case import Case
from models.dwell import Stay
from models.norms import Norms
from streams.labels.classroom import Classroom
from streams.labels.lesson import (
    Answered,
    Asked,
    EpochReached,
    GapEnded,
    Lesson,
    StayEnded,
    StaysChanged,
    TakenBack,
    VotesChanged,
)
from streams.labels.outcome import INACTIVITY, NO_DECISION, SLIPPAGE, WIN
from streams.labels.question import KEPT_DAYS
from streams.state.opportunity import DAY
from tests.builders import Timeline, a_clock, a_market, a_vector, ms

_FIRST = ms(0) // DAY


def _asked(step: int, day: float, opportunity: str = "opp-1", predicted: dict[str, float] | None = None) -> Asked:
    return Asked(opportunity, step, ms(day), a_vector(age=float(step)), predicted or {INACTIVITY: 0.25})


def _answered(step: int, day: float, label: bool | None = True, opportunity: str = "opp-1") -> Answered:
    return Answered(opportunity, INACTIVITY, step, step, ms(day), label)


def _reached(day: int, partition: int = 0, partitions: int = 1, heading: int | None = None) -> EpochReached:
    return EpochReached(partition, partitions, _FIRST + day, _FIRST + (day if heading is None else heading))


def _room(*lessons: Lesson) -> Classroom:
    classroom = Classroom()
    for lesson in lessons:
        classroom.hear(lesson)
    return classroom


def _learned(classroom: Classroom) -> list[list[Case]]:
    days = []
    while (epoch := classroom.ready()) is not None:
        days.append(list(classroom.close(epoch)))
    return days


def test_a_question_is_learned_in_the_epoch_of_its_answer() -> None:
    """The case has what was measured and said when it was asked, and the label that came later."""
    classroom = _room(_reached(0), _asked(1, 0.5), _reached(1), _answered(1, 1.5), _reached(2))
    assert [[], [Case(INACTIVITY, "opp-1", a_vector(age=1.0), True, 0.25, _FIRST, horizon=1.0)]] == _learned(classroom)
    assert classroom.questions == {}


def test_an_epoch_closes_when_all_partitions_promised_the_next() -> None:
    """A partition that lags holds the epoch back; each of its promises counts once."""
    classroom = _room(_reached(0, 0, 2), _reached(5, 0, 2))
    assert classroom.ready() is None
    classroom.hear(_reached(0, 1, 2))
    assert classroom.ready() is None
    classroom.hear(_reached(1, 1, 2))
    assert classroom.ready() == _FIRST
    assert list(classroom.close(_FIRST)) == []
    assert classroom.ready() is None


def test_promises_never_go_back() -> None:
    """A promise that is repeated after a crash takes nothing back."""
    classroom = _room(_reached(0), _reached(3), _reached(1))
    assert _learned(classroom) == [[], [], []]


def test_partitions_that_have_not_heard_of_the_time_are_known() -> None:
    """Nothing closes before all partitions came along; those without an event of their own must be told the time."""
    assert Classroom().laggards() == (0, [])
    classroom = _room(_reached(0, 0, 3), _reached(0, 1, 3), _reached(0, 2, 3))
    assert classroom.laggards() == (_FIRST, [])
    classroom.hear(_reached(1, 1, 3, heading=5))
    assert classroom.laggards() == (_FIRST + 5, [0, 2])
    for day in (1, 5):
        classroom.hear(_reached(day, 0, 3, heading=5))
    assert classroom.laggards() == (_FIRST + 5, [2])


def test_cases_are_learned_in_the_order_of_their_due_times() -> None:
    """Due time, deal, step, target: the order in which lessons came in does not matter."""
    lessons: list[Lesson] = [
        _asked(1, 0.1, "b"),
        _asked(2, 0.2, "b"),
        _asked(3, 0.3, "a"),
        _answered(1, 0.9, True, "b"),
        _answered(2, 0.5, False, "b"),
        _answered(3, 0.9, True, "a"),
    ]
    expected = [[2.0, 3.0, 1.0]]
    for order in permutations(lessons):
        if all(order.index(each) < order.index(lessons[place + 3]) for place, each in enumerate(lessons[:3])):
            classroom = _room(_reached(0), *order, _reached(1))
            assert expected == [[case.vector.value("age") for case in day] for day in _learned(classroom)]


def test_repeats_of_open_lessons_change_nothing() -> None:
    """The first question and the first answer count."""
    classroom = _room(
        _reached(0),
        _asked(1, 0.5),
        Asked("opp-1", 1, ms(0.5), a_vector(age=9.0), {INACTIVITY: 0.9}),
        _answered(1, 0.6, True),
        _answered(1, 0.7, False),
        _reached(1),
    )
    horizon = (ms(0.6) - ms(0.5)) / DAY
    assert [[Case(INACTIVITY, "opp-1", a_vector(age=1.0), True, 0.25, _FIRST, horizon=horizon)]] == _learned(classroom)


def test_repeats_of_closed_epochs_are_dropped() -> None:
    """What belongs to a closed epoch and arrives again was learned already."""
    lessons: list[Lesson] = [
        _asked(1, 0.5),
        _answered(1, 0.6),
        GapEnded("opp-1", ms(0.5), ms(0.5), "offer", "rep", 2.0),
    ]
    classroom = _room(_reached(0), *lessons, _reached(1))
    assert len(_learned(classroom)[0]) == 1
    norms = classroom.norms(_FIRST, Norms())
    for lesson in lessons:
        classroom.hear(lesson)
    classroom.hear(_reached(2))
    assert _learned(classroom) == [[]]
    assert norms == classroom.norms(_FIRST + 1, norms)
    assert (classroom.questions, classroom.spans) == ({}, {})


def test_one_answer_may_settle_many_steps() -> None:
    """A range of steps is answered at once; steps that were never asked are left out."""
    classroom = _room(
        _reached(0),
        _asked(1, 0.1, predicted={SLIPPAGE: 0.5}),
        _asked(3, 0.3, predicted={SLIPPAGE: 0.5}),
        _asked(4, 0.4, predicted={SLIPPAGE: 0.5}),
        Answered("opp-1", SLIPPAGE, 1, 3, ms(0.9), False),
        _reached(1),
    )
    assert [[case.vector.value("age") for case in day] for day in _learned(classroom)] == [[1.0, 3.0]]
    classroom.hear(_reached(KEPT_DAYS + 1))
    assert not any(_learned(classroom))
    assert {("opp-1", 4)} == set(classroom.questions)


def test_an_answer_to_what_was_not_asked_is_ignored() -> None:
    """A question about inactivity has no answer about winning."""
    classroom = _room(_reached(0), _asked(1, 0.1), Answered("opp-1", WIN, 1, 9, ms(0.5), True), _reached(1))
    assert _learned(classroom) == [[]]


def test_a_withdrawn_question_is_forgotten() -> None:
    """A question without an outcome is never learned, and waits for its other targets only."""
    classroom = _room(_reached(0), _asked(1, 0.1), _answered(1, 0.5, None))
    classroom.hear(_asked(1, 0.1))
    classroom.hear(_answered(1, 0.6, True))
    classroom.hear(_reached(1))
    assert (_learned(classroom), classroom.questions) == ([[]], {})
    both = _room(_reached(0), _asked(1, 0.1, predicted={INACTIVITY: 0.2, WIN: 0.5}), _answered(1, 0.5, None))
    assert {("opp-1", 1)} == set(both.questions)
    both.hear(Answered("opp-1", WIN, 1, 1, ms(0.6), True))
    both.hear(_reached(1))
    assert [[Case(WIN, "opp-1", a_vector(age=1.0), True, 0.5, _FIRST, horizon=0.5)]] == _learned(both)


def test_a_question_waits_for_all_its_targets() -> None:
    """What was answered is learned at once; the question stays until the last answer."""
    classroom = _room(
        _reached(0), _asked(1, 0.1, predicted={INACTIVITY: 0.2, WIN: 0.5}), _answered(1, 0.5), _reached(1)
    )
    assert [[case.target for case in day] for day in _learned(classroom)] == [[INACTIVITY]]
    classroom.hear(Answered("opp-1", WIN, 1, 1, ms(1.5), False))
    classroom.hear(_reached(2))
    assert [[case.target for case in day] for day in _learned(classroom)] == [[WIN]]


def _closed(day: float, label: bool | None, revision: int = 0) -> Answered:
    return Answered("opp-1", WIN, 1, 9, ms(day), label, revision)


def _taken(day: float, revision: int = 0) -> TakenBack:
    return TakenBack("opp-1", WIN, 1, 9, ms(day), revision)


def _told(classroom: Classroom) -> list[tuple[int, str, bool, int | None]]:
    """What was taught: on which day, which target, which label, and of which day it is taken back."""
    first, taught = classroom.progress.next_epoch or 0, _learned(classroom)
    return [
        (
            first + number - _FIRST,
            case.target,
            case.label,
            None if case.taken_back is None else case.taken_back - _FIRST,
        )
        for number, cases in enumerate(taught)
        for case in cases
    ]


_WON = _asked(1, 0.1, predicted={WIN: 0.5})


def test_a_label_is_taken_back_and_learned_anew() -> None:
    """On the day of the reopening, and when the deal closes again; each exactly once, however often it is told."""
    lessons = (_closed(1.5, True), _taken(3.5), _closed(7.5, False, 1))
    classroom = _room(_reached(0), _WON)
    told = []
    for day, lesson in zip((1, 3, 7), lessons, strict=True):
        classroom.hear(_reached(day))
        told += _told(classroom)
        for each in lessons:
            if lessons.index(each) <= lessons.index(lesson):
                classroom.hear(each)
                classroom.hear(each)
    classroom.hear(_reached(99))
    told += _told(classroom)
    assert told == [(1, WIN, True, None), (3, WIN, True, 1), (7, WIN, False, None)]
    assert classroom.questions == {}


def test_a_learner_that_lags_behind_learns_the_same() -> None:
    """Which days a label belongs to is in the lessons: it does not matter how far the learner was."""
    lessons: list[Lesson] = [_WON, _closed(1.5, True), _taken(3.5), _closed(7.5, False, 1), _reached(99)]
    assert _told(_room(_reached(0), *lessons)) == [(1, WIN, True, None), (3, WIN, True, 1), (7, WIN, False, None)]


def test_a_label_of_the_same_day_is_withdrawn() -> None:
    """It was not learned yet; the one that follows counts, also on the same day, and also where all is told again."""
    lessons = (_closed(1.5, True), _taken(1.5), _closed(1.5, False, 1))
    assert _told(_room(_reached(0), _WON, *lessons, *lessons, _reached(2))) == [(1, WIN, False, None)]
    assert _told(_room(_reached(0), _WON, *lessons[:2], *lessons[:1], _reached(2))) == []


def test_what_was_moot_is_asked_again_where_the_close_is_taken_back() -> None:
    """A win leaves nothing to say of no decision; lost after the reopening, it has its answer."""
    asked = _asked(1, 0.1, predicted={WIN: 0.5, NO_DECISION: 0.4})
    moot = Answered("opp-1", NO_DECISION, 1, 9, ms(1.5), None, 0)
    again = Answered("opp-1", NO_DECISION, 1, 9, ms(7.5), True, 1)
    taken = TakenBack("opp-1", NO_DECISION, 1, 9, ms(3.5), 0)
    lessons = (_closed(1.5, True), moot, _taken(3.5), taken, _closed(7.5, False, 1), again)
    expected = [(1, WIN, True, None), (3, WIN, True, 1), (7, NO_DECISION, True, None), (7, WIN, False, None)]
    assert sorted(_told(_room(_reached(0), asked, *lessons, *lessons, _reached(99)))) == expected


@pytest.mark.parametrize(("days", "taken"), [(KEPT_DAYS, [True, None]), (KEPT_DAYS + 1, [True])])
def test_a_label_is_taken_back_for_so_many_days(days: int, taken: list[bool | None]) -> None:
    """Later it stays learned, whether the learner lags or not, and the question is gone: memory is bounded."""
    told = [(1, WIN, True, None), (1 + days, WIN, True, 1)][: len(taken)]
    late = _room(_reached(0), _WON, _closed(1.5, True), _taken(1.5 + days), _reached(400))
    assert _told(late) == told
    classroom = _room(_reached(0), _WON, _closed(1.5, True), _reached(1 + days))
    first = _told(classroom)
    classroom.hear(_taken(1.5 + days))
    classroom.hear(_reached(400))
    assert first + _told(classroom) == told
    kept = _room(_reached(0), _WON, _closed(1.5, True), _reached(1 + KEPT_DAYS))
    _learned(kept)
    assert {("opp-1", 1)} == set(kept.questions)
    kept.hear(_reached(2 + KEPT_DAYS))
    assert (_told(kept), kept.questions) == ([], {})


def test_only_the_named_label_is_taken_back_and_another_takes_its_place() -> None:
    """Of the slippage answers those hold no more that said it was won in time; the others stay."""
    classroom = _room(
        _reached(0),
        *(_asked(step, 0.1 * step, predicted={SLIPPAGE: 0.5}) for step in (1, 2)),
        Answered("opp-1", SLIPPAGE, 1, 1, ms(1.5), True),
        Answered("opp-1", SLIPPAGE, 2, 2, ms(2.5), False),
        TakenBack("opp-1", SLIPPAGE, 1, 2, ms(4.5), 0, label=False, instead=True),
        _reached(9),
    )
    assert _told(classroom) == [
        (1, SLIPPAGE, True, None),
        (2, SLIPPAGE, False, None),
        (4, SLIPPAGE, False, 2),
        (4, SLIPPAGE, True, None),
    ]


def test_what_the_learner_began_with_is_not_taken_back() -> None:
    """Labels of days before a seed's end were never learned here."""
    classroom = _room(_reached(0), _WON, _closed(1.5, True), _taken(5.5), _reached(9))
    classroom.progress = replace(classroom.progress, learned_before=_FIRST + 3)
    assert _told(classroom) == []


def test_spans_become_norms_when_their_epoch_closes() -> None:
    """Gaps count for stage, owner and overall, stays for their stage; later spans wait."""
    classroom = _room(
        _reached(0),
        GapEnded("opp-1", ms(0.5), ms(0.5), "offer", "rep", 2.5),
        StayEnded("opp-1", ms(0.6), ms(0.6), "offer", 8.0),
        GapEnded("opp-1", ms(1.5), ms(1.5), "offer", "rep", 4.0),
        _reached(1),
    )
    norms = classroom.norms(_FIRST, Norms())
    assert (
        norms.gaps.total,
        norms.stage_gaps["offer"].total,
        norms.owner_gaps["rep"].total,
        norms.stage_stays["offer"].total,
        norms.stays.total,
    ) == (1, 1, 1, 1, 1)
    assert classroom.norms(_FIRST + 1, norms).gaps.total == 2


def test_stays_are_counted_when_their_epoch_closes() -> None:
    """Once each, whatever the order and however often they are told; those of later epochs wait."""
    began = StaysChanged("opp-1", ms(0.5), 7, ((Stay("offer", 2, _FIRST), 1),))
    again = StaysChanged("opp-1", ms(0.5), 8, ((Stay("offer", 2, _FIRST), -1), (Stay("demo", 1, _FIRST), 1)))
    later = StaysChanged("opp-1", ms(1.5), 9, ((Stay("demo", 1, _FIRST), -1),))
    for order in permutations((began, again, later)):
        classroom = _room(_reached(0), *order, *order, _reached(1))
        norms = classroom.norms(_FIRST, Norms())
        assert {name: stage.going for name, stage in norms.dwell.stages.items()} == {"demo": {_FIRST: 1}}
        assert classroom.norms(_FIRST + 1, norms).dwell.stages == {}


def test_changed_questions_are_named_for_the_checkpoint() -> None:
    """What a checkpoint has to write is known; what it put back is not changed."""
    classroom = _room(_reached(0), _asked(1, 0.1))
    assert {("opp-1", 1)} == classroom.changed
    kept = dict(classroom.questions)
    restored = Classroom()
    restored.progress = classroom.progress
    for key, question in kept.items():
        restored.restore(key, question)
    assert set() == restored.changed
    for each in (classroom, restored):
        each.hear(_answered(1, 0.5))
        each.hear(_reached(1))
    assert _learned(classroom) == _learned(restored)


def test_partitions_may_race_each_other() -> None:
    """The lessons of several partitions in any interleaving teach the same cases in the same order."""
    streams = [_lessons_of(number) for number in range(3)]
    in_turn = [lesson for lessons in streams for lesson in lessons]
    expected = _days(in_turn)
    assert sum(len(day) for day in expected) > 100
    for seed in range(5):
        assert expected == _days(_interleaved(streams, Random(seed)))


def _lessons_of(number: int) -> list[Lesson]:
    timeline = Timeline().tell(a_clock(0), *a_market(deals=3, days=30, seed=number), a_clock(50))
    named: list[Lesson] = []
    for lesson in timeline.lessons:
        if isinstance(lesson, EpochReached):
            named.append(replace(lesson, partition=number, partitions=3))
        else:
            named.append(replace(lesson, opportunity=f"{number}-{lesson.opportunity}"))
    return named


def _interleaved(streams: list[list[Lesson]], random: Random) -> list[Lesson]:
    waiting = [list(reversed(lessons)) for lessons in streams]
    mixed = []
    while any(waiting):
        mixed.append(random.choice([lessons for lessons in waiting if lessons]).pop())
    return mixed


def _days(lessons: list[Lesson]) -> list[list[Case]]:
    classroom = Classroom()
    days: list[list[Case]] = []
    for lesson in lessons:
        classroom.hear(lesson)
        days += _learned(classroom)
    return days


def _votes(day: float, *votes: tuple[Vote, int], offset: int = 7) -> VotesChanged:
    return VotesChanged("opp-1", ms(day), offset, votes)


_AGAINST = Vote("silent", "emea", "ann", _FIRST, False, UNIT)
_BOTH = (_votes(0.5, (_AGAINST, 1)), _votes(0.7, (replace(_AGAINST, by="bob"), 1), offset=8))


def _ballots(*lessons: Lesson, days: int = 1) -> Ballots:
    classroom = _room(_reached(0), *lessons, _reached(days))
    ballots = Ballots()
    while (epoch := classroom.ready()) is not None:
        list(classroom.close(epoch))
        ballots = classroom.ballots(epoch, ballots)
    return ballots


def test_votes_count_when_their_day_closes_each_once_in_any_order() -> None:
    """Those that come again, before or after that, change nothing."""
    counted = _ballots(*_BOTH)
    assert list(counted.teams["emea"]["silent"]) == ["ann", "bob"]
    assert [_ballots(*each) for each in permutations((*_BOTH, _BOTH[0]))] == [counted] * 6
    assert _ballots(*_BOTH, _reached(1), *_BOTH, days=2) == counted


def test_a_vote_taken_back_on_a_later_day_is_as_if_it_had_not_been() -> None:
    """No trace of it is left."""
    assert _ballots(*_BOTH, _reached(1), _votes(1.5, (_AGAINST, -1)), days=2) == _ballots(_BOTH[1])


def test_votes_of_days_that_are_in_a_seed_count() -> None:
    """A seed has learned of deals, not of what people say."""
    classroom = _room(_reached(0), *_BOTH, _reached(1))
    classroom.progress = replace(classroom.progress, learned_before=_FIRST + 9)
    assert len(classroom.ballots(_FIRST, Ballots()).teams["emea"]["silent"]) == 2


def test_votes_and_spans_wait_beside_each_other() -> None:
    """Neither is taken for the other, whoever asks first."""
    gap = GapEnded("opp-1", ms(0.5), ms(0.5), "offer", "rep-1", 2.0)
    classroom = _room(_reached(0), gap, *_BOTH, _reached(1))
    assert classroom.norms(_FIRST, Norms()).gaps.total == 1
    assert classroom.ballots(_FIRST, Ballots()) == _ballots(*_BOTH)
    assert classroom.spans == {}
