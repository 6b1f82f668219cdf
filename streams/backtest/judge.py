"""One target judged: the model beside the base rate, two rules of thumb and a rival, with intervals. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log

import numpy as np
from msgspec import Struct

from models.evaluation import BINS, ESTIMATES, Array, Figures, Judged, Ranked, bin_of
from streams.backtest.bootstrap import RESAMPLES, Interval, resampled
from streams.backtest.drops import Steadiness, steadiness
from streams.backtest.predictions import Prediction
from streams.labels.outcome import WIN

#: The interval of each figure by its name; a figure without one is left out.
Intervals = dict[str, Interval]


class Ranking(Struct, frozen=True):
    """How well a number that is no probability orders the cases."""

    roc_auc: float
    pr_auc: float


class Bin(Struct, frozen=True, kw_only=True):
    """Predictions from `low` to below `high`: how many, what they said on average, and the share that came true."""

    low: float
    high: float
    cases: int
    said: float
    came_true: float
    interval: Interval | None


class Compared(Struct, frozen=True, kw_only=True):
    """The model and a rival on the rows that the rival could answer; `difference` is the model's figure minus its."""

    cases: int
    positives: int
    model: Figures
    rival: Figures
    model_intervals: Intervals
    rival_intervals: Intervals
    difference: Intervals


class TargetReport(Struct, frozen=True, kw_only=True):
    """One target: the model, the constant base rate, and the rules "days since last contact" and "age of the deal".

    The rules expect a risk to grow with the days, and a win to become less likely. The figures are none where there is
    no case or only one kind of outcome; then nothing can be told apart. `reliability` has the bins in which there are
    predictions. `compared` is none unless a rival was asked and could answer.
    """

    cases: int
    positives: int
    base_rate: float | None
    model: Figures | None = None
    base: Figures | None = None
    since_contact: Ranking | None = None
    age: Ranking | None = None
    intervals: Intervals = {}
    reliability: tuple[Bin, ...] = ()
    steadiness: Steadiness | None = None
    compared: Compared | None = None


def judge(
    rows: Sequence[Prediction],
    resamples: int = RESAMPLES,
    rival: Sequence[float | None] | None = None,
    tick: Callable[[], None] | None = None,
) -> TargetReport:
    """Judge the predictions of one target; `rival` is what another model said of the same rows, where it could."""
    labels = [row.label for row in rows]
    cases, positives = len(labels), sum(labels)
    base_rate = positives / cases if cases else None
    if base_rate is None or not 0 < positives < cases:
        return TargetReport(cases=cases, positives=positives, base_rate=base_rate)
    said = np.array([row.probability for row in rows], dtype=np.float64)
    judged = Judged(said, labels)

    def statistics(weights: Array) -> Array:
        if tick is not None:
            tick()
        return np.concatenate([judged.figures(weights), judged.reliability(weights)])

    intervals = resampled(statistics, [row.opportunity for row in rows], resamples)
    sign = -1.0 if rows[0].target == WIN else 1.0
    return TargetReport(
        cases=cases,
        positives=positives,
        base_rate=base_rate,
        model=_figures(judged, labels),
        base=constant(cases, positives),
        since_contact=Ranking(*Ranked([sign * row.quiet_days for row in rows], labels).ranking()),
        age=Ranking(*Ranked([sign * row.age_days for row in rows], labels).ranking()),
        intervals=_named(intervals),
        reliability=bins(said, labels, intervals[len(ESTIMATES) :]),
        steadiness=steadiness(rows),
        compared=None if rival is None else compare(rows, rival, resamples, tick),
    )


def compare(
    rows: Sequence[Prediction],
    rival: Sequence[float | None],
    resamples: int,
    tick: Callable[[], None] | None = None,
) -> Compared | None:
    """Judge model and rival on the rows that the rival could answer; none where those have but one outcome."""
    both = [(row, said) for row, said in zip(rows, rival, strict=True) if said is not None]
    labels = [row.label for row, _ in both]
    if not 0 < sum(labels) < len(labels):
        return None
    ours = Judged([row.probability for row, _ in both], labels)
    theirs = Judged([said for _, said in both], labels)

    def statistics(weights: Array) -> Array:
        if tick is not None:
            tick()
        first, second = ours.figures(weights), theirs.figures(weights)
        return np.concatenate([first, second, first - second])

    found = resampled(statistics, [row.opportunity for row, _ in both], resamples)
    size = len(ESTIMATES)
    return Compared(
        cases=len(labels),
        positives=sum(labels),
        model=_figures(ours, labels),
        rival=_figures(theirs, labels),
        model_intervals=_named(found),
        rival_intervals=_named(found[size:]),
        difference=_named(found[2 * size :]),
    )


def bins(said: Array, labels: Sequence[bool], intervals: Sequence[Interval | None]) -> tuple[Bin, ...]:
    """Return the bins of equal width in which there are predictions, with the interval of the share that came true."""
    places = bin_of(said)
    cases = np.bincount(places, minlength=BINS)
    total = np.bincount(places, said, minlength=BINS)
    true = np.bincount(places, np.asarray(labels, dtype=np.float64), minlength=BINS)
    return tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            cases=int(cases[number]),
            said=float(total[number] / cases[number]),
            came_true=float(true[number] / cases[number]),
            interval=intervals[number],
        )
        for number in np.flatnonzero(cases).tolist()
    )


def constant(cases: int, positives: int) -> Figures:
    """The figures of always saying the share of positives; it is calibrated, and tells nothing apart.

    >>> constant(4, 1).brier
    0.1875
    """
    rate = positives / cases
    entropy = -rate * log(rate) - (1.0 - rate) * log(1.0 - rate)
    return Figures(cases, positives, 0.5, rate, rate * (1.0 - rate), entropy, 0.0)


def _figures(judged: Judged, labels: Sequence[bool]) -> Figures:
    return Figures(len(labels), sum(labels), *judged.figures().tolist())


def _named(intervals: Sequence[Interval | None]) -> Intervals:
    return {name: each for name, each in zip(ESTIMATES, intervals, strict=False) if each is not None}
