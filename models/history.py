"""Door: the cases of a whole history -> the learner that has learned them, in blocks of days.

What comes out is what the online learner would have, made faster: the same words, counts, level, average shares and
figures of quality, day by day; the weights by `models.backfill`. In two things it is coarser. A question is answered by
the models of the beginning of the block in which it was asked, not of its day; that matters to the level and to the
figures of quality only. And a memory that forgets does so at the end of each block.

Judged is what nobody had learned: from a day on, the *cut*, every question is answered by the models as they were then,
which had learned the answers due before it and no other. Afterwards the rest is learned, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from scipy.special import expit

from models.backfill import BackfillLogistic
from models.beliefs import HatPrior
from models.case import Case
from models.hats import CONSTANT, split_curve, words_of
from models.learn import LearnerState
from models.norms import Norms
from models.recipes import RECIPES, Recipe
from models.recursive import Cases, Floats, RecursiveState
from models.schema import INDEX, NAMES, Vector, fingerprint
from models.sheet import sheet_of
from models.target import TargetLearner, TargetState
from models.vocabulary import Vocabulary

#: The first block ends with the day on which it has so many cases, each later one has as many as all before, up to so
#: many, or so many days. So no question is answered by models that are much poorer than those of its day would be.
FIRST_CASES = 500
BLOCK_CASES = 10_000
BLOCK_DAYS = 92
#: So many questions are laid on knots at once.
_LAID_AT_ONCE = 10_000
_PHASE = INDEX["phase"]


class Day(NamedTuple):
    """The cases that fell due on a UTC day, in the order in which they are learned."""

    epoch: int
    cases: Sequence[Case]


class Held(NamedTuple):
    """Cases that were asked from the cut on: what was said of them, and what came of it."""

    said: Floats
    labels: list[bool]


class Learned(NamedTuple):
    """The learner after a history, and by target what its models of the cut were worth (nothing without a cut)."""

    state: LearnerState
    held: dict[str, Held]


def learn_history(
    days: Sequence[Day],
    norms: Norms,
    cut: int | None = None,
    recipes: Mapping[str, Recipe] = RECIPES,
    tick: Callable[[int], None] | None = None,
) -> Learned:
    """Learn days in their order; `norms` are those at the end.

    `cut` is the UTC day from which on cases are held out, until they were judged. `tick` is told how many cases are
    done. Raises ValueError where a case does not say when it was asked.
    """
    vocabulary = _vocabulary(days)
    design = _Design(days, vocabulary.admitted)
    states: dict[str, TargetState] = {}
    held: dict[str, Held] = {}
    done = 0
    for name, recipe in recipes.items():
        target = _Target(name, recipe, days, design)
        for block in blocks(target.days, cut):
            done += target.learn_block(block, cut)
            if tick is not None:
                tick(done)
        states[name], held[name] = target.learner.state(), target.held(cut)
    return Learned(LearnerState(fingerprint(), states, vocabulary.state(), norms), held)


def blocks(days: Sequence[Day], cut: int | None = None) -> list[Sequence[Day]]:
    """Cut days into blocks, none of which has days on both sides of `cut`.

    A block ends with the day on which it has as many cases as all blocks before it together.
    """
    found: list[Sequence[Day]] = []
    first = before = size = 0
    for number, day in enumerate(days):
        began = days[first].epoch
        enough = min(max(before, FIRST_CASES), BLOCK_CASES)
        crossing = cut is not None and began < cut <= day.epoch
        if number > first and (crossing or day.epoch - began >= BLOCK_DAYS or size >= enough):
            found.append(days[first:number])
            first, before, size = number, before + size, 0
        size += len(day.cases)
    if days:
        found.append(days[first:])
    return found


def _vocabulary(days: Sequence[Day]) -> Vocabulary:
    vocabulary = Vocabulary()
    #: Words that say nothing new together: a word that has a weight keeps it.
    settled: set[tuple[str, ...]] = set()
    for day in days:
        for case in day.cases:
            if case.vector.words in settled:
                continue
            vocabulary.meet(case.deal, words_of(case.vector))
            if all(word in vocabulary.admitted for word in words_of(case.vector)):
                settled.add(case.vector.words)
    return vocabulary


class _Design:
    """All questions of a history laid on knots once, a row each; of its columns each target takes those it knows."""

    def __init__(self, days: Sequence[Day], words: Mapping[str, None]) -> None:
        vectors: dict[int, Vector] = {id(case.vector): case.vector for day in days for case in day.cases}
        #: The row of a case's question; the targets share it.
        self.row = {name: number for number, name in enumerate(vectors)}
        measured = list(vectors.values())
        self.phases = np.array([int(each.numbers[_PHASE] or 0) for each in measured], dtype=np.intp)
        columns: dict[str, int] = {}
        parts: list[Any] = []
        for first in range(0, len(measured), _LAID_AT_ONCE):
            sheet = sheet_of(measured[first : first + _LAID_AT_ONCE], words, NAMES)
            place = np.array([columns.setdefault(slot, len(columns)) for slot in sheet.slots], dtype=np.int32)
            parts.append((sheet.rows.data, place[sheet.rows.indices], np.diff(sheet.rows.indptr)))
        self.slots = tuple(columns)
        if parts:
            data, indices, lengths = (np.concatenate(each) for each in zip(*parts, strict=True))
        else:
            data, indices, lengths = np.zeros(0), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
        ends = np.concatenate([[0], np.cumsum(lengths)])
        self.rows = sparse.csr_array((data, indices, ends), shape=(len(measured), len(columns)))


class _Learner(TargetLearner):
    """A target's learner whose weights come from blocks of days."""

    def __init__(self, target: str, recipe: Recipe) -> None:
        self._backfill = BackfillLogistic(HatPrior(recipe.beliefs), recipe.memories)
        super().__init__(target, recipe, None)

    def learn_days(self, cases: Cases, days: Sequence[int], kinds: Sequence[int]) -> None:
        self._backfill.learn_days(cases, days, kinds)
        self._weights = self._weigh()

    @property
    def level(self) -> float:
        return self._level

    def counts(self, slot: str) -> bool:
        """Whether a slot is one of this target's."""
        curve = split_curve(slot)
        if curve is None:
            return slot == CONSTANT or slot in self.own((slot,))
        name, phase = curve
        return phase is None or name in self._recipe.by_phase

    def weights_of(self, slots: Sequence[str]) -> Floats:
        """The weights of slots without the level that follows; of those that are not this target's, zero."""
        weights = self._blended(self._learned())
        return np.array([weights.get(slot, 0.0) for slot in slots])

    def _learned(self) -> dict[str, float]:
        return self._backfill.weights()

    def _memory(self) -> RecursiveState:
        return self._backfill.state()


