"""Questions joined with their answers: one row per deal, day and target whose outcome fell due within the log.

An answer that is taken back takes its row along, until there is another one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, NamedTuple

from models.schema import Vector
from streams.events.envelope import moment_of
from streams.labels.lesson import Answered, Asked, Lesson, TakenBack
from streams.labels.outcome import INACTIVITY, SILENCE, WITHDRAWN, inactivity_due, reached, was_inactive
from streams.state.memory import DealState
from streams.state.opportunity import DAY

COLUMNS = ("opportunity_id", "as_of", "target", "horizon_days", "probability", "label", "model_version")


class Prediction(NamedTuple):
    """One judged prediction. `as_of` in milliseconds, `horizon_days` from then until the outcome fell due."""

    opportunity: str
    as_of: int
    target: str
    horizon_days: float
    probability: float
    label: bool
    age_days: float
    quiet_days: float
    #: What was measured, where it was asked to be kept.
    vector: Vector | None = None

    @property
    def due(self) -> int:
        """When the outcome fell due, in milliseconds."""
        return self.as_of + round(self.horizon_days * DAY)

    @property
    def version(self) -> str:
        """The model that said it: the one of the UTC day of the question."""
        return f"{self.target}-{self.as_of // DAY}"


class Question(NamedTuple):
    """The models were asked about a deal at `at` (milliseconds); what they said, by target."""

    opportunity: str
    at: int
    said: Mapping[str, float]


class _Asked(NamedTuple):
    at: int
    owed: dict[str, float]
    age: float
    quiet: float
    vector: Vector | None


class Predictions:
    """Collects lessons and joins them. Answers without a question (asked before the log began) are left out."""

    def __init__(self, keep_vectors: bool = False) -> None:
        """Begin with nothing asked; vectors are kept where somebody wants to learn from them."""
        self.judged: dict[tuple[str, int, str], Prediction] = {}
        self.questions: list[Question] = []
        self.withdrawn = 0
        self._keep_vectors = keep_vectors
        self._asked: dict[str, dict[int, _Asked]] = {}

    @property
    def rows(self) -> list[Prediction]:
        """What was judged, in the order in which it was answered."""
        return list(self.judged.values())

    def hear(self, lesson: Lesson) -> None:
        """Take in one lesson."""
        if isinstance(lesson, Asked):
            age, quiet = ages(lesson.vector)
            vector = lesson.vector if self._keep_vectors else None
            self.questions.append(Question(lesson.opportunity, lesson.at, lesson.predicted))
            steps = self._asked.setdefault(lesson.opportunity, {})
            steps[lesson.step] = _Asked(lesson.at, dict(lesson.predicted), age, quiet, vector)
        elif isinstance(lesson, Answered):
            self._answer(lesson)
        elif isinstance(lesson, TakenBack):
            self._take_back(lesson)

    @property
    def open_questions(self) -> int:
        """Questions whose answer the log does not hold."""
        return sum(len(asked.owed) for steps in self._asked.values() for asked in steps.values())

    def settle(self, deals: Mapping[str, DealState]) -> None:
        """Judge what the end of the log leaves owed although it is known: a closed deal's silence cannot change.

        Such rows are judged, never learned. Questions about deals that are still open stay unanswered: the log ends
        first.
        """
        for name in list(self._asked):
            deal = deals.get(name)
            if deal is None or deal.facts.is_open or deal.facts.status in WITHDRAWN:
                continue
            for step in range(deal.watch.settled + 1, deal.watch.asked + 1):
                if step in self._asked[name]:
                    label = was_inactive(deal.facts, self._asked[name][step].at)
                    due = inactivity_due(deal.watch, step)
                    self._answer(Answered(name, INACTIVITY, step, step, due, label))
            for each in deal.watch.silences:
                label = reached(deal.facts, deal.watch, each.due)
                self._answer(Answered(name, SILENCE, each.first, each.last, each.due, label))

    def _answer(self, answer: Answered) -> None:
        steps = self._asked.get(answer.opportunity, {})
        for step in range(answer.first, answer.last + 1):
            asked = steps.get(step)
            if asked is None:
                continue
            probability = asked.owed.pop(answer.target, None)
            if probability is None:
                continue
            if answer.label is None:
                self.withdrawn += 1
                continue
            self.judged[answer.opportunity, step, answer.target] = Prediction(
                answer.opportunity,
                asked.at,
                answer.target,
                (answer.due - asked.at) / DAY,
                probability,
                answer.label,
                asked.age,
                asked.quiet,
                asked.vector,
            )

    def _take_back(self, lesson: TakenBack) -> None:
        steps = self._asked.get(lesson.opportunity, {})
        for step in range(lesson.first, lesson.last + 1):
            key = (lesson.opportunity, step, lesson.target)
            row = self.judged.get(key)
            if row is None or lesson.label not in (None, row.label):
                continue
            del self.judged[key]
            steps[step].owed[lesson.target] = row.probability
            if lesson.instead is not None:
                self._answer(
                    Answered(lesson.opportunity, lesson.target, step, step, lesson.at, lesson.instead, lesson.revision)
                )


def ages(vector: Vector) -> tuple[float, float]:
    """The age of the deal and the days since its last contact (its age where there was none): what the rules use."""
    age = float(vector.value("age") or 0.0)
    quiet = vector.value("since_contact")
    return age, age if quiet is None else float(quiet)


def write_csv(rows: Iterable[Prediction], stream: IO[str]) -> int:
    """Write predictions sorted by deal, time and target; return how many."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for row in sorted(rows):
        writer.writerow(_cells(row))
        written += 1
    return written


def _cells(row: Prediction) -> Iterator[str | int]:
    yield row.opportunity
    yield moment_of(row.as_of).isoformat(timespec="milliseconds")
    yield row.target
    yield f"{row.horizon_days:g}"
    yield f"{row.probability:.6f}"
    yield int(row.label)
    yield row.version
