"""A challenger beside the champion: what was learned, with its doubts raised, learns the same cases for a while.

It is begun when predictions have become worse than they should be. Both are judged on the same cases before these are
learned; where the challenger is better by more than chance would have it, it takes over, and where it is not within
`LONGEST` days it is dropped. What it does otherwise: it doubts every weight as if a good part of what is known of it
had been forgotten, and forgets ten times as fast, so that a few days count.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from models.beliefs import HatPrior
from models.recursive import Cases, Habits, Prior, RecursiveState
from models.river_kit import RecursiveClassifier

#: How much of its variance before any case is added to that of each weight.
LOOSENED = 0.3
#: How much faster it forgets, and how much at least.
FORGETS = 10.0
FORGETS_AT_LEAST = 1e-5
#: Days and cases until a verdict, days until the last one, and how many standard errors are no chance.
SHORTEST, LONGEST = 7, 42
LEAST_CASES = 200
NO_CHANCE = 2.0

Verdict = Literal["open", "better", "not better"]


class Score(Struct, frozen=True, omit_defaults=True):
    """How a trial stands: days and cases judged, and the sums of the days' gains in log loss and of their squares."""

    days: int = 0
    cases: int = 0
    gains: float = 0.0
    squares: float = 0.0

    @property
    def gain(self) -> float:
        """By how much less the challenger loses a case, the mean of the days."""
        return self.gains / self.days if self.days else 0.0


class TrialState(Struct, frozen=True):
    """A trial as plain numbers."""

    memory: RecursiveState
    score: Score = Score()


class Trial:
    """A challenger, and how it stands."""

    def __init__(self, prior: HatPrior, habits: tuple[Habits, ...], state: TrialState) -> None:
        """Go on; `habits` are the champion's."""
        self.challenger = RecursiveClassifier(prior, tuple(_hasty(each) for each in habits), state.memory)
        self.score = state.score

    @classmethod
    def of(cls, champion: RecursiveClassifier, prior: HatPrior) -> Trial:
        """Begin one against `champion`."""
        return cls(prior, champion.habits, TrialState(loosened(champion.state(), prior, LOOSENED)))

    def judge(self, gain: float, cases: int) -> None:
        """Count a day: by how much less the challenger lost a case, the mean of `cases`."""
        had = self.score
        self.score = Score(had.days + 1, had.cases + cases, had.gains + gain, had.squares + gain * gain)

    def learn(self, cases: Cases) -> None:
        """Learn the day's cases."""
        self.challenger.learn_block(cases)

    def unlearn(self, cases: Cases, days: Sequence[int]) -> None:
        """Take back cases that it learned on these days, or that were learned before it began."""
        self.challenger.unlearn_block(cases, days)

    @property
    def verdict(self) -> Verdict:
        """Whether it is over, and who is better."""
        score = self.score
        if score.days >= SHORTEST and score.cases >= LEAST_CASES:
            variance = max(score.squares - score.days * score.gain**2, 0.0) / (score.days - 1)
            if score.gain > NO_CHANCE * sqrt(variance / score.days):
                return "better"
        return "not better" if score.days >= LONGEST else "open"

    def state(self) -> TrialState:
        """Everything to continue from."""
        return TrialState(self.challenger.state(), self.score)


def loosened(state: RecursiveState, prior: Prior, share: float) -> RecursiveState:
    """Return what was learned with more doubt: of each weight by a share of its variance before any case."""
    before = []
    for slot in state.slots:
        curve = prior.curve_of(slot)
        place = curve.slots.index(slot)
        before.append(curve.covariance[place, place])
    sizes = np.arange(len(state.slots))
    diagonal = sizes * (sizes + 3) // 2  # of the lower triangle by rows
    covariances = []
    for raw in state.covariances:
        covariance = np.frombuffer(raw, "<f4").copy()
        covariance[diagonal] += share * np.array(before)
        covariances.append(covariance.tobytes())
    return RecursiveState(state.slots, state.means, tuple(covariances))


def _hasty(habits: Habits) -> Habits:
    return replace(habits, forgetting=max(FORGETS * habits.forgetting, FORGETS_AT_LEAST))
