"""A file read for its cases holds those that living through it teaches."""

from __future__ import annotations

from models.history import Day
from models.norms import Norms
from streams.alerts.policy import Policy
from streams.backtest.history import read_history
from streams.backtest.run import run
from streams.events.contract import encode
from streams.labels.classroom import Classroom
from streams.labels.lesson import Lesson
from tests.builders import APPENDED_AT, a_clock, a_market, a_second_thought

LINES = [encode(event) for event in a_market(deals=12, days=60)]
REVISED = [encode(event) for event in (*a_second_thought(a_market(deals=12, days=60)), a_clock(90))]


def test_the_cases_are_those_of_a_backtest() -> None:
    """Same questions, answers, order and norms; the last day, which no later event closes, comes on top."""
    lessons: list[Lesson] = []
    run(LINES, Policy(), APPENDED_AT, partitions=3, listen=lessons.append)
    classroom, norms = Classroom(), Norms()
    days: list[Day] = []
    for lesson in lessons:
        classroom.hear(lesson)
        while (epoch := classroom.ready()) is not None:
            days.append(Day(epoch, list(classroom.close(epoch))))
            norms = classroom.norms(epoch, norms)
    found = read_history(LINES, Policy(), APPENDED_AT, partitions=3)
    assert _taught(found.days[:-1]) == _taught(days)
    assert found.cases > 500
    assert found.days[-1].epoch == found.until - 1 == days[-1].epoch + 1
    assert found.norms.gaps.total >= norms.gaps.total > 0
    assert (found.deals, found.lines) == (12, len(LINES))


def test_the_number_of_partitions_makes_no_difference() -> None:
    """Nor does a line that is no event, but for being counted."""
    one = read_history(LINES, Policy(), APPENDED_AT, partitions=1)
    many = read_history([b"rubbish", *LINES], Policy(), APPENDED_AT, partitions=7)
    assert _taught(one.days) == _taught(many.days)
    assert one.norms == many.norms
    assert (dict(one.refused), dict(many.refused)) == ({}, {"not_json": 1})


def test_a_label_that_is_taken_back_later_is_not_learned() -> None:
    """What is left is what living through it learned and did not unlearn, on its day and in its order."""
    lessons: list[Lesson] = []
    run(REVISED, Policy(), APPENDED_AT, partitions=3, listen=lessons.append)
    classroom = Classroom()
    left: dict[tuple[object, ...], int] = {}
    taken = 0
    for lesson in lessons:
        classroom.hear(lesson)
        while (epoch := classroom.ready()) is not None:
            for case in classroom.close(epoch):
                if case.taken_back is None:
                    left[epoch, case.target, case.deal, case.vector, case.label, case.asked] = 1
                else:
                    del left[case.taken_back, case.target, case.deal, case.vector, case.label, case.asked]
                    taken += 1
    assert taken > 10
    found = read_history(REVISED, Policy(), APPENDED_AT, partitions=3)
    assert _taught(found.days[:-1]) == list(left)
    assert [day.epoch for day in found.days] == list(range(found.days[0].epoch, found.until))


def test_nothing_is_nothing() -> None:
    """An empty file has no days."""
    found = read_history([], Policy(), APPENDED_AT)
    assert (found.days, found.cases, found.deals) == ([], 0, 0)


def _taught(days: list[Day]) -> list[tuple[object, ...]]:
    return [
        (day.epoch, case.target, case.deal, case.vector, case.label, case.asked) for day in days for case in day.cases
    ]
