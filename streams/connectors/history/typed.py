"""msgspec's validation, with errors for people who write TOML: the key, what is wrong, what to do."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, Literal, TypeVar, get_args, get_origin, overload

import msgspec
from msgspec.structs import fields

from streams.connectors.errors import MappingInvalid

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<found>[^`]*)`")
#: msgspec's names of types, as TOML writes them.
_WORDS = {
    "str": "a text in quotes",
    "int": "a whole number",
    "float": "a number with a point",
    "bool": "true or false",
    "array": "a list [...]",
    "object": "a table {...}",
    "datetime": "a time such as 2011-10-01T00:00:00+02:00",
    "date": "a date such as 2011-10-31",
}


def invalid(place: str, problem: str) -> MappingInvalid:
    """Return the error for the key at `place`; `problem` ends with what to do."""
    return MappingInvalid(f"{place}: {problem}" if place else problem)


@overload
def typed(value: Any, type_: type[T], place: str) -> T: ...


@overload
def typed(value: Any, type_: Any, place: str) -> Any: ...


def typed(value: Any, type_: Any, place: str) -> Any:
    """Return the value as one of `type_`, or raise `MappingInvalid` that names `place` and the key below it."""
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        message = str(error)
    where = _PLACE.search(message)
    if where is None:
        raise invalid(place, _advice(message, type_)) from None
    problem, key = message[: where.start()], where["key"]
    raise invalid(f"{place}.{key}" if place and key else place or key, _advice(problem, _below(type_, key))) from None


def closest(word: str, known: list[str]) -> str:
    """Return a hint at the known word that was probably meant, or at all of them."""
    near = get_close_matches(word, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known) or 'none'}"


def _advice(problem: str, type_: Any) -> str:
    if found := _UNKNOWN.fullmatch(problem):
        return f"unknown key '{found['key']}'; {closest(found['key'], _keys(type_))}"
    if found := _MISSING.fullmatch(problem):
        return f"the key '{found['key']}' is missing; add it"
    if found := _EXPECTED.fullmatch(problem):
        wanted = " or ".join(_WORDS.get(each, each) for each in found["wanted"].split(" | ") if each != "null")
        return f"must be {wanted}, but is {_WORDS.get(found['found'], found['found'])}; write it so"
    if get_origin(type_) is Literal:
        return f"must be one of {', '.join(map(repr, get_args(type_)))}; write one of these"
    return f"{problem.replace('`', '')}; change the value"


def _keys(type_: Any) -> list[str]:
    is_struct = isinstance(type_, type) and issubclass(type_, msgspec.Struct)
    return [each.name for each in fields(type_)] if is_struct else []


def _below(type_: Any, key: str) -> Any:
    """The type of a struct's field, for advice about its value; without its `| None`."""
    if key not in _keys(type_):
        return type_
    found = next(each.type for each in fields(type_) if each.name == key)
    choices = [each for each in get_args(found) if get_origin(each) is Literal]
    return choices[0] if choices else found
