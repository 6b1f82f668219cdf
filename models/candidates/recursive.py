"""The product's learner with any recipe: the default, and the default with one of its parts taken away."""

from __future__ import annotations

from msgspec.structs import replace

from models.candidates.candidate import Candidate, Day, Question, Terms
from models.learn import Learner
from models.recipes import RECIPES, Recipe
from models.scorer import Scorer

#: Nearby knots know nothing of each other: the covariance falls to nothing within one.
_NO_REACH = 1e-9


class Recursive:
    """The product's `Learner` and `Scorer` for one target, with a recipe of one's own."""

    def __init__(self, terms: Terms, recipe: Recipe | None = None) -> None:
        """Begin with `recipe` (none: the product's)."""
        self._target = terms.target
        self._learner = Learner(recipes={terms.target: recipe or RECIPES[terms.target]})
        self._scorer = self._published()

    def learn(self, day: Day) -> None:
        """Learn the day at once, as the product does, and lay out the new weights for scoring."""
        self._learner.learn([*day.taken_back, *day.cases])
        self._scorer = self._published()

    def predict(self, question: Question) -> float:
        """Score as the product does."""
        return self._scorer.probabilities(question.vector)[self._target]

    def size(self) -> int:
        """The bytes of means and covariances."""
        memory = self._learner.state().targets[self._target].memory
        return sum(map(len, memory.means)) + sum(map(len, memory.covariances))

    def _published(self) -> Scorer:
        return Scorer(self._learner.publish(0))


def default(terms: Terms) -> Candidate:
    """The product's own."""
    return Recursive(terms)


def only_lasting(terms: Terms) -> Candidate:
    """Only the memory that forgets nothing."""
    recipe = RECIPES[terms.target]
    return Recursive(terms, replace(recipe, memories=recipe.memories[:1]))


def only_forgetting(terms: Terms) -> Candidate:
    """Only the memory that forgets."""
    recipe = RECIPES[terms.target]
    return Recursive(terms, replace(recipe, memories=recipe.memories[1:]))


def without_words(terms: Terms) -> Candidate:
    """Numbers only."""
    return Recursive(terms, replace(RECIPES[terms.target], words=()))


def without_phases(terms: Terms) -> Candidate:
    """Main curves only."""
    return Recursive(terms, replace(RECIPES[terms.target], by_phase=()))


def without_smoothness(terms: Terms) -> Candidate:
    """Every knot of a curve by itself before any case."""
    recipe = RECIPES[terms.target]
    beliefs = replace(recipe.beliefs, curve_reach=_NO_REACH, phase_reach=_NO_REACH)
    return Recursive(terms, replace(recipe, beliefs=beliefs))
