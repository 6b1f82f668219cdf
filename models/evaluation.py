"""Figures about predictions whose outcome is known: ROC-AUC, PR-AUC, Brier score, log loss, calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from msgspec import Struct


class Figures(Struct, frozen=True):
    """Quality of one set of predictions; `ece` is the expected calibration error over ten bins of equal width."""

    cases: int
    positives: int
    roc_auc: float
    pr_auc: float
    brier: float
    log_loss: float
    ece: float


def evaluate(predicted: Sequence[float], labels: Sequence[bool]) -> Figures:
    """Judge probabilities against outcomes; raises ValueError where there is no case or only one kind of outcome."""
    positives = sum(labels)
    if not 0 < positives < len(labels):
        raise ValueError("both outcomes are needed to judge predictions")
    return Figures(
        cases=len(labels),
        positives=positives,
        roc_auc=roc_auc(predicted, labels),
        pr_auc=average_precision(predicted, labels),
        brier=sum((p - y) ** 2 for p, y in zip(predicted, labels, strict=True)) / len(labels),
        log_loss=_mean_log_loss(predicted, labels),
        ece=calibration_error(predicted, labels),
    )


def roc_auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The chance that a positive is ranked above a negative, ties counting half (Mann-Whitney U)."""
    positives = sum(labels)
    negatives = len(labels) - positives
    rank_sum = 0.0
    rank = 1
    for group in _tied(scores, labels):
        rank_sum += sum(group) * (2 * rank + len(group) - 1) / 2
        rank += len(group)
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def average_precision(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the precision-recall curve as a step function, ties entering together."""
    positives = sum(labels)
    found = seen = 0
    area = 0.0
    for group in reversed(list(_tied(scores, labels))):
        hits = sum(group)
        seen += len(group)
        found += hits
        area += hits / positives * found / seen
    return area


def calibration_error(predicted: Sequence[float], labels: Sequence[bool], bins: int = 10) -> float:
    """Mean distance between said and true frequency, weighted by how often it was said."""
    said = [0.0] * bins
    true = [0] * bins
    for p, y in zip(predicted, labels, strict=True):
        index = min(int(p * bins), bins - 1)
        said[index] += p
        true[index] += y
    return sum(abs(s - t) for s, t in zip(said, true, strict=True)) / len(labels)


def _mean_log_loss(predicted: Sequence[float], labels: Sequence[bool]) -> float:
    floor = 1e-12
    losses = (-log(max(p if y else 1.0 - p, floor)) for p, y in zip(predicted, labels, strict=True))
    return sum(losses) / len(labels)


def _tied(scores: Sequence[float], labels: Sequence[bool]) -> list[list[bool]]:
    """Labels by rising score, those of equal score together."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    groups: list[list[bool]] = []
    previous: float | None = None
    for index in order:
        if scores[index] != previous:
            groups.append([])
            previous = scores[index]
        groups[-1].append(labels[index])
    return groups
