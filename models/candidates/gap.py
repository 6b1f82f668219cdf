"""How unusual is this silence? The surprise of the present gap, given those of the deal, its stage and its owner.

The chance that a gap lasts longer than the present one is blended as `streams/alerts/usual.py` blends usual gaps: the
deal's own (taken as exponential with its mean) counts as often as it has gaps, those of its stage and its owner, read
from the norms, count like four each. Its negative logarithm is the surprise, one number. What it means for the target
is learned from the cases: either by a table of its values, or by a logistic regression on it alone.
"""

from __future__ import annotations

from bisect import bisect_right
from math import exp, log

import numpy as np

from models.candidates.candidate import Candidate, Day, Question, Terms, own
from models.candidates.plain import silence
from models.norms import EDGES, Norms, Spans
from models.recipes import RECIPES
from models.recursive import Cases, Curve, Habits, RecursiveLogistic
from models.risk import log_odds, sigmoid

#: A norm counts like this many own gaps, and is asked from so many spans on.
_PRIOR = 4.0
_LEAST_SPANS = 10
_FOREIGN = 2
#: Where nothing is known a gap is a week on average.
_DEFAULT_DAYS = 7.0
#: Bins of the table, in nats: equal chances up to one in two, then by halves.
_BINS = (0.05, 0.1, 0.2, 0.3, 0.45, 0.69, 1.0, 1.4, 2.1, 2.8, 3.5, 4.2, 5.0)
#: Cases by which a bin's share is drawn to the overall one.
_DOUBT = 10.0


def surprise(question: Question, norms: Norms) -> float:
    """Minus the logarithm of the chance that a gap of this deal lasts longer than the present one, in nats."""
    quiet = silence(question)
    value = question.vector.value
    total = weight = 0.0
    foreign = 0
    known: tuple[Spans | None, ...] = (
        norms.stage_gaps.get(str(value("stage"))),
        norms.owner_gaps.get(str(value("owner"))),
        norms.gaps,
    )
    for spans in known:
        if spans is not None and spans.total >= _LEAST_SPANS and foreign < _FOREIGN:
            total += _PRIOR * longer(spans, quiet)
            weight += _PRIOR
            foreign += 1
    if not foreign:
        total, weight = _PRIOR * exp(-quiet / _DEFAULT_DAYS), _PRIOR
    mean = value("mean_gap")
    if isinstance(mean, float) and mean > 0.0:
        gaps = float(value("contacts") or 1.0) - 1.0
        total += gaps * exp(-quiet / mean)
        weight += gaps
    return -log(max(total / weight, 1e-9))


def longer(spans: Spans, days: float) -> float:
    """The chance that a span lasts longer than `days`, never nothing: half a span more than was seen does."""
    place = bisect_right(EDGES, days) - 1
    beyond = float(sum(spans.counts[place + 1 :]))
    right = EDGES[place + 1] if place + 1 < len(EDGES) else 2 * EDGES[-1]
    beyond += spans.counts[place] * max(right - days, 0.0) / (right - EDGES[place])
    return (beyond + 0.5) / (spans.total + 1.0)


class _Surprised:
    """What both have in common: the norms of the day, by which questions and their cases are judged alike."""

    def __init__(self, terms: Terms) -> None:
        self._target = terms.target
        self._norms = Norms()
        self._base_rate = RECIPES[terms.target].base_rate

    def _cases(self, day: Day) -> list[tuple[float, bool, str]]:
        """Surprise, label and deal of the day's cases, by the norms that are known before the day's spans."""
        cases = own(day, self._target)
        return [(surprise(Question(case.deal, case.vector), self._norms), case.label, case.deal) for case in cases]

    def _surprise(self, question: Question) -> float:
        return surprise(question, self._norms)


class SurpriseTable(_Surprised):
    """The share that came true in each bin of surprise, drawn to the overall share by ten cases."""

    def __init__(self, terms: Terms) -> None:
        """Begin with an empty table."""
        super().__init__(terms)
        self._counts = [[0.0, 0.0] for _ in range(len(_BINS) + 1)]

    def learn(self, day: Day) -> None:
        """Count."""
        for value, label, _ in self._cases(day):
            row = self._counts[bisect_right(_BINS, value)]
            row[0] += 1.0
            row[1] += label
        self._norms = day.norms

    def predict(self, question: Question) -> float:
        """The share of the question's bin."""
        cases, positives = self._counts[bisect_right(_BINS, self._surprise(question))]
        seen, true = sum(row[0] for row in self._counts), sum(row[1] for row in self._counts)
        overall = (true + _DOUBT * self._base_rate) / (seen + _DOUBT)
        return (positives + _DOUBT * overall) / (cases + _DOUBT)

    def size(self) -> int:
        """Two numbers a bin; the norms are the product's anyway."""
        return 16 * len(self._counts)


class _LinePrior:
    """Two weights that know nothing of each other."""

    def __init__(self, level: float) -> None:
        self._curves = {
            "level": Curve(("level",), np.array([level]), np.array([[1.0]])),
            "surprise": Curve(("surprise",), np.array([0.0]), np.array([[1.0]])),
        }

    def curve_of(self, slot: str) -> Curve:
        return self._curves[slot]


class SurpriseLine(_Surprised):
    """Logistic regression on the surprise alone, learned as the product learns."""

    def __init__(self, terms: Terms) -> None:
        """Begin with a flat line."""
        super().__init__(terms)
        self._regression = RecursiveLogistic(_LinePrior(log_odds(self._base_rate)), (Habits(),))
        self._level, self._slope = log_odds(self._base_rate), 0.0

    def learn(self, day: Day) -> None:
        """Learn the day at once."""
        if cases := self._cases(day):
            rows = [{"level": 1.0, "surprise": value} for value, _, _ in cases]
            self._regression.learn(Cases.of(rows, [label for _, label, _ in cases], [deal for _, _, deal in cases]))
            self._level, self._slope = (self._regression.weight(slot) for slot in ("level", "surprise"))
        self._norms = day.norms

    def predict(self, question: Question) -> float:
        """One weight and the level."""
        return sigmoid(self._level + self._slope * self._surprise(question))

    def size(self) -> int:
        """Two weights and their covariance; the norms are the product's anyway."""
        return 28


def table(terms: Terms) -> Candidate:
    """Calibrated by a table."""
    return SurpriseTable(terms)


def line(terms: Terms) -> Candidate:
    """Calibrated by a logistic regression."""
    return SurpriseLine(terms)
