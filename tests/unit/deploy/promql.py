"""PromQL as the tests read it: parsed by a real parser, with the names and the label matchers of every selector."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import promql_parser as promql

from streams.telemetry.catalogue import ALL, PREFIX

#: What Grafana puts in place of its variables before it asks Prometheus.
VARIABLES = {"$__rate_interval": "1m", "$__range": "10m", "$job": ".+", "$instance": ".+"}
#: The usual metrics of a process, as the client library serves them on Linux.
PROCESS = {
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_cpu_seconds_total",
    "process_start_time_seconds",
    "process_open_fds",
    "process_max_fds",
}
_HISTOGRAM = ("_bucket", "_sum", "_count")


class Selector(NamedTuple):
    """What one selector asks for: a name, and its matchers by label."""

    name: str
    matchers: dict[str, str]


def put_in(expr: str) -> str:
    """The expression as Prometheus is asked it."""
    for variable, value in VARIABLES.items():
        expr = expr.replace(variable, value)
    assert "$" not in expr, f"a variable that nobody sets: {expr}"
    return expr


def selectors(expr: str) -> list[Selector]:
    """Every selector of an expression; raises ValueError for one that is no PromQL."""
    return [*_selectors(promql.parse(expr))]


def _selectors(node: Any) -> Iterator[Selector]:
    if isinstance(node, promql.VectorSelector):
        yield Selector(node.name or "", {each.name: each.value for each in node.matchers.matchers})
        return
    for name in ("vector_selector", "expr", "lhs", "rhs", "param"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from _selectors(inner)
    for inner in getattr(node, "args", None) or ():
        yield from _selectors(inner)


def calls(expr: str) -> set[str]:
    """The names of the functions that it calls."""
    return set(re.findall(r"\b([a-z_]+)\s*\(", expr))


def served() -> dict[str, str]:
    """Every name under which our metrics come in a scrape, and the kind of it."""
    found: dict[str, str] = {}
    for each in ALL:
        if each.kind == "histogram":
            found |= {f"{PREFIX}{each.name}{part}": "counter" for part in _HISTOGRAM}
        else:
            found[f"{PREFIX}{each.name}"] = each.kind
    return found
