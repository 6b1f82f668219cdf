"""Everybody who stands in the comparison, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from models.candidates import gap, hazard, plain, recursive, river_linear, river_trees
from models.candidates.candidate import Candidate, Terms
from models.candidates.pool import Pool

EXACT, RANKS, NONE = "exact", "-", "no"


class Entry(NamedTuple):
    """A candidate: its name, what it is, how it is made, and whether its score is a sum of shares of the features.

    One that `ranks` says no probability. `slow` ones may be given fewer cases; then the second argument says of how
    many they learn one.
    """

    name: str
    about: str
    make: Callable[[Terms, int], Candidate]
    reasons: str = EXACT
    ranks: bool = False
    slow: bool = False


DEFAULT = "default"


def _all(make: Callable[[Terms], Candidate]) -> Callable[[Terms, int], Candidate]:
    return lambda terms, _: make(terms)


def memories(terms: Terms) -> Candidate:
    """Both memories of the default, weighed by their losses instead of half and half."""
    return Pool(terms.target, [recursive.only_lasting(terms), recursive.only_forgetting(terms)])


def experts(terms: Terms) -> Candidate:
    """Four different ways, weighed by their losses."""
    makers = (recursive.default, river_linear.hats_adagrad, river_linear.crossed_adagrad, gap.line)
    return Pool(terms.target, [make(terms) for make in makers])


ROSTER: tuple[Entry, ...] = (
    Entry(DEFAULT, "what the product learns and says", _all(recursive.default)),
    Entry("lasting", "default with the memory that forgets nothing alone", _all(recursive.only_lasting)),
    Entry("forgetting", "default with the memory that forgets alone", _all(recursive.only_forgetting)),
    Entry("hedged", "both memories weighed by their latest losses, not half and half", _all(memories)),
    Entry("no-words", "default without words", _all(recursive.without_words)),
    Entry("no-phases", "default without curves by phase", _all(recursive.without_phases)),
    Entry("no-smoothness", "default, nearby knots not known together", _all(recursive.without_smoothness)),
    Entry("experts", "default, hats, crossed, gap-line, weighed by their latest losses", _all(experts)),
    Entry(
        "hazards",
        "daily chances of both ends, rolled over the horizon",
        _all(hazard.Hazards),
        NONE,
    ),
    Entry("hats", "River: the default's hats, LogisticRegression, AdaGrad", _all(river_linear.hats_adagrad)),
    Entry("bins", "River: bins at online quantiles, LogisticRegression, AdaGrad", _all(river_linear.bins_adagrad)),
    Entry("crossed", "River: the same and seven pairs of bins", _all(river_linear.crossed_adagrad)),
    Entry("sgd", "River: StandardScaler, LogisticRegression, SGD", _all(river_linear.scaled_sgd)),
    Entry("bagging", "River: ADWINBagging of ten LogisticRegression, StandardScaler", _all(river_linear.bagged), NONE),
    Entry("hoeffding", "River: HoeffdingTreeClassifier", _all(river_trees.hoeffding), NONE),
    Entry("adaptive", "River: HoeffdingAdaptiveTreeClassifier", _all(river_trees.adaptive), NONE),
    Entry("arf", "River: ARFClassifier, ten trees", river_trees.adaptive_forest, NONE, slow=True),
    Entry("amf", "River: AMFClassifier (Mondrian), ten trees", river_trees.mondrian_forest, NONE, slow=True),
    Entry("gap-table", "surprise of the present silence, by a table", _all(gap.table)),
    Entry("gap-line", "surprise of the present silence, by a logistic regression", _all(gap.line)),
    Entry("base-rate", "share that came true so far", _all(plain.BaseRate)),
    Entry("days-silent", "rule: days since the last contact", lambda *_: plain.DaysSinceContact(), RANKS, ranks=True),
)
