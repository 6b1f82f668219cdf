"""Door: cases whose outcome fell due -> better models. The only place where weights move.

A `Learner` holds a learner for every target, the words that count, the norms, and people's votes. It is a deterministic
function of the epochs' cases in their order, so the same examples always give the same models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from models.ballots import Ballots, tallied
from models.case import Case
from models.hats import words_of
from models.norms import Norms
from models.recipes import RECIPES, Recipe
from models.schema import fingerprint
from models.snapshot import ModelSet
from models.target import TargetLearner, TargetState
from models.vocabulary import Vocabulary, VocabularyState


class LearnerState(Struct, frozen=True):
    """The whole learner as plain numbers: what a checkpoint holds."""

    features: str
    targets: dict[str, TargetState]
    vocabulary: VocabularyState
    norms: Norms
    ballots: Ballots = Ballots()


class Learner:
    """Learns the cases of one epoch after the other and hands out models; restorable from plain numbers."""

    def __init__(self, state: LearnerState | None = None, recipes: Mapping[str, Recipe] = RECIPES) -> None:
        """Continue from `state`, or begin; a state for other features begins anew (its weights mean nothing here)."""
        if state is not None and state.features != fingerprint():
            state = None
        targets: Mapping[str, TargetState] = state.targets if state is not None else {}
        self._targets = {
            target: TargetLearner(target, recipe, targets.get(target)) for target, recipe in recipes.items()
        }
        self._vocabulary = Vocabulary(state.vocabulary if state is not None else None)
        self.norms = state.norms if state is not None else Norms()
        self.ballots = state.ballots if state is not None else Ballots()

    def learn(self, cases: Sequence[Case]) -> None:
        """Learn the cases of an epoch, in their order; words of those that are taken back were met before."""
        for case in cases:
            if case.taken_back is None:
                self._vocabulary.meet(case.deal, words_of(case.vector))
        for target, learner in self._targets.items():
            learner.rest()
            if own := [case for case in cases if case.target == target]:
                learner.learn(own, self._vocabulary.admitted)

    def publish(self, epoch: int) -> ModelSet:
        """The models as they are now, to be used from `epoch` (a UTC day) on."""
        targets = {name: each.publish(epoch) for name, each in self._targets.items()}
        notices = tuple(notice for each in self._targets.values() for notice in each.notices(epoch))
        feedback = tallied(self.ballots, epoch)
        return ModelSet(epoch, fingerprint(), targets, self.norms, notices=notices, feedback=feedback)

    def state(self) -> LearnerState:
        """Everything to continue from."""
        targets = {name: each.state() for name, each in self._targets.items()}
        return LearnerState(fingerprint(), targets, self._vocabulary.state(), self.norms, self.ballots)
