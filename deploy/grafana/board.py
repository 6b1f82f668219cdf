"""What a dashboard is made of, as plain values, and the few forms in which its queries ask for a metric.

Queries name metrics of the catalogue only, and always with the variables of the dashboard, so that one set of
dashboards serves many environments.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from streams.telemetry.catalogue import ALL, PREFIX, Role

Unit = Literal["short", "s", "bytes", "percentunit", "ops", "per hour", "dateTimeFromNow", "none", "cores"]
Kind = Literal["timeseries", "stat", "bargauge", "text"]
#: What every query of a metric is narrowed by; each variable may name several, or all.
SCOPE = 'job=~"$job", instance=~"$instance"'
#: Series that rules record have a job and no instance.
RECORDED_SCOPE = 'job=~"$job"'
_ROLES = {each.name: each.roles for each in ALL}
_PARTS_OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")


class Query(NamedTuple):
    """An expression, and how its series are called; `{{label}}` is the value of a label."""

    expr: str
    legend: str


class Threshold(NamedTuple):
    """From this value on it is shown in that colour."""

    value: float
    colour: Literal["green", "yellow", "orange", "red", "blue"]


class Panel(NamedTuple):
    """One picture: what it shows and how to read it. `width` is of 24 columns.

    A `stat` shows the last value, a `bargauge` those of all its queries side by side, a `text` its Markdown.
    """

    title: str
    description: str
    unit: Unit
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    width: int = 8
    thresholds: tuple[Threshold, ...] = ()
    stacked: bool = False
    most: float | None = None
    text: str = ""


class Field(NamedTuple):
    """A variable that somebody writes, with what it says at first."""

    name: str
    label: str
    default: str


class Row(NamedTuple):
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


class Board(NamedTuple):
    """A dashboard; `uid` is its address for good. `fields` are asked for beside job and instance."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    fields: tuple[Field, ...] = ()


def of(name: str, *matchers: str, role: Role | None = None) -> str:
    """The selector of a metric, of the program that serves it (the first of them, where `role` names no other).

    Raises KeyError for a metric that the catalogue does not have.
    """
    stem = next((name.removesuffix(end) for end in _PARTS_OF_A_HISTOGRAM if name.removesuffix(end) in _ROLES), name)
    roles = _ROLES[stem]
    asked = roles[0] if role is None else role
    if asked not in roles:
        raise KeyError(f"{stem} is not served by {asked}")
    wanted = ", ".join((SCOPE, f'role="{asked}"', *matchers))
    return f"{PREFIX}{name}{{{wanted}}}"


def total(name: str, *by: str, role: Role | None = None) -> str:
    """The sum of a gauge over all programs, by labels."""
    return f"sum{_by(by)} ({of(name, role=role)})"


def highest(name: str, *by: str, role: Role | None = None) -> str:
    """The greatest value of a gauge, by labels."""
    return f"max{_by(by)} ({of(name, role=role)})"


def rate(name: str, *by: str, role: Role | None = None) -> str:
    """How often a second a counter rises, by labels."""
    return f"sum{_by(by)} (rate({of(name, role=role)}[$__rate_interval]))"


def hourly(name: str, *by: str, role: Role | None = None) -> str:
    """How often an hour a counter rises, by labels; for what happens seldom."""
    return f"3600 * {rate(name, *by, role=role)}"


def rise(name: str, *by: str, matching: str = "") -> str:
    """By how much a counter rose within the time that is shown, by labels; of series with further labels only.

    In whole numbers: Prometheus reckons beyond the first and the last sample, and nobody opened 52.7 alerts.
    """
    selector = of(name, *([matching] if matching else []))
    return f"round(sum{_by(by)} (increase({selector}[$__range])))"


def quantile(share: float, name: str, role: Role | None = None) -> str:
    """The value under which a share of what a histogram counted lies."""
    return f"histogram_quantile({share}, sum by (le) (rate({of(f'{name}_bucket', role=role)}[$__rate_interval])))"


def quantiles(name: str, role: Role | None = None) -> tuple[Query, ...]:
    """Half, nearly all, and all but one of a hundred."""
    return tuple(Query(quantile(share, name, role), f"p{100 * share:.0f}") for share in (0.5, 0.95, 0.99))


def recorded(name: str) -> str:
    """The selector of a series that the rules of `deploy/prometheus` record."""
    return f"{name}{{{RECORDED_SCOPE}}}"


def process(name: str) -> str:
    """The selector of a metric of the process itself."""
    return f"process_{name}{{{SCOPE}}}"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
