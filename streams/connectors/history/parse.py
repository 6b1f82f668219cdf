"""Door: text of a mapping file -> LogMapping, or `MappingInvalid` that names the key and says what to do.

Three steps: TOML; every table by itself into its struct, so that an error can name the key; then what the tables say of
each other, and of the contract's events (`check`).
"""

from __future__ import annotations

from typing import Any

from streams.config.toml import NotToml, read_toml
from streams.connectors.errors import MappingInvalid
from streams.connectors.history.check import check
from streams.connectors.history.spec import (
    Column,
    Columns,
    Condition,
    File,
    LogMapping,
    Match,
    Pair,
    Rule,
    Table,
    Targets,
    Time,
)
from streams.connectors.history.typed import invalid, typed

_SECTIONS: dict[str, type[Table]] = {"file": File, "time": Time, "targets": Targets}


def parse(text: str, name: str) -> LogMapping:
    """Return the mapping of a TOML text; `name` (of the file) stands in front of every error."""
    try:
        raw = read_toml(text)
    except NotToml as error:
        raise MappingInvalid(f"{name}: {error}; correct that place") from error
    try:
        mapping = _mapping(raw)
        check(mapping)
    except MappingInvalid as error:
        raise MappingInvalid(f"{name}: {error} (docs/mapping.md explains every key)") from error
    return mapping


def _mapping(raw: dict[str, Any]) -> LogMapping:
    parts = dict(raw)
    for key, type_ in _SECTIONS.items():
        if key in parts:
            parts[key] = typed(parts[key], type_, key)
    if "columns" in parts:
        parts["columns"] = _columns(_table(parts["columns"], "columns"))
    if "pairs" in parts:
        pairs = _table(parts["pairs"], "pairs")
        parts["pairs"] = {key: typed(each, Pair, f"pairs.{key}") for key, each in pairs.items()}
    if "rule" in parts:
        if not isinstance(parts["rule"], list):
            raise invalid("rule", "must be a list of tables; write each one under a line [[rule]]")
        parts["rule"] = [_rule(_table(each, f"rule {n}"), f"rule {n}") for n, each in enumerate(parts["rule"], start=1)]
    return typed(parts, LogMapping, "")


def _columns(raw: dict[str, Any]) -> Columns:
    parts = dict(raw)
    for key in ("opportunity", "actor"):
        if isinstance(parts.get(key), str):
            parts[key] = {"column": parts[key]}
        if key in parts:
            parts[key] = typed(parts[key], Column, f"columns.{key}")
    return typed(parts, Columns, "columns")


def _rule(raw: dict[str, Any], place: str) -> Rule:
    parts = dict(raw)
    if "when" in parts:
        when = _table(parts["when"], f"{place}: when")
        parts["when"] = {column: _condition(each, f"{place}: when.{column}") for column, each in when.items()}
    if "data" in parts:
        data = _table(parts["data"], f"{place}: data")
        parts["data"] = {field: _value(each, f"{place}: data.{field}") for field, each in data.items()}
    for key in ("actor", "side", "origin"):
        if key in parts:
            parts[key] = _value(parts[key], f"{place}: {key}")
    return typed(parts, Rule, place)


def _condition(raw: Any, place: str) -> Any:
    return typed(raw, Match, place) if isinstance(raw, dict) else typed(raw, Condition, place)


def _value(raw: Any, place: str) -> Any:
    return typed(raw, Column, place) if isinstance(raw, dict) else raw


def _table(raw: Any, place: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise invalid(place, "must be a table; write { key = value }, or its keys under a line in brackets")
    return raw
