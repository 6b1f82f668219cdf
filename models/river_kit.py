"""River behind glass: the only importer of River. Builds the online pipeline, learns, and moves weights in and out.

The pipeline is `HatEncoder | LogisticRegression(AdaGrad)`. River's own intercept steps by plain SGD, so it is switched
off and a constant slot takes its place (measured: +.007 AUC). State leaves as plain numbers, never as a pickle.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from msgspec import Struct
from river import base, compose, linear_model, optim
from river.utils import VectorDict

from models.hats import encode
from models.schema import NAMES, Vector


class HatEncoder(base.Transformer):
    """River transformer: a measurement as a dict of features -> weights of hats."""

    def transform_one(self, x: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """Encode one measurement; features that are missing count as never."""
        return dict(encode(tuple(x.get(name) for name in NAMES)).items())


class SparseAdaGrad(optim.AdaGrad):
    """River's AdaGrad, the same steps to the last bit, with what is the same for all slots of a case looked up once."""

    def _step_with_dict(self, w: Any, g: Any) -> Any:
        rate, floor, squares = self.learning_rate, self.eps, self.g2
        for slot, slope in g.items():
            squares[slot] = square = squares[slot] + slope**2
            w[slot] -= rate / (square + floor) ** 0.5 * slope
        return w


class PipelineState(Struct, frozen=True):
    """Everything that a learner remembers: weights, AdaGrad's sums of squared gradients, and the step count."""

    weights: dict[str, float]
    squares: dict[str, float]
    steps: int


class OnlineClassifier:
    """A River pipeline for one target, restorable from plain numbers."""

    def __init__(self, rate: float, state: PipelineState | None = None) -> None:
        """Build the pipeline with AdaGrad's learning `rate`, continuing from `state` where one is given."""
        optimizer = SparseAdaGrad(rate)
        self._regression = linear_model.LogisticRegression(optimizer=optimizer, intercept_lr=0.0)
        self.pipeline = compose.Pipeline(HatEncoder(), self._regression)
        if state is not None:
            self._regression._weights = VectorDict(dict(state.weights))
            optimizer.g2.update(state.squares)
            optimizer.n_iterations = state.steps

    def learn(self, vector: Vector, label: bool, weight: float) -> None:
        """Learn one case that turned out as `label`."""
        self._regression.learn_one(encode(vector), label, w=weight)

    def probability(self, vector: Vector) -> float:
        """The pipeline's own probability, to hold the scoring path against."""
        odds = self.pipeline.predict_proba_one(dict(zip(NAMES, vector, strict=True)))
        return float(odds[True])

    def weights(self) -> dict[str, float]:
        """The weight of every slot seen so far."""
        return dict(self._regression.weights)

    def state(self) -> PipelineState:
        """Everything to continue from."""
        optimizer = self._regression.optimizer
        return PipelineState(self.weights(), dict(optimizer.g2), optimizer.n_iterations)
