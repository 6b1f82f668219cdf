"""River's trees and forests, one case after the other in the day's order; words are nominal where they can be."""

from __future__ import annotations

from typing import Any

from river import forest, tree

from models.candidates.candidate import Candidate, Day, Question, Terms, own
from models.candidates.coded import Words, numbers_of
from models.recipes import RECIPES
from models.schema import Vector


class Grown:
    """A tree or a forest; of every `every` cases it learns one (all by default)."""

    def __init__(self, terms: Terms, model: Any, nominal: bool, every: int = 1) -> None:
        """Begin with what the recipe believes until there was a case."""
        self._target = terms.target
        self._model = model
        self._words = Words() if nominal else None
        self._base_rate = RECIPES[terms.target].base_rate
        self._every = every
        self._seen = 0

    def learn(self, day: Day) -> None:
        """Learn a day's cases one after the other."""
        if self._words is not None:
            self._words.meet(day)
        for case in own(day, self._target):
            if self._seen % self._every == 0:
                self._model.learn_one(self._coded(case.vector), case.label)
            self._seen += 1

    def predict(self, question: Question) -> float:
        """What the model says; before the first case River's say nothing."""
        if not self._seen:
            return self._base_rate
        return float(self._model.predict_proba_one(self._coded(question.vector)).get(True, 0.0))

    def size(self) -> int:
        """The model as it is in memory."""
        return int(self._model._raw_memory_usage)

    def _coded(self, vector: Vector) -> dict[str, Any]:
        if self._words is None:
            return dict(numbers_of(vector))
        return {**numbers_of(vector), **self._words.nominal(vector)}


def hoeffding(terms: Terms) -> Candidate:
    """One tree that splits when it is sure to."""
    return Grown(terms, tree.HoeffdingTreeClassifier(), nominal=True)


def adaptive(terms: Terms) -> Candidate:
    """One tree whose branches are replaced where they become wrong."""
    return Grown(terms, tree.HoeffdingAdaptiveTreeClassifier(seed=terms.seed), nominal=True)


def adaptive_forest(terms: Terms, every: int) -> Candidate:
    """Ten adaptive trees on random features."""
    return Grown(terms, forest.ARFClassifier(n_models=10, seed=terms.seed), nominal=True, every=every)


def mondrian_forest(terms: Terms, every: int) -> Candidate:
    """Ten aggregated Mondrian trees; they compare numbers only, so words are left out."""
    model = forest.AMFClassifier(n_estimators=10, use_aggregation=True, seed=terms.seed)
    return Grown(terms, model, nominal=False, every=every)
