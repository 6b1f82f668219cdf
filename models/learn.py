"""Door: cases whose outcome fell due -> better models. The only place where weights move.

A `Learner` holds a River classifier for every target, and the norms. It is a deterministic function of the epochs'
cases in their order, so the same examples always give the same models. `centers` (the average share of each feature)
are refreshed on a sample of the cases, since they only serve explanations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log

from msgspec import Struct
from msgspec.structs import replace

from models.beliefs import HatPrior
from models.hats import CONSTANT, split_word, words_of
from models.norms import Norms
from models.recipes import RECIPES, Recipe
from models.recursive import Cases, RecursiveState
from models.river_kit import RecursiveClassifier
from models.schema import FEATURES, INDEX, NAMES, PHASES, Vector, fingerprint
from models.score import shares_of
from models.sheet import sheet_of
from models.snapshot import ModelSet, Quality, Weights
from models.vocabulary import Vocabulary, VocabularyState

#: Of so many cases one refreshes the average share of each feature, with this much of the new value.
CENTER_EVERY = 64
CENTER_SHARE = 0.1
#: Memory of the prequential figures, in cases.
QUALITY_MEMORY = 1_000
#: The level follows what was said too high or too low lately: how much of it, how much is kept from day to day, and how
#: many cases' worth of doubt holds it back.
LEVEL_GAIN = 0.06
LEVEL_KEPT = 0.97
LEVEL_DOUBT = 20.0
#: Before there are cases a share weighs as much as so many: elsewhere's for the base rate, the base rate for a phase.
RATE_DOUBT = 20.0
_TINY = 1e-12
_PHASE = INDEX["phase"]


class Case(Struct, frozen=True):
    """What was measured of a deal, what was said then (none where no model was ready), and what came of it."""

    target: str
    deal: str
    vector: Vector
    label: bool
    predicted: float | None = None
    asked: int | None = None
    """The UTC day of the question."""


class TargetState(Struct, frozen=True):
    """One target's learner as plain numbers."""

    memory: RecursiveState
    trained: int
    positives: int
    phases: tuple[tuple[int, int], ...]
    """Cases and positives by phase."""
    level: float
    centers: dict[str, float]
    quality: Quality


class LearnerState(Struct, frozen=True):
    """The whole learner as plain numbers: what a checkpoint holds."""

    features: str
    targets: dict[str, TargetState]
    vocabulary: VocabularyState
    norms: Norms


