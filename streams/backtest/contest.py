"""A log's lessons played to other candidates, under exactly the product's protocol.

The protocol is not written again: the lessons go through the product's own `Classroom` in the order in which the
learner heard them. So a question of UTC day e is put to a candidate that has learned the answers due on days before e,
a day's answers are learned at its end, in the product's order, and what a candidate said itself stands in its cases.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from msgspec.structs import replace

from models.candidates.candidate import Candidate, Day, Question
from models.norms import Norms
from streams.backtest.predictions import Prediction, Predictions
from streams.labels.classroom import Classroom
from streams.labels.lesson import Answered, Asked, Lesson
from streams.labels.outcome import INACTIVITY
from streams.state.memory import DealState
from streams.state.opportunity import DAY

_PROGRESS_EVERY = 1_000


class NoProbability(ValueError):
    """A candidate said what is no probability."""


class Clocked:
    """A candidate of one target, and the processor time that it takes: that of others on the machine is not counted."""

    def __init__(self, target: str, candidate: Candidate, ranks: bool = False) -> None:
        """Watch `candidate`; one that only `ranks` may say any number."""
        self.target = target
        self.candidate = candidate
        self.asked = self.learned = 0
        self.learn_ns = self.predict_ns = 0
        self._ranks = ranks

    def predict(self, question: Question) -> float:
        """Ask; raises `NoProbability` where the answer is none."""
        began = time.process_time_ns()
        said = self.candidate.predict(question)
        self.predict_ns += time.process_time_ns() - began
        self.asked += 1
        if not isfinite(said) or not (self._ranks or 0.0 <= said <= 1.0):
            raise NoProbability(f"said {said!r} of a deal, which is no probability")
        return said

    def learn(self, day: Day) -> None:
        """Let it learn a day."""
        began = time.process_time_ns()
        self.candidate.learn(day)
        self.learn_ns += time.process_time_ns() - began
        self.learned += sum(case.target == self.target for case in day.cases)


class Log(NamedTuple):
    """What a contest needs of a log: its lessons in order, and what became of its deals."""

    lessons: Sequence[Lesson]
    deals: Mapping[str, DealState]


def play(
    log: Log, candidates: Mapping[str, Clocked], progress: Callable[[int], None] | None = None
) -> list[Prediction]:
    """Play a log to a candidate for each target, and return what they said with what came of it.

    Targets without a candidate keep what the product said. Raises whatever a candidate raises.
    """
    classroom, predictions, norms = Classroom(), Predictions(), Norms()
    for number, lesson in enumerate(log.lessons):
        if progress is not None and number % _PROGRESS_EVERY == 0:
            progress(number)
        if isinstance(lesson, Asked):
            lesson = _answered(lesson, candidates)
        predictions.hear(lesson)
        classroom.hear(lesson)
        while (epoch := classroom.ready()) is not None:
            cases = list(classroom.close(epoch))
            norms = classroom.norms(epoch, norms)
            taken_back = [case for case in cases if case.taken_back is not None]
            fresh = [case for case in cases if case.taken_back is None]
            for each in candidates.values():
                each.learn(Day(fresh, norms, taken_back))
    predictions.settle(log.deals)
    return [row for row in predictions.rows if row.target in candidates]


def _answered(asked: Asked, candidates: Mapping[str, Clocked]) -> Asked:
    question = Question(asked.opportunity, asked.vector)
    said = {
        target: candidates[target].predict(question) if target in candidates else before
        for target, before in asked.predicted.items()
    }
    return replace(asked, predicted=said)


def horizon_days(lessons: Sequence[Lesson]) -> int:
    """The horizon of the inactivity question in days, as the first answered one has it; 14 where there is none."""
    asked: dict[tuple[str, int], int] = {}
    for lesson in lessons:
        if isinstance(lesson, Asked):
            asked[lesson.opportunity, lesson.step] = lesson.at
        elif isinstance(lesson, Answered) and lesson.target == INACTIVITY:
            at = asked.get((lesson.opportunity, lesson.first))
            if at is not None and lesson.label is not None:
                return round((lesson.due - at) / DAY)
    return 14