class _Target:
    """One target's way through a history."""

    def __init__(self, name: str, recipe: Recipe, days: Sequence[Day], design: _Design) -> None:
        self.learner = _Learner(name, recipe)
        #: The days on which it has cases.
        self.days = [Day(each.epoch, own) for each in days if (own := [it for it in each.cases if it.target == name])]
        self._design = design
        cases = [case for day in self.days for case in day.cases]
        if any(case.asked is None for case in cases):
            raise ValueError(f"a case of {name} does not say when it was asked")
        self._rows = np.array([design.row[id(case.vector)] for case in cases], dtype=np.intp)
        self._labels = [case.label for case in cases]
        self._asked = np.array([case.asked for case in cases], dtype=np.int64)
        #: What the weights said of each case when it was asked.
        self._log_odds = np.zeros(len(cases))
        self._answered_until = -1
        #: The days learned so far, and the level on the morning of each.
        self._mornings: list[int] = []
        self._levels: list[float] = []
        self._done = 0
        self._columns = np.flatnonzero([self.learner.counts(slot) for slot in design.slots])
        self._held: Held | None = None

    def learn_block(self, block: Sequence[Day], cut: int | None) -> int:
        """Answer what was asked in the days of a block, keep the books of each day, learn; returns how many cases."""
        if cut is not None and self._held is None and block[0].epoch >= cut:
            self._held = self.held(cut)
        self._answer(block[-1].epoch)
        first = self._done
        for day in block:
            self._book(day)
        part = slice(first, self._done)
        rows = self._rows[part]
        measured = self._design.rows[rows]
        mine = np.zeros(measured.shape[1], dtype=bool)
        mine[self._columns] = True
        used = np.flatnonzero(mine & (np.bincount(measured.indices, minlength=len(mine)) > 0))
        cases = Cases(
            [self._design.slots[column] for column in used],
            measured[:, used],
            self._labels[part],
            [case.deal for day in block for case in day.cases],
            [self.learner.count(case) for day in block for case in day.cases],
        )
        epochs = [day.epoch for day in block for _ in day.cases]
        self.learner.learn_days(cases, epochs, self._design.phases[rows].tolist())
        for day in block:
            self.learner.center(day.cases)
        return len(rows)

    def held(self, cut: int | None) -> Held:
        """What was asked from the cut on, and what the models of the cut say of it."""
        if self._held is not None or cut is None:
            return self._held or Held(np.zeros(0), [])
        late = np.flatnonzero(self._asked >= cut)
        said = expit(self._design.rows[self._rows[late]] @ self._weights() + self.learner.level)
        return Held(said, [self._labels[each] for each in late])

    def _weights(self) -> Floats:
        """The target's weights as they are, by column of the design."""
        weights = np.zeros(len(self._design.slots))
        weights[self._columns] = self.learner.weights_of([self._design.slots[each] for each in self._columns])
        return weights

    def _answer(self, until: int) -> None:
        """Answer what was asked up to a day and is not answered yet, as far as the weights go."""
        now = np.flatnonzero((self._asked > self._answered_until) & (self._asked <= until))
        self._log_odds[now] = self._design.rows[self._rows[now]] @ self._weights()
        self._answered_until = until

    def _book(self, day: Day) -> None:
        self.learner.say_usual(day.epoch)
        self._mornings.append(day.epoch)
        self._levels.append(self.learner.level)
        part = slice(self._done, self._done + len(day.cases))
        at = np.searchsorted(self._mornings, np.minimum(self._asked[part], day.epoch))
        said = expit(self._log_odds[part] + np.array(self._levels)[at])
        self.learner.book(day.cases, said.tolist())
        self._done += len(day.cases)
