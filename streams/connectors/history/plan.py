"""A mapping made ready for one header: column names have become cell numbers, conditions functions, texts typed values.

Everything here happens once a file, so that the work per row is look-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.connectors.errors import LogUnreadable
from streams.connectors.history import cells
from streams.connectors.history.fields import ATTRIBUTES, KINDS, data_fields, shape_of
from streams.connectors.history.spec import Column, Condition, LogMapping, Match, Pair, Rule, times_of
from streams.events.envelope import event_type

#: The texts of a row that rules take values from, by column; a plan decides which they are.
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A field whose value is taken from the row: `read` returns none for an empty cell, or raises `Unreadable`."""

    name: str
    cell: int
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule does with a row: exactly one of `kind`, `leave_out` and `start_of` is set."""

    kind: str
    type: str
    #: Which of the time columns the row must be read for; none: any.
    at: int | None
    leave_out: str
    start_of: str
    duration_from: str
    duration_since: int | None
    once: str
    passes_on: bool
    close_after: timedelta | None
    attributes: dict[str, Any]
    data: dict[str, Any]
    taken_attributes: tuple[Taken, ...]
    taken_data: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A pair of start and end: the cells that must be equal in both, and the longest that lies between them."""

    same: tuple[int, ...]
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the rows of a log with this header; `kept` and `asked` are numbers of cells of a full row."""

    mapping: LogMapping
    width: int
    opportunity: int
    times: tuple[int, ...]
    time_names: tuple[str, ...]
    kept: tuple[int, ...]
    asked: tuple[int, ...]
    asked_names: tuple[str, ...]
    conditions: tuple[Callable[[Cells], bool], ...]
    actions: tuple[Action, ...]
    spans: dict[str, Span]
    read_time: Callable[[str], datetime]


def plan(mapping: LogMapping, header: tuple[str, ...]) -> Plan:
    """Return the plan for a header; raises `LogUnreadable` where a column that the mapping names is not there once."""
    used = list(dict.fromkeys(_columns_of(mapping)))
    _check_header(used, header, mapping)
    asked = tuple(dict.fromkeys(column for rule in mapping.rule for column in rule.when))
    kept = tuple(dict.fromkeys(_taken_columns(mapping)))
    place = {column: number for number, column in enumerate(kept)}
    asked_place = {column: number for number, column in enumerate(asked)}
    return Plan(
        mapping=mapping,
        width=len(header),
        opportunity=header.index(mapping.columns.opportunity.column),
        times=tuple(header.index(column) for column in times_of(mapping.columns)),
        time_names=times_of(mapping.columns),
        kept=tuple(header.index(column) for column in kept),
        asked=tuple(header.index(column) for column in asked),
        asked_names=asked,
        conditions=tuple(_condition(rule, asked_place) for rule in mapping.rule),
        actions=tuple(_action(rule, number, mapping, place) for number, rule in enumerate(mapping.rule, start=1)),
        spans={name: _span(pair, place) for name, pair in mapping.pairs.items()},
        read_time=_instant_reader(mapping.time.format, mapping),
    )


def _columns_of(mapping: LogMapping) -> Iterable[str]:
    yield mapping.columns.opportunity.column
    yield from times_of(mapping.columns)
    for rule in mapping.rule:
        yield from rule.when
    yield from _taken_columns(mapping)


def _taken_columns(mapping: LogMapping) -> Iterable[str]:
    for rule in mapping.rule:
        for value in (*_attributes(rule, mapping).values(), *rule.data.values()):
            if isinstance(value, Column):
                yield value.column
        if rule.duration_since:
            yield rule.duration_since
    for pair in mapping.pairs.values():
        yield from pair.same


def _check_header(used: list[str], header: tuple[str, ...], mapping: LogMapping) -> None:
    for column in used:
        found = header.count(column)
        if found == 1:
            continue
        problem = f"has no column '{column}'" if not found else f"has {found} columns '{column}'"
        hint = "correct the name in the mapping"
        if len(header) == 1:
            hint = f"is file.delimiter = {mapping.file.delimiter!r} right?"
        raise LogUnreadable(f"the header {problem}, which the mapping names; it has: {', '.join(header)}; {hint}")


def _attributes(rule: Rule, mapping: LogMapping) -> dict[str, str | Column]:
    """The envelope's attributes a rule sets; the actor of all rows is the one of a rule that names none."""
    if not rule.event:
        return {}
    given = {name: getattr(rule, name) for name in ATTRIBUTES}
    if given["actor"] is None:
        given["actor"] = mapping.columns.actor
    return {name: value for name, value in given.items() if value is not None}


