"""River behind glass: what of it the product uses. Our learner is one of River's classifiers, and fits its pipelines.

River's classifiers learn case after case; this one also learns a block of cases at once, which is how the product uses
it: then what the cases of a day share is told from what each of them says.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from river import base, compose

from models.hats import encode
from models.recursive import Cases, Habits, Prior, RecursiveLogistic, RecursiveState
from models.risk import sigmoid
from models.schema import FEATURES, WORDS, Vector
from models.unlearning import unlearned


class HatEncoder(base.Transformer):
    """River transformer: a measurement as a dict of features and words -> weights of hats."""

    def transform_one(self, x: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """Encode one measurement; features that are missing count as never, words as none."""
        numbers = tuple(x.get(feature.name) for feature in FEATURES)
        return dict(encode(Vector(numbers, tuple(str(x.get(word.name, "")) for word in WORDS))).items())


class RecursiveClassifier(base.Classifier):
    """Recursive logistic regression with full covariance. Parameters are those of `models.recursive`."""

    def __init__(
        self, prior: Prior, habits: tuple[Habits, ...] = (Habits(),), state: RecursiveState | None = None
    ) -> None:
        """Begin with the prior, or continue from `state`; `habits` has an entry for each memory."""
        self.prior = prior
        self.habits = habits
        self._regression = RecursiveLogistic(prior, habits, state)

    def learn_block(self, cases: Cases) -> None:
        """Learn the cases of a day at once. Raises ValueError, and learns nothing, for what cannot be learned."""
        self._regression.learn(cases)

    def unlearn_block(self, cases: Cases, days: Sequence[int]) -> None:
        """Take back cases that were learned on these days."""
        left = unlearned(self._regression.state(), self.habits, cases, days)
        self._regression = RecursiveLogistic(self.prior, self.habits, left)

    def learn_one(self, x: dict[Hashable, Any], y: base.typing.ClfTarget) -> None:
        """Learn one case: a block of its own."""
        self._regression.learn(Cases.of([{str(slot): weight for slot, weight in x.items()}], [bool(y)], [""]))

    def predict_proba_one(self, x: dict[Hashable, Any], **_kwargs: Any) -> dict[base.typing.ClfTarget, float]:
        """The probabilities of both outcomes."""
        said = sigmoid(self._regression.log_odds({str(slot): weight for slot, weight in x.items()}))
        return {False: 1.0 - said, True: said}

    def state(self) -> RecursiveState:
        """Everything to continue from, as plain numbers."""
        return self._regression.state()

    @property
    def weights(self) -> dict[str, float]:
        """The weight of every slot of the curves seen so far."""
        return self._regression.weights()


def recursive_pipeline(prior: Prior, habits: tuple[Habits, ...] = (Habits(),)) -> compose.Pipeline:
    """A River pipeline from measurements to probabilities."""
    return compose.Pipeline(HatEncoder(), RecursiveClassifier(prior, habits))
