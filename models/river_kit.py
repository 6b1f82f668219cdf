"""River behind glass: the only importer of River. Our learner as one of River's classifiers.

The product learns a day's cases at once and scores with plain weights; what it learns and says is what this classifier,
given the same cases one by one, would learn and say, but for what the cases of a day share.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from river import base, compose

from models.hats import encode
from models.recursive import Cases, Habits, Prior, RecursiveLogistic
from models.risk import sigmoid
from models.schema import FEATURES, WORDS, Vector


class HatEncoder(base.Transformer):
    """River transformer: a measurement as a dict of features and words -> weights of hats."""

    def transform_one(self, x: dict[Hashable, Any]) -> dict[Hashable, Any]:
        """Encode one measurement; features that are missing count as never, words as none."""
        numbers = tuple(x.get(feature.name) for feature in FEATURES)
        return dict(encode(Vector(numbers, tuple(str(x.get(word.name, "")) for word in WORDS))).items())


class RecursiveClassifier(base.Classifier):
    """Recursive logistic regression with full covariance. Parameters are those of `models.recursive`."""

    def __init__(self, prior: Prior, habits: tuple[Habits, ...] = (Habits(),)) -> None:
        """Begin with the prior; `habits` has an entry for each memory."""
        self.prior = prior
        self.habits = habits
        self._regression = RecursiveLogistic(prior, habits)

    def learn_one(self, x: dict[Hashable, Any], y: base.typing.ClfTarget) -> None:
        """Learn one case: a block of its own."""
        self._regression.learn(Cases.of([{str(slot): weight for slot, weight in x.items()}], [bool(y)], [""]))

    def predict_proba_one(self, x: dict[Hashable, Any], **_kwargs: Any) -> dict[base.typing.ClfTarget, float]:
        """The probabilities of both outcomes."""
        said = sigmoid(self._regression.log_odds({str(slot): weight for slot, weight in x.items()}))
        return {False: 1.0 - said, True: said}

    @property
    def weights(self) -> dict[str, float]:
        """The weight of every slot of the curves seen so far."""
        return self._regression.weights()


def recursive_pipeline(prior: Prior, habits: tuple[Habits, ...] = (Habits(),)) -> compose.Pipeline:
    """A River pipeline from measurements to probabilities."""
    return compose.Pipeline(HatEncoder(), RecursiveClassifier(prior, habits))
