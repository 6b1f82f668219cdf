"""River's linear models, one case after the other in the day's order, on three codings of a measurement."""

from __future__ import annotations

from typing import Any, Protocol

from river import ensemble, linear_model, optim, preprocessing, stats
from river.utils import VectorDict

from models.candidates.candidate import Candidate, Day, Question, Terms, own
from models.candidates.coded import Words, crossed, numbers_of
from models.hats import CONSTANT, encode
from models.recipes import RECIPES
from models.risk import log_odds
from models.schema import FEATURES, Vector

#: Steps of AdaGrad, as the product had them before: an outcome that is one label on many days wants small ones.
RATES = {"inactivity": 0.03, "slippage": 0.01, "win": 0.01}
#: Bins of a feature, at quantiles that move with what is seen.
_QUANTILES = tuple(step / 12 for step in range(1, 12))
_PAIRS = (
    ("phase", "since_contact"),
    ("phase", "since_proposal"),
    ("phase", "contacts"),
    ("phase", "age"),
    ("weekday", "since_contact"),
    ("since_proposal", "since_contact"),
    ("position", "stage_age"),
)


class Coding(Protocol):
    """How a measurement becomes a dictionary of numbers."""

    def meet(self, day: Day, vectors: list[Vector]) -> None:
        """Take in a day's cases of all targets, and the measurements of one's own, before they are learned."""

    def code(self, vector: Vector) -> dict[str, float]:
        """Code a measurement."""


class Scaled:
    """Numbers less their mean, by their deviation (`StandardScaler`), and words one-hot."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._scaler: Any = preprocessing.StandardScaler()
        self._words = Words()

    def meet(self, day: Day, vectors: list[Vector]) -> None:
        """Move means and deviations."""
        self._words.meet(day)
        for vector in vectors:
            self._scaler.learn_one(numbers_of(vector))

    def code(self, vector: Vector) -> dict[str, float]:
        """Scale."""
        return {**self._scaler.transform_one(numbers_of(vector)), **self._words.one_hot(vector)}


class Hats:
    """The product's own curves, phase curves and words, and a constant."""

    def __init__(self) -> None:
        """Begin with no word known."""
        self._words = Words()

    def meet(self, day: Day, vectors: list[Vector]) -> None:
        """Count words."""
        self._words.meet(day)

    def code(self, vector: Vector) -> dict[str, float]:
        """Lay on knots."""
        return encode(vector, self._words.known)


class Binned:
    """One slot a feature: its bin between quantiles that are followed as cases come (P2, Jain and Chlamtac 1985)."""

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        """Begin without a quantile; `pairs` are crossed."""
        self._pairs = pairs
        self._words = Words()
        counted = [feature.name for feature in FEATURES if not feature.categorical]
        self._quantiles = {name: [stats.Quantile(share) for share in _QUANTILES] for name in counted}
        self._edges: dict[str, list[float]] = {name: [] for name in counted}

    def meet(self, day: Day, vectors: list[Vector]) -> None:
        """Move the quantiles."""
        self._words.meet(day)
        for vector in vectors:
            for feature, value in zip(FEATURES, vector.numbers, strict=True):
                if value is not None and not feature.categorical:
                    for quantile in self._quantiles[feature.name]:
                        quantile.update(value)
        if vectors:
            self._edges = {
                name: sorted(edge for each in followed if (edge := each.get()) is not None)
                for name, followed in self._quantiles.items()
            }

    def code(self, vector: Vector) -> dict[str, float]:
        """Find the bins."""
        slots = {
            feature.name: f"{feature.name}@{self._bin(feature.name, value)}"
            for feature, value in zip(FEATURES, vector.numbers, strict=True)
        }
        return {CONSTANT: 1.0, **crossed(slots, self._pairs), **self._words.one_hot(vector)}

    def _bin(self, name: str, value: float | None) -> str:
        if value is None:
            return "never"
        edges = self._edges.get(name)
        return f"{value:g}" if edges is None else str(sum(edge <= value for edge in edges))


class Linear:
    """One of River's classifiers behind a coding."""

    def __init__(self, terms: Terms, model: Any, coding: Coding) -> None:
        """Begin with what the recipe believes until there was a case."""
        self._target = terms.target
        self._coding = coding
        self._model = model
        self._base_rate = RECIPES[terms.target].base_rate
        self._trained = False

    def learn(self, day: Day) -> None:
        """Learn a day's cases one after the other."""
        cases = own(day, self._target)
        self._coding.meet(day, [case.vector for case in cases])
        for case in cases:
            self._model.learn_one(self._coding.code(case.vector), case.label)
            self._trained = True

    def predict(self, question: Question) -> float:
        """What the model says."""
        if not self._trained:
            return self._base_rate
        return float(self._model.predict_proba_one(self._coding.code(question.vector)).get(True, self._base_rate))

    def size(self) -> None:
        """Not cheap to say: River keeps weights outside of Python, where its own count does not reach."""


def _adagrad(terms: Terms) -> Any:
    """Logistic regression by AdaGrad. River steps its intercept by plain SGD: a constant feature takes its place."""
    model = linear_model.LogisticRegression(optim.AdaGrad(RATES[terms.target]), intercept_lr=0.0)
    model._weights = VectorDict({CONSTANT: log_odds(RECIPES[terms.target].base_rate)})
    return model


def scaled_sgd(terms: Terms) -> Candidate:
    """StandardScaler | LogisticRegression as everybody begins with it: SGD .01."""
    return Linear(terms, linear_model.LogisticRegression(), Scaled())


def hats_adagrad(terms: Terms) -> Candidate:
    """The product's encoding with its former learner."""
    return Linear(terms, _adagrad(terms), Hats())


def bins_adagrad(terms: Terms) -> Candidate:
    """Bins between online quantiles."""
    return Linear(terms, _adagrad(terms), Binned())


def crossed_adagrad(terms: Terms) -> Candidate:
    """Bins between online quantiles, and seven pairs of them."""
    return Linear(terms, _adagrad(terms), Binned(_PAIRS))


def bagged(terms: Terms) -> Candidate:
    """Ten logistic regressions on resampled cases; one that drifts is begun anew (ADWIN)."""
    model = ensemble.ADWINBaggingClassifier(linear_model.LogisticRegression(), n_models=10, seed=terms.seed)
    return Linear(terms, model, Scaled())
