"""What the contract lets a mapping set: a deal's events, the fields of their data, and how a text becomes one."""

from __future__ import annotations

from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec.structs import FieldInfo, fields

from streams.events.action import ACTIONS
from streams.events.contract import BY_KIND
from streams.events.control import CONTROL
from streams.events.envelope import Amount, Event

#: Ways in which the text of a cell is read.
Shape = Literal["text", "amount", "whole", "flag", "day", "instant", "texts"]

#: What happened to a deal, by name. Control events concern a feed, so that no row of a log is one.
#: What a row can be. A log has no actions: those are about alerts that nobody has had yet.
KINDS: dict[str, type[Event]] = {kind: event for kind, event in BY_KIND.items() if event not in (*CONTROL, *ACTIONS)}
#: The attributes of the envelope that a rule may set.
ATTRIBUTES: dict[str, Any] = {
    each.name: each.type for each in fields(Event) if each.name in ("actor", "side", "origin")
}

_SHAPES: dict[type, Shape] = {int: "whole", bool: "flag", date: "day", datetime: "instant", tuple: "texts"}


def data_fields(kind: str) -> dict[str, FieldInfo]:
    """Return the fields of an event's data by name, in the order of the contract."""
    data = next(each.type for each in fields(KINDS[kind]) if each.name == "data")
    return {each.name: each for each in fields(data)}


def shape_of(type_: Any) -> Shape:
    """Return how a text becomes a value of a field's type; literals are texts, whose values the contract checks."""
    plain = _without_none(type_)
    if plain == Amount:
        return "amount"
    if get_origin(plain) is Annotated:
        plain = get_args(plain)[0]
    return _SHAPES.get(get_origin(plain) or plain, "text")


def _without_none(type_: Any) -> Any:
    if get_origin(type_) in (Union, UnionType):
        [inner] = [each for each in get_args(type_) if each is not type(None)]
        return inner
    return type_
