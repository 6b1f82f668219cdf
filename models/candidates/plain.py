"""What costs nothing: the share that came true so far, and a rule of thumb."""

from __future__ import annotations

from models.candidates.candidate import Day, Question, Terms, own
from models.recipes import RECIPES


class BaseRate:
    """Always says the share of the cases learned so far that came true; before any, what the recipe believes."""

    def __init__(self, terms: Terms) -> None:
        """Begin with one case's worth of the recipe's belief."""
        self._target = terms.target
        self._cases, self._positives = 1.0, RECIPES[terms.target].base_rate

    def learn(self, day: Day) -> None:
        """Count."""
        for case in own(day, self._target):
            self._cases += 1.0
            self._positives += case.label

    def predict(self, question: Question) -> float:
        """The share so far."""
        return self._positives / self._cases

    def size(self) -> int:
        """Two numbers."""
        return 16


class DaysSinceContact:
    """Ranks by the days since the last contact with the buyer, or by the deal's age where there was none."""

    def learn(self, day: Day) -> None:
        """Learn nothing."""

    def predict(self, question: Question) -> float:
        """The days of the present silence."""
        return silence(question)

    def size(self) -> int:
        """Nothing is remembered."""
        return 0


def silence(question: Question) -> float:
    """Days since the last contact, or since the deal began where there was none."""
    quiet = question.vector.value("since_contact")
    return float((question.vector.value("age") or 0.0) if quiet is None else quiet)
