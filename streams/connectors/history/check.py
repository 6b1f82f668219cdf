"""Door: what a mapping's tables say of each other and of the contract's events must hold; else `MappingInvalid`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.connectors.history.cells import NAMED_FORMATS
from streams.connectors.history.fields import ATTRIBUTES, KINDS, data_fields, shape_of
from streams.connectors.history.spec import Column, LogMapping, Match, Rule, times_of
from streams.connectors.history.typed import closest, invalid, typed

#: What only makes sense for rows that become an event.
_OF_EVENTS = (
    "duration_from",
    "duration_since",
    "once",
    "once_group",
    "close_after_days",
    "actor",
    "side",
    "origin",
    "data",
)

#: Keys that set a field of the data, which must be there and not be set otherwise.
_SETS_FIELD = (
    ("close_after_days", "close_at"),
    ("duration_from", "duration_seconds"),
    ("duration_since", "duration_seconds"),
)


def check(mapping: LogMapping) -> None:
    """Raise `MappingInvalid` for the first thing that could never work, before a row is read."""
    _check_file(mapping)
    _check_time(mapping)
    if len(set(times_of(mapping.columns))) != len(times_of(mapping.columns)):
        raise invalid("columns.time", "names a column twice; name each once")
    opportunity = mapping.columns.opportunity
    if opportunity != Column(column=opportunity.column, prefix=opportunity.prefix):
        raise invalid("columns.opportunity", "takes a column and a prefix only; remove the other keys")
    if mapping.columns.actor is not None:
        _check_column(mapping.columns.actor, ATTRIBUTES["actor"], "columns.actor")
    for number, rule in enumerate(mapping.rule, start=1):
        place = f"rule {number}"
        _check_conditions(rule, place)
        _check_purpose(rule, mapping, place)
        is_last = number == len(mapping.rule)
        if rule.at and rule.at not in times_of(mapping.columns):
            known = closest(rule.at, list(times_of(mapping.columns)))
            raise invalid(f"{place}: at", f"columns.time has no '{rule.at}'; {known}")
        if not rule.when and not rule.at and rule.repeats == "leave_out" and not is_last:
            raise invalid(f"{place}: when", "is true of every row, so that later rules are never asked; move it last")
    _check_pairs(mapping)


def _check_file(mapping: LogMapping) -> None:
    file = mapping.file
    try:
        "x".encode(file.encoding)
    except (LookupError, ValueError):
        problem = f"no such encoding as '{file.encoding}'; try 'utf-8', 'cp1252' or 'utf-16'"
        raise invalid("file.encoding", problem) from None
    if file.delimiter in ("\n", "\r", file.quote) or file.quote in ("\n", "\r"):
        raise invalid("file.delimiter", "delimiter and quote must differ and be no line ends; choose others")
    if file.decimal == file.thousands:
        raise invalid("file.decimal", "decimal and thousands must differ; choose others")
    if len(set(file.header)) != len(file.header):
        raise invalid("file.header", "names a column twice; give every column a name of its own")


def _check_time(mapping: LogMapping) -> None:
    time = mapping.time
    _check_formats(time.format, "time.format")
    if time.timezone:
        try:
            ZoneInfo(time.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            problem = f"no such time zone as '{time.timezone}'; write a name such as 'Europe/Amsterdam' or 'UTC'"
            raise invalid("time.timezone", problem) from None
    if time.not_before is not None and time.not_after is not None and time.not_before > time.not_after:
        raise invalid("time.not_before", "lies after time.not_after; swap them")


def _check_formats(formats: Any, place: str) -> None:
    for each in (formats,) if isinstance(formats, str) else formats:
        if each not in NAMED_FORMATS and "%" not in each:
            hint = f"write {', '.join(map(repr, NAMED_FORMATS))}, or a strptime format such as '%d.%m.%Y %H:%M'"
            raise invalid(place, f"'{each}' is no format; {hint}")
        try:
            datetime.strptime("", each)
        except ValueError as error:
            if "bad directive" in str(error) or "stray" in str(error):
                raise invalid(place, f"{error}; correct the format") from None
        except re.error:
            raise invalid(place, f"'{each}' names a part of the time twice; correct the format") from None


def _check_conditions(rule: Rule, place: str) -> None:
    for column, condition in rule.when.items():
        where = f"{place}: when.{column}"
        if not isinstance(condition, Match):
            continue
        if condition == Match():
            raise invalid(where, "asks nothing; give prefix, regex or empty")
        try:
            re.compile(condition.regex)
        except (re.error, OverflowError, RecursionError) as error:
            raise invalid(f"{where}.regex", f"no regular expression: {error}; correct it") from None


def _check_purpose(rule: Rule, mapping: LogMapping, place: str) -> None:
    purposes = [key for key in ("event", "leave_out", "start_of") if getattr(rule, key)]
    if len(purposes) != 1:
        raise invalid(place, f"has {' and '.join(purposes) or 'no purpose'}; give one of event, leave_out, start_of")
    for key in ("start_of", "duration_from"):
        pair = getattr(rule, key)
        if pair and pair not in mapping.pairs:
            raise invalid(f"{place}: {key}", f"no pair '{pair}'; add a table [pairs.{pair}] with the key same")
    if rule.event:
        _check_event(rule, place)
        return
    unused = Rule(when={})
    for key in _OF_EVENTS:
        if getattr(rule, key) != getattr(unused, key):
            raise invalid(f"{place}: {key}", f"means nothing beside {purposes[0]}; remove it, or give an event")


def _check_event(rule: Rule, place: str) -> None:
    if rule.event not in KINDS:
        raise invalid(f"{place}: event", f"unknown event '{rule.event}'; {closest(rule.event, list(KINDS))}")
    if rule.once is None and (rule.once_group or rule.repeats != "leave_out"):
        raise invalid(f"{place}: once", 'once_group and repeats need it; add once = "opportunity"')
    known = data_fields(rule.event)
    for field, value in rule.data.items():
        where = f"{place}: data.{field}"
        if field not in known:
            raise invalid(where, f"{rule.event} has no such field; {closest(field, list(known))}")
        _check_value(value, known[field].type, where)
    for field, info in known.items():
        if info.required and field not in rule.data:
            raise invalid(f"{place}: data.{field}", f"{rule.event} needs it; add a constant or a column")
    for attribute, type_ in ATTRIBUTES.items():
        given = getattr(rule, attribute)
        if given is not None:
            _check_value(given, type_, f"{place}: {attribute}")
    if rule.duration_from and rule.duration_since:
        raise invalid(f"{place}: duration_since", "duration_from is given too; keep one of them")
    for key, field in _SETS_FIELD:
        if not getattr(rule, key):
            continue
        if field not in known:
            raise invalid(f"{place}: {key}", f"{rule.event} has no {field}; remove it")
        if field in rule.data:
            raise invalid(f"{place}: {key}", f"data.{field} is given too; keep one of them")


def _check_value(value: Any, type_: Any, place: str) -> None:
    if isinstance(value, Column):
        _check_column(value, type_, place)
    else:
        typed(value, type_, place)


def _check_column(column: Column, type_: Any, place: str) -> None:
    shape = shape_of(type_)
    for key, fitting in (("prefix", ("text",)), ("format", ("day", "instant")), ("split", ("texts",))):
        if getattr(column, key) and shape not in fitting:
            raise invalid(f"{place}.{key}", "does not fit this field; remove it")
    if column.times != 1 and shape != "whole":
        raise invalid(f"{place}.times", "does not fit this field; remove it")
    if shape == "texts" and (column.values or column.otherwise is not None):
        raise invalid(f"{place}.values", "does not fit a list; remove values and otherwise")
    _check_formats(column.format, f"{place}.format")
    for text, value in column.values.items():
        typed(value, type_, f"{place}.values.{text}")
    if column.otherwise is not None:
        typed(column.otherwise, type_, f"{place}.otherwise")


def _check_pairs(mapping: LogMapping) -> None:
    for name in mapping.pairs:
        for key in ("start_of", "duration_from"):
            if all(getattr(rule, key) != name for rule in mapping.rule):
                raise invalid(f"pairs.{name}", f'no rule has {key} = "{name}"; add one, or remove the pair')