def _condition(rule: Rule, place: dict[str, int]) -> Callable[[Cells], bool]:
    tests = [(place[column], _test(condition)) for column, condition in rule.when.items()]
    return lambda asked: all(test(asked[cell]) for cell, test in tests)


def _test(condition: Condition) -> Callable[[str], bool]:
    if isinstance(condition, Match):
        prefix, empty, pattern = condition.prefix, condition.empty, re.compile(condition.regex)
        # An empty regex asks nothing; a given one must match the whole cell.
        matches = pattern.fullmatch if condition.regex else pattern.match
        return lambda text: (
            text.startswith(prefix) and (empty is None or empty == (not text)) and matches(text) is not None
        )
    texts = frozenset([condition] if isinstance(condition, str) else condition)
    return lambda text: text in texts


def _action(rule: Rule, number: int, mapping: LogMapping, place: dict[str, int]) -> Action:
    attributes = _attributes(rule, mapping)
    known = data_fields(rule.event) if rule.event else {}
    taken_attributes, taken_data = (
        tuple(
            Taken(name, place[value.column], _reader(value, types[name], mapping))
            for name, value in given.items()
            if isinstance(value, Column)
        )
        for given, types in (
            (attributes, ATTRIBUTES),
            (rule.data, {name: info.type for name, info in known.items()}),
        )
    )
    return Action(
        kind=rule.event,
        type=event_type(rule.event) if rule.event in KINDS else "",
        at=times_of(mapping.columns).index(rule.at) if rule.at else None,
        leave_out=rule.leave_out,
        start_of=rule.start_of,
        duration_from=rule.duration_from,
        duration_since=place[rule.duration_since] if rule.duration_since else None,
        # A rule that shares its first row with no other has a group of its own.
        once="" if rule.once is None else rule.once_group or f"rule {number}",
        passes_on=rule.repeats == "next_rule",
        close_after=None if rule.close_after_days is None else timedelta(days=rule.close_after_days),
        attributes={name: value for name, value in attributes.items() if not isinstance(value, Column)},
        data={name: value for name, value in rule.data.items() if not isinstance(value, Column)},
        taken_attributes=taken_attributes,
        taken_data=taken_data,
    )


def _span(pair: Pair, place: dict[str, int]) -> Span:
    return Span(tuple(place[column] for column in pair.same), timedelta(hours=pair.longest_hours))


def _reader(column: Column, type_: Any, mapping: LogMapping) -> Callable[[str], Any]:
    values, otherwise, is_table = column.values, column.otherwise, bool(column.values)
    read = _shaped_reader(column, type_, mapping)

    def reader(text: str) -> Any:
        if text in values:
            return values[text]
        if not text or (is_table and otherwise is not None):
            return otherwise
        if is_table:
            raise cells.Unreadable("is not among its values")
        return read(text)

    return reader


def _shaped_reader(column: Column, type_: Any, mapping: LogMapping) -> Callable[[str], Any]:
    file, prefix, split, times = mapping.file, column.prefix, column.split, column.times
    match shape_of(type_):
        case "amount":
            return lambda text: cells.amount(text, file.decimal, file.thousands)
        case "whole":
            return lambda text: cells.whole(text, times)
        case "flag":
            return cells.flag
        case "day":
            formats = _formats(column.format or cells.ISO)
            return lambda text: cells.day(text, formats)
        case "instant":
            return _instant_reader(column.format or mapping.time.format, mapping)
        case "texts":
            return lambda text: [each.strip() for each in (text.split(split) if split else [text]) if each.strip()]
        case "text":
            return lambda text: prefix + text


def _instant_reader(format_: str | tuple[str, ...], mapping: LogMapping) -> Callable[[str], datetime]:
    formats = _formats(format_)
    zone = ZoneInfo(mapping.time.timezone) if mapping.time.timezone else None
    return lambda text: cells.instant(text, formats, zone)


def _formats(format_: str | tuple[str, ...]) -> tuple[str, ...]:
    return (format_,) if isinstance(format_, str) else format_
