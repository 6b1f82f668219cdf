"""Series -> lines of a picture: what they are called, their last value, its colour, and how they lie on one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.web.dashboards.answer import Series
from streams.web.dashboards.definition import Threshold

#: Numbers beyond are taken for infinite: what is summed of them must not be.
_MOST = 1e300
#: Numbers below are as good as 0 beside what is measured in seconds, bytes and shares.
_LEAST = 1e-100
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Line(NamedTuple):
    """A line by its name: points as (Unix seconds, value), all of them numbers."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def last(self) -> float:
        """The latest value; Grafana's `lastNotNull`."""
        return self.points[-1][1]


def lines_of(legend: str, found: Iterable[Series]) -> list[Line]:
    """The lines of a query; what is no number is no point, and a series without one is no line."""
    lines = [
        Line(name_of(legend, each.labels), tuple(point for point in each.points if abs(point[1]) <= _MOST))
        for each in found
    ]
    return sorted((each for each in lines if each.points), key=lambda each: each.name)


def name_of(legend: str, labels: dict[str, str]) -> str:
    """What a series is called; of a label that it does not have, the label.

    >>> name_of("{{role}} of {{ zone }}", {"role": "track"})
    'track of zone'
    """
    return _LABEL.sub(lambda found: labels.get(found[1], found[1]), legend)


def colour_of(thresholds: Sequence[Threshold], value: float) -> str:
    """The colour of a value; none where there are no thresholds.

    >>> colour_of((Threshold("green"), Threshold("red", 5.0)), 5.0)
    'red'
    """
    colour = ""
    for each in thresholds:
        if each.value is None or value >= each.value:
            colour = each.color
    return colour


def piled(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Each line as the lower and upper edge of its layer, the first at the bottom; what is missing counts as 0."""
    moments = sorted({at for line in lines for at, _ in line.points})
    level = dict.fromkeys(moments, 0.0)
    layers: list[tuple[Line, Line]] = []
    for line in lines:
        below = tuple((at, level[at]) for at in moments)
        for at, value in line.points:
            level[at] += value
        layers.append((Line(line.name, below), Line(line.name, tuple((at, level[at]) for at in moments))))
    return layers


def apart(low: float, high: float) -> tuple[float, float]:
    """Two ends of an axis; where they are as good as one, an axis with the value in the middle.

    >>> apart(1.0, 2.0), apart(3.0, 3.0), apart(0.0, 0.0), apart(-2.0, -2.0)
    ((1.0, 2.0), (0.0, 6.0), (0.0, 1.0), (-4.0, 0.0))
    """
    size = max(abs(low), abs(high))
    if size < _LEAST:
        return 0.0, 1.0
    if high - low > size * 1e-9:
        return low, high
    return (0.0, 2.0 * high) if high > 0.0 else (2.0 * low, 0.0)


def unbroken(points: Sequence[tuple[float, float]], step: float) -> list[list[tuple[float, float]]]:
    """The stretches in which no point is missing."""
    stretches: list[list[tuple[float, float]]] = []
    for point in points:
        if not stretches or point[0] - stretches[-1][-1][0] > 1.5 * step:
            stretches.append([])
        stretches[-1].append(point)
    return stretches
