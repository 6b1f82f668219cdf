"""The learner's side of delayed labels: questions wait for their answers, epochs close, cases are learned in order.

The theory: every partition promises, with `EpochReached(e)`, that all its lessons of epochs before `e` were sent. When
all partitions have promised `e`, the epoch before it is closed: its answers are sorted by (due, deal, step, target) and
learned. So the models depend on the lessons only, not on how partitions raced each other; and whatever belongs to a
closed epoch and arrives again is a repeat and is dropped.

Of a deal that closed the questions stay for a while after they were learned, so that they can be taken back, and
answered anew (`streams/labels/question.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from models.ballots import Ballots, Vote, count_votes
from models.case import Case
from models.dwell import Stay, observe_stays
from models.norms import Norms, observe_gap, observe_stay
from models.pins import Hand, Pins
from models.schema import Vector
from streams.labels.lesson import (
    Answered,
    Asked,
    EpochReached,
    GapEnded,
    Heard,
    Pinned,
    Resumed,
    Span,
    StayEnded,
    StaysChanged,
    TakenBack,
    VotesChanged,
)
from streams.labels.question import Due, Question, answered, days_of, due_on, is_done, taken_back
from streams.state.opportunity import DAY


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the epochs are: the first one not closed, what each partition promised, and where it is heading.

    Epochs before `learned_before` are in what the learner began with: they pass, and teach nothing.
    """

    next_epoch: int | None = None
    learned_before: int | None = None
    partitions: int = 0
    promised: dict[int, int] = {}
    headings: dict[int, int] = {}


#: Which question: the deal's id and the grid step.
QuestionKey = tuple[str, int]
#: Questions older than this are dropped when an epoch closes: their deal never ended, or their answer was lost.
FORGET_AFTER = 400 * DAY
_SWEEP_EVERY = 7


