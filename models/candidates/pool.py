"""Several candidates whose log-odds are added with weights that follow their latest losses.

Hedge with a fixed share (Herbster and Warmuth, Tracking the Best Expert, 1998): a weight falls exponentially with the
log loss of what its expert said of the cases that fell due, and each day a share of all weights is dealt out anew, so
that an expert who was wrong for long can come back. The loss is that of what was said when the question was asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from models.candidates.candidate import Candidate, Day, Question, own
from models.quality import log_loss
from models.risk import log_odds, sigmoid
from models.schema import Vector

#: How much a nat of loss costs, and the share of the weights that is dealt out anew each day.
RATE = 0.1
SHARE = 0.05


class Pool:
    """Experts, their weights, and what each said of the questions that wait for their answer."""

    def __init__(self, target: str, experts: Sequence[Candidate]) -> None:
        """Begin with equal weights."""
        self._target = target
        self._experts = list(experts)
        self._said: dict[tuple[str, Vector], list[float]] = {}
        self.weights = [1.0 / len(experts)] * len(experts)

    def learn(self, day: Day) -> None:
        """Weigh the experts by what they said of the day's cases, then let them learn these."""
        losses = [0.0] * len(self._experts)
        for case in own(day, self._target):
            for index, said in enumerate(self._said.pop((case.deal, case.vector), ())):
                losses[index] += log_loss(said, case.label)
        least = min(losses)
        grown = [weight * exp(-RATE * (loss - least)) for weight, loss in zip(self.weights, losses, strict=True)]
        total = sum(grown)
        self.weights = [(1.0 - SHARE) * each / total + SHARE / len(grown) for each in grown]
        for expert in self._experts:
            expert.learn(day)

    def predict(self, question: Question) -> float:
        """The probability of the weighted log-odds."""
        said = [expert.predict(question) for expert in self._experts]
        self._said[question.deal, question.vector] = said
        return sigmoid(sum(weight * log_odds(each) for weight, each in zip(self.weights, said, strict=True)))

    def size(self) -> int | None:
        """The sum of the experts' sizes."""
        sizes = [expert.size() for expert in self._experts]
        return None if None in sizes else sum(each or 0 for each in sizes)