class TargetLearner:
    """Learns one target, and keeps the books about it."""

    def __init__(self, target: str, recipe: Recipe, state: TargetState | None) -> None:
        self._target = target
        self._recipe = recipe
        self._words = {INDEX[name] - len(FEATURES) for name in recipe.words}
        memory = None if state is None else state.memory
        self._classifier = RecursiveClassifier(HatPrior(recipe.beliefs), recipe.memories, memory)
        self.trained = 0 if state is None else state.trained
        self._positives = 0 if state is None else state.positives
        self._phases = [(0, 0)] * len(PHASES) if state is None else list(state.phases)
        self._level = 0.0 if state is None else state.level
        self._centers = dict.fromkeys(NAMES, 0.0) if state is None else dict(state.centers)
        self._quality = Quality() if state is None else state.quality
        self._weights = self._weigh()

    def learn(self, cases: Sequence[Case], words: Mapping[str, None]) -> None:
        """Learn the cases of an epoch."""
        self.book(cases, [case.predicted for case in cases])
        own = self.own(words)
        sheet = sheet_of([case.vector for case in cases], own, self._recipe.by_phase)
        labels, deals = [case.label for case in cases], [case.deal for case in cases]
        self._classifier.learn_block(Cases(sheet.slots, sheet.rows, labels, deals))
        self._weights = self._weigh()
        self.center(cases)

    def book(self, cases: Sequence[Case], predicted: Sequence[float | None]) -> None:
        """Count the cases of an epoch, and judge what was said of them, before they are learned."""
        missed = doubt = 0.0
        for case, said in zip(cases, predicted, strict=True):
            if said is not None:
                missed += case.label - said
                doubt += said * (1.0 - said)
                if self.trained:
                    self._quality = _follow(self._quality, said, self._positives / self.trained, case.label)
            self.trained += 1
            self._positives += case.label
            phase = int(case.vector.numbers[_PHASE] or 0)
            seen, came_true = self._phases[phase]
            self._phases[phase] = (seen + 1, came_true + case.label)
        self._level = LEVEL_KEPT * self._level + LEVEL_GAIN * missed / (doubt + LEVEL_DOUBT)

    def own(self, words: Iterable[str]) -> dict[str, None]:
        """Those of the words that count for this target."""
        return {slot: None for slot in words if (word := split_word(slot)) is not None and word[0] in self._words}

    def center(self, cases: Sequence[Case]) -> None:
        """Follow the average share of each feature, on some of the cases of an epoch."""
        for case in cases[::CENTER_EVERY]:
            for name, share in zip(NAMES, shares_of(self._weights, case.vector), strict=True):
                self._centers[name] += CENTER_SHARE * (share - self._centers[name])

    def state(self) -> TargetState:
        """Everything to continue from."""
        return TargetState(
            self._memory(),
            self.trained,
            self._positives,
            tuple(self._phases),
            self._level,
            dict(self._centers),
            self._quality,
        )

    def publish(self, epoch: int) -> Weights:
        """The model as it is now, to be used from `epoch` (a UTC day) on."""
        base_rate = (self._positives + RATE_DOUBT * self._recipe.base_rate) / (self.trained + RATE_DOUBT)
        return Weights(
            target=self._target,
            version=f"{self._target}-{epoch}",
            trained=self.trained,
            base_rate=base_rate,
            rates=tuple((yes + RATE_DOUBT * base_rate) / (seen + RATE_DOUBT) for seen, yes in self._phases),
            weights=dict(self._weights),
            centers=dict(self._centers),
            quality=self._quality,
        )

    def _learned(self) -> dict[str, float]:
        return self._classifier.weights

    def _memory(self) -> RecursiveState:
        return self._classifier.state()

    def _weigh(self) -> dict[str, float]:
        """What was learned, and the level on top."""
        weights = self._learned()
        weights[CONSTANT] = weights.get(CONSTANT, self._recipe.beliefs.level) + self._level
        return weights


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

    def learn(self, cases: Sequence[Case]) -> None:
        """Learn the cases of an epoch, in their order."""
        for case in cases:
            self._vocabulary.meet(case.deal, words_of(case.vector))
        for target, learner in self._targets.items():
            if own := [case for case in cases if case.target == target]:
                learner.learn(own, self._vocabulary.admitted)

    def publish(self, epoch: int) -> ModelSet:
        """The models as they are now, to be used from `epoch` (a UTC day) on."""
        targets = {name: each.publish(epoch) for name, each in self._targets.items()}
        return ModelSet(epoch, fingerprint(), targets, self.norms)

    def state(self) -> LearnerState:
        """Everything to continue from."""
        targets = {name: each.state() for name, each in self._targets.items()}
        return LearnerState(fingerprint(), targets, self._vocabulary.state(), self.norms)


def log_loss(predicted: float, label: bool) -> float:
    """Minus the log of the probability given to what happened."""
    return -log(max(predicted if label else 1.0 - predicted, _TINY))


def _follow(quality: Quality, predicted: float, base_rate: float, label: bool) -> Quality:
    share = 1.0 / min(quality.cases + 1, QUALITY_MEMORY)
    return replace(
        quality,
        cases=quality.cases + 1,
        log_loss=quality.log_loss + share * (log_loss(predicted, label) - quality.log_loss),
        brier=quality.brier + share * ((predicted - label) ** 2 - quality.brier),
        base_log_loss=quality.base_log_loss + share * (log_loss(base_rate, label) - quality.base_log_loss),
    )
