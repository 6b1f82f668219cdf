"""A dashboard's query -> what Prometheus is asked: variables replaced as Grafana does it, over a window of time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from streams.web.dashboards.definition import Dashboard, Variable
from streams.web.dashboards.view import KNOWN_HERE, View

#: How often Prometheus is taken to scrape (s), as `timeInterval` of the data source says it to Grafana.
SCRAPE_S = 15
#: Points of a line, at most: more than a panel has pixels for are drawn for nothing.
POINTS = 180
_STEPS = (15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)
#: A variable: `$name`, `${name}` or `${name:how to write it}`.
NAMED = re.compile(r"\$(?:\{(\w+)(?::(\w+))?\}|(\w+))")
_LABEL_VALUES = re.compile(r"label_values\((?P<match>.+),\s*(?P<label>\w+)\)")


class Window(NamedTuple):
    """A time, in Unix seconds: both ends are multiples of the step, so that two looks ask for the same points."""

    start: int
    end: int
    step: int


def window_of(view: View, now_s: float) -> Window:
    """The time that a view shows.

    >>> window_of(View(range="1h"), 1_000_000)
    Window(start=996390, end=999990, step=30)
    """
    step = next(each for each in _STEPS if view.range_s / each <= POINTS or each == _STEPS[-1])
    end = int(now_s if view.to is None else view.to) // step * step
    return Window(end - view.range_s, end, step)


def variables(dashboard: Dashboard, view: View, window: Window) -> dict[str, str]:
    """What stands for each `$variable` of a query; of Grafana's own those that we use."""
    interval = max(window.step + SCRAPE_S, 4 * SCRAPE_S)
    found = {
        "__interval": f"{window.step}s",
        "__rate_interval": f"{interval}s",
        "__range": f"{window.end - window.start}s",
    }
    chosen = [each for each in dashboard.variables if each.type == "query"]
    return found | {each.name: matching(each, view.chosen.get(each.name, ())) for each in chosen}


def matching(variable: Variable, chosen: tuple[str, ...]) -> str:
    r"""What a regular expression within quotes must say to match the chosen values, or all.

    >>> matching(Variable(name="job", type="query", query=""), ("a.b", 'c"'))
    'a\\\\.b|c\\"'
    """
    if not chosen:
        return variable.all_value
    pattern = "|".join(re.escape(each) for each in chosen)
    return pattern.replace("\\", "\\\\").replace('"', '\\"')


def put_in(expr: str, values: Mapping[str, str]) -> str:
    """The query with its variables replaced; one that nobody knows stays, and Prometheus says so.

    >>> put_in("rate(a[$__range]) + ${b}", {"__range": "60s", "b": "1"})
    'rate(a[60s]) + 1'
    """
    return NAMED.sub(lambda found: values.get(found[1] or found[3], found[0]), expr)


def words_of(dashboard: Dashboard, view: View) -> dict[str, str]:
    """The words of each variable that somebody writes; of one that is known here, what it is here."""
    return {
        each.name: KNOWN_HERE.get(each.name, "".join(view.chosen.get(each.name, (each.query,))[:1]))
        for each in dashboard.variables
        if each.type == "textbox"
    }


def label_values(query: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    """Of `label_values(selector, label)` the selector, with variables replaced, and the label; else none.

    >>> label_values('label_values(up{job=~"$job"}, instance)', {"job": ".+"})
    ('up{job=~".+"}', 'instance')
    """
    found = _LABEL_VALUES.fullmatch(query)
    return None if found is None else (put_in(found["match"], values), found["label"])