class Classroom:
    """Questions, answers and spans that wait for their epoch to close. Mutable, deterministic, without I/O."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.questions: dict[QuestionKey, Question] = {}
        self.spans: dict[tuple[str, str, int, int], Span] = {}
        self.progress = Progress()
        self.pins = Pins()
        self.changed: set[QuestionKey] = set()
        self._steps: dict[str, set[int]] = {}
        self._due: dict[int, set[QuestionKey]] = {}

    def restore(self, key: QuestionKey, question: Question) -> None:
        """Put back a question kept by a checkpoint."""
        self._keep(key, question)
        self.changed.discard(key)

    def resume(self, progress: Progress, spans: Iterable[Span], pins: Pins) -> None:
        """Put back how far the epochs were, the spans that wait, and the pins, as a checkpoint kept them."""
        self.progress = progress
        self.pins = pins
        for span in spans:
            self._wait(span)

    def tidy(self) -> None:
        """Forget questions that are done: a crash may have kept them after they were learned."""
        for key in list(self.questions):
            self._forget_if_done(key)
        self._due = {day: keys for day, keys in self._due.items() if not self._closed(day)}

    def hear(self, lesson: Heard) -> None:
        """Take in one lesson; repeats of what is known or closed change nothing."""
        if isinstance(lesson, Asked):
            if not self._closed(lesson.at // DAY):
                known = self.questions.get((lesson.opportunity, lesson.step))
                if known is None:
                    fresh = Question(lesson.at, lesson.vector, lesson.predicted)
                    self._keep((lesson.opportunity, lesson.step), fresh)
        elif isinstance(lesson, Answered | TakenBack):
            at = lesson.due if isinstance(lesson, Answered) else lesson.at
            if not self._closed(at // DAY):
                self._revise(lesson)
        elif isinstance(lesson, EpochReached):
            self._promise(lesson)
        elif isinstance(lesson, Pinned):
            hand = Hand(lesson.target, lesson.at, lesson.by, lesson.reason)
            self.pins.pin(lesson.weights, lesson.features, hand)
        elif isinstance(lesson, Resumed):
            self.pins.resume(Hand(lesson.target, lesson.at, lesson.by, lesson.reason))
        elif not self._closed(lesson.at // DAY):
            self._wait(lesson)

    def ready(self) -> int | None:
        """The epoch that can be closed now, or none: all partitions have promised a later one."""
        first = self.progress.next_epoch
        return first if first is not None and min(self.progress.promised.values()) > first else None

    def laggards(self) -> tuple[int, list[int]]:
        """The furthest epoch that a partition is heading for, and the partitions that have not heard of it.

        Nothing can be closed before they have: without an event of their own, somebody must tell them the time.
        """
        headings = self.progress.headings
        if not headings:
            return 0, []
        lead = max(headings.values())
        return lead, [each for each in range(self.progress.partitions) if headings.get(each, lead - 1) < lead]

    def asked_on(self, epoch: int) -> list[Vector]:
        """What was measured of the deals that were asked about on a UTC day that is still open, in a fixed order."""
        keys = sorted(self._due.get(epoch, ()))
        asked = [self.questions[key] for key in keys if key in self.questions]
        return [each.vector for each in asked if each.at // DAY == epoch]

    def close(self, epoch: int) -> Iterator[Case]:
        """Yield the epoch's cases in their order, and forget what is done; the epoch is closed afterwards."""
        found: list[Due] = []
        keys = [key for key in self._due.pop(epoch, ()) if key in self.questions]
        for key in keys:
            found += due_on(self.questions[key], *key, epoch)
        for due in () if self._learned(epoch) else sorted(found):
            if due.is_new or not self._learned(due.since):
                yield self._case(due)
        self.progress = replace(self.progress, next_epoch=epoch + 1)
        for key in keys:
            self._forget_if_done(key)
        if epoch % _SWEEP_EVERY == 0:
            for key in [each for each, it in self.questions.items() if it.at < epoch * DAY - FORGET_AFTER]:
                self._forget(key)

    def norms(self, epoch: int, norms: Norms) -> Norms:
        """Return the norms with the spans that were told in `epoch`, which are forgotten."""
        told: list[tuple[Stay, int]] = []
        for span in self._told(epoch, votes=False):
            if self._learned(span.at // DAY):
                continue
            if isinstance(span, GapEnded):
                norms = observe_gap(norms, span.stage, span.owner, span.days)
            elif isinstance(span, StayEnded):
                norms = observe_stay(norms, span.stage, span.days)
            elif isinstance(span, StaysChanged):
                told += span.stays
        return replace(norms, dwell=observe_stays(norms.dwell, told, epoch))

    def ballots(self, epoch: int, ballots: Ballots) -> Ballots:
        """Return the ballots with the votes that were told in `epoch`, which are forgotten.

        Those of days that are in a seed count, too: it has learned of deals, not of what people say.
        """
        told: list[tuple[Vote, int]] = []
        for span in self._told(epoch, votes=True):
            if isinstance(span, VotesChanged):
                told += span.votes
        return count_votes(ballots, told, epoch)

    def _told(self, epoch: int, votes: bool) -> Iterator[Span]:
        """Yield what was told up to an epoch, votes or all else, in a fixed order, and forget it."""
        for key in sorted(key for key, span in self.spans.items() if span.at // DAY <= epoch):
            if isinstance(self.spans[key], VotesChanged) == votes:
                yield self.spans.pop(key)

    def _closed(self, epoch: int) -> bool:
        first_open = self.progress.next_epoch
        return first_open is not None and epoch < first_open

    def _learned(self, epoch: int) -> bool:
        first_unknown = self.progress.learned_before
        return first_unknown is not None and epoch < first_unknown

    def _case(self, due: Due) -> Case:
        question = self.questions[due.opportunity, due.step]
        predicted, day = question.predicted.get(due.target), question.at // DAY
        foreign = self.pins.spoke(due.target, day)
        since = None if due.is_new else due.since
        horizon = (due.at - question.at) / DAY if due.is_new else None
        return Case(due.target, due.opportunity, question.vector, due.label, predicted, day, foreign, horizon, since)

    def _revise(self, lesson: Answered | TakenBack) -> None:
        for step in sorted(self._steps.get(lesson.opportunity, ())):
            if not lesson.first <= step <= lesson.last:
                continue
            key = (lesson.opportunity, step)
            known = self.questions[key]
            question = answered(known, lesson) if isinstance(lesson, Answered) else taken_back(known, lesson)
            if question is not known:
                self._keep(key, question)
                self._forget_if_done(key)

    def _wait(self, span: Span) -> None:
        if isinstance(span, StaysChanged | VotesChanged):
            kind = "stays" if isinstance(span, StaysChanged) else "votes"
            self.spans[span.opportunity, kind, span.at, span.offset] = span
        else:
            kind = "gap" if isinstance(span, GapEnded) else "stay"
            self.spans[span.opportunity, kind, span.at, span.ended] = span

    def _promise(self, reached: EpochReached) -> None:
        promised = dict(self.progress.promised)
        promised[reached.partition] = max(reached.epoch, promised.get(reached.partition, reached.epoch))
        headings = dict(self.progress.headings)
        headings[reached.partition] = max(reached.heading, headings.get(reached.partition, reached.heading))
        first = self.progress.next_epoch
        if first is None and len(promised) >= reached.partitions:
            first = min(promised.values())
        self.progress = replace(
            self.progress, next_epoch=first, partitions=reached.partitions, promised=promised, headings=headings
        )

    def _keep(self, key: QuestionKey, question: Question) -> None:
        self.questions[key] = question
        self._steps.setdefault(key[0], set()).add(key[1])
        self.changed.add(key)
        for day in days_of(question):
            self._due.setdefault(day, set()).add(key)

    def _forget_if_done(self, key: QuestionKey) -> None:
        if is_done(self.questions[key], self._closed):
            self._forget(key)

    def _forget(self, key: QuestionKey) -> None:
        del self.questions[key]
        self.changed.add(key)
        steps = self._steps[key[0]]
        steps.discard(key[1])
        if not steps:
            del self._steps[key[0]]
