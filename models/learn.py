"""Door: cases whose outcome fell due -> better models. The only place where weights move.

A `Learner` holds one online classifier per target and the norms. It is a deterministic function of the cases in their
order, so the same examples always give the same models. `centers` (the average share of each feature) are refreshed on
a sample of the cases, since they only serve explanations.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from msgspec import Struct
from msgspec.structs import replace

from models.hats import CONSTANT
from models.norms import Norms
from models.river_kit import OnlineClassifier, PipelineState
from models.schema import NAMES, Vector, fingerprint
from models.score import feature_shares
from models.snapshot import ModelSet, Quality, Weights

#: Learning rates per target, chosen on the real log before its last month: a slow label wants small steps.
RATES: dict[str, float] = {"inactivity": 0.03, "slippage": 0.01, "win": 0.01}
#: Every so many cases the average share of each feature is refreshed, with this much of the new value.
CENTER_EVERY = 16
CENTER_SHARE = 0.05
#: Memory of the prequential figures, in cases.
QUALITY_MEMORY = 1_000
_TINY = 1e-12
#: What is said before anything was learned: how often it happens elsewhere (won: CSO Insights 2018, 47 %).
PRIORS: dict[str, float] = {"inactivity": 0.2, "slippage": 0.5, "win": 0.47}


class Case(Struct, frozen=True):
    """What was measured, what was said then (none where no model was ready), and what came of it."""

    target: str
    vector: Vector
    label: bool
    predicted: float | None = None
    weight: float = 1.0


class TargetState(Struct, frozen=True):
    """One target's learner as plain numbers."""

    pipeline: PipelineState
    trained: int
    positives: int
    centers: dict[str, float]
    quality: Quality


class LearnerState(Struct, frozen=True):
    """The whole learner as plain numbers: what a checkpoint holds."""

    features: str
    targets: dict[str, TargetState]
    norms: Norms


class _Target:
    def __init__(self, target: str, state: TargetState | None) -> None:
        self.target = target
        start = PipelineState({CONSTANT: log(PRIORS[target] / (1.0 - PRIORS[target]))}, {}, 0)
        self.classifier = OnlineClassifier(RATES[target], start if state is None else state.pipeline)
        self.trained = 0 if state is None else state.trained
        self.positives = 0 if state is None else state.positives
        self.centers = dict.fromkeys(NAMES, 0.0) if state is None else dict(state.centers)
        self.quality = Quality() if state is None else state.quality

    def learn(self, case: Case) -> None:
        if case.predicted is not None and self.trained:
            self.quality = _follow(self.quality, case.predicted, self.positives / self.trained, case.label)
        self.classifier.learn(case.vector, case.label, case.weight)
        self.trained += 1
        self.positives += case.label
        if self.trained % CENTER_EVERY == 0:
            shares = feature_shares(self.classifier.weights(), case.vector)
            for name, share in zip(NAMES, shares, strict=True):
                self.centers[name] += CENTER_SHARE * (share - self.centers[name])

    def state(self) -> TargetState:
        return TargetState(self.classifier.state(), self.trained, self.positives, dict(self.centers), self.quality)

    def publish(self, epoch: int) -> Weights:
        return Weights(
            target=self.target,
            version=f"{self.target}-{epoch}",
            trained=self.trained,
            base_rate=self.positives / self.trained if self.trained else PRIORS[self.target],
            weights=self.classifier.weights(),
            centers=dict(self.centers),
            quality=self.quality,
        )


class Learner:
    """Learns cases one after the other and hands out models; restorable from plain numbers."""

    def __init__(self, state: LearnerState | None = None) -> None:
        """Continue from `state`, or begin; a state for other features begins anew (its weights mean nothing here)."""
        usable = state is not None and state.features == fingerprint()
        targets: Mapping[str, TargetState] = state.targets if state is not None and usable else {}
        self._targets = {target: _Target(target, targets.get(target)) for target in RATES}
        self.norms = state.norms if state is not None and usable else Norms()

    def learn(self, case: Case) -> None:
        """Learn one case."""
        self._targets[case.target].learn(case)

    def publish(self, epoch: int) -> ModelSet:
        """The models as they are now, to be used from `epoch` (a UTC day) on."""
        targets = {name: each.publish(epoch) for name, each in self._targets.items()}
        return ModelSet(epoch, fingerprint(), targets, self.norms)

    def state(self) -> LearnerState:
        """Everything to continue from."""
        return LearnerState(fingerprint(), {name: each.state() for name, each in self._targets.items()}, self.norms)


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
