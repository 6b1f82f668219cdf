"""A question that waits on the learner's side, and what lessons make of it. Pure values.

Of every target at most one answer holds at a time. One that was taken back on a later day than it was known is kept
beside it: it was learned, or will be, and is to be taken back on its day. Which days these are follows from the lessons
alone, not from how far the learner was when it heard them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from models.schema import Vector
from streams.labels.lesson import Answered, TakenBack
from streams.labels.outcome import may_be_moot, may_be_taken_back
from streams.state.opportunity import DAY

#: So many UTC days after it was known an answer that may be taken back is kept; later it stays learned.
KEPT_DAYS = 60


class Former(Struct, frozen=True, array_like=True):
    """An answer that was known at `due` and held until `at`, a later day."""

    target: str
    due: int
    label: bool
    at: int


class Question(Struct, frozen=True, array_like=True):
    """One step of one deal: what was measured and said, and the answers so far (target -> due, label).

    `taken` are the answers that were taken back, `revisions` says which ones of a target count (those of no earlier
    revision).
    """

    at: int
    vector: Vector
    predicted: dict[str, float]
    answers: dict[str, tuple[int, bool]] = {}
    withdrawn: tuple[str, ...] = ()
    taken: tuple[Former, ...] = ()
    revisions: dict[str, int] = {}


class Due(NamedTuple):
    """What a question teaches on a day: the label of a target, or that one is taken back. In the order of learning.

    `since` is the UTC day on which the label was known.
    """

    at: int
    opportunity: str
    step: int
    target: str
    is_new: bool
    label: bool
    since: int


def answered(question: Question, answer: Answered) -> Question:
    """Return the question after an answer, or after it was withdrawn; what was answered or taken back stays so."""
    target = answer.target
    if target not in question.predicted or target in question.answers or target in question.withdrawn:
        return question
    if answer.revision < question.revisions.get(target, 0):
        return question
    if answer.label is None:
        return replace(question, withdrawn=tuple(sorted({*question.withdrawn, target})))
    return replace(question, answers={**question.answers, target: (answer.due, answer.label)})


def taken_back(question: Question, lesson: TakenBack) -> Question:
    """Return the question without an answer that holds no more; one known for more than `KEPT_DAYS` stays."""
    target = lesson.target
    due, label = question.answers.get(target, (lesson.at, None))
    if lesson.revision < question.revisions.get(target, 0):
        return question
    revisions = {**question.revisions, target: lesson.revision + 1}
    if label is None:
        if target not in question.withdrawn or not may_be_moot(target):
            return question
        withdrawn = tuple(each for each in question.withdrawn if each != target)
        return replace(question, withdrawn=withdrawn, revisions=revisions)
    if lesson.label not in (None, label) or _day(lesson.at) > _day(due) + KEPT_DAYS:
        return question
    answers = {name: each for name, each in question.answers.items() if name != target}
    if lesson.instead is not None:
        answers[target] = (lesson.at, lesson.instead)
    taken = question.taken
    if _day(lesson.at) > _day(due):
        taken = (*taken, Former(target, due, label, lesson.at))
    return replace(question, answers=answers, taken=taken, revisions=revisions)


def due_on(question: Question, opportunity: str, step: int, day: int) -> Iterator[Due]:
    """Yield what a question teaches on a UTC day, in any order."""
    for target, (due, label) in question.answers.items():
        if _day(due) == day:
            yield Due(due, opportunity, step, target, True, label, day)
    for each in question.taken:
        if _day(each.due) == day:
            yield Due(each.due, opportunity, step, each.target, True, each.label, day)
        if _day(each.at) == day:
            yield Due(each.at, opportunity, step, each.target, False, each.label, _day(each.due))


def days_of(question: Question) -> Iterator[int]:
    """Yield the UTC days at the end of which there is something to do about a question."""
    yield _day(question.at)
    for target, (due, label) in question.answers.items():
        yield _day(due)
        yield _last_day(target, due, label)
    for each in question.taken:
        yield _day(each.due)
        yield _day(each.at)


def is_done(question: Question, closed: Callable[[int], bool]) -> bool:
    """Whether nothing can come of a question any more; `closed` says of a UTC day whether it is.

    It stays for its own day at least: until then it may be asked again, and all that was said on the day is known.
    """
    if not closed(_day(question.at)):
        return False
    if not all(closed(_day(each.at)) for each in question.taken):
        return False
    done = {target for target, (due, label) in question.answers.items() if closed(_last_day(target, due, label))}
    return done.union(question.withdrawn).issuperset(question.predicted)


def _last_day(target: str, due: int, label: bool) -> int:
    return _day(due) + (KEPT_DAYS if may_be_taken_back(target, label) else 0)


def _day(at: int) -> int:
    return at // DAY
