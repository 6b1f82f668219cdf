"""The mapping file as typed, frozen values: which columns say what, and which rows become which events.

One struct per table of the TOML file; `parse` makes them, docs/mapping.md explains every key with examples.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from streams.events.envelope import Identifier, Instant

Name = Annotated[str, Meta(min_length=1)]
Names = Annotated[tuple[Name, ...], Meta(min_length=1)]
#: Texts of a cell that satisfy a condition.
Texts = Annotated[tuple[str, ...], Meta(min_length=1)]
Character = Annotated[str, Meta(min_length=1, max_length=1)]
OneOrNone = Annotated[str, Meta(max_length=1)]
Constant = str | int | bool
#: A call longer than this is none that the contract knows (`activity.TouchData`).
LONGEST_HOURS = 7 * 24


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping file; unknown keys are errors, because a misspelt one would silently do nothing."""


class Column(Table, frozen=True, kw_only=True):
    """A value taken from the row: the cell of `column`, translated by `values` or read by `format`."""

    column: Name
    prefix: str = ""
    values: dict[str, Constant] = {}
    otherwise: Constant | None = None
    format: Name | Names = ()
    split: str = ""
    times: Annotated[int, Meta(ge=1, le=86_400)] = 1


class Match(Table, frozen=True, kw_only=True):
    """A condition on a cell that is more than equality; all that is given must hold."""

    prefix: str = ""
    regex: str = ""
    empty: bool | None = None


Condition = str | Texts | Match


class File(Table, frozen=True, kw_only=True):
    """How the CSV is written."""

    delimiter: Character = ","
    quote: OneOrNone = '"'
    encoding: Name = "utf-8"
    header: tuple[Name, ...] = ()
    decimal: Character = "."
    thousands: OneOrNone = ""


class Columns(Table, frozen=True, kw_only=True):
    """Where a row says which opportunity, when, and who; a row with several times is read once for each of them."""

    opportunity: Column
    time: Name | Names
    actor: Column | None = None


def times_of(columns: Columns) -> tuple[str, ...]:
    """Return the columns that hold a time, in the order of the mapping."""
    return (columns.time,) if isinstance(columns.time, str) else columns.time


class Time(Table, frozen=True, kw_only=True):
    """How the time column is read; `timezone` is for times without an offset of their own."""

    format: Name | Names = "iso"
    timezone: str = ""
    not_before: Instant | None = None
    not_after: Instant | None = None


class Targets(Table, frozen=True, kw_only=True):
    """What the log's deals are judged by."""

    inactivity_horizon_days: Annotated[int, Meta(ge=1, le=365)] | None = None


class Pair(Table, frozen=True, kw_only=True):
    """A start row and an end row that belong together: of one opportunity, with equal cells in the columns `same`."""

    same: tuple[Name, ...]
    longest_hours: Annotated[int, Meta(ge=1, le=LONGEST_HOURS)] = LONGEST_HOURS


class Rule(Table, frozen=True, kw_only=True):
    """What becomes of the rows for which all conditions of `when` hold: an event, the start of a span, or nothing."""

    when: dict[str, Condition]
    at: str = ""
    event: str = ""
    leave_out: Annotated[str, Meta(max_length=200)] = ""
    start_of: str = ""
    duration_from: str = ""
    duration_since: str = ""
    once: Literal["opportunity"] | None = None
    once_group: str = ""
    repeats: Literal["leave_out", "next_rule"] = "leave_out"
    close_after_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    actor: str | Column | None = None
    side: str | Column | None = None
    origin: str | Column | None = None
    #: Field of the event's data -> a constant of the field's type, or a `Column`.
    data: dict[str, Any] = {}


class LogMapping(Table, frozen=True, kw_only=True):
    """A whole mapping file: what each row of one kind of foreign log means."""

    source: Identifier
    columns: Columns
    rule: Annotated[tuple[Rule, ...], Meta(min_length=1)]
    file: File = File()
    time: Time = Time()
    targets: Targets = Targets()
    pairs: dict[str, Pair] = {}


#: Every table, by the name under which the documentation lists its keys.
TABLES: dict[str, type[Table]] = {
    "mapping": LogMapping,
    "file": File,
    "columns": Columns,
    "time": Time,
    "targets": Targets,
    "pairs": Pair,
    "rule": Rule,
    "condition": Match,
    "column": Column,
}
