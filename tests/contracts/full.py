"""Values with every field said: what no played organisation happens to say is made from the contract's own examples."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import inspect as types

from streams.contracts.glossary import entry_of
from streams.contracts.glossary.entry import MS

T = TypeVar("T")
_INSTANT = 1_772_442_000_000


def full(kind: type[T]) -> T:
    """Return a value of a type in which no field is at its default."""
    return msgspec.convert(_made(types.type_info(kind)), kind)


def _made(info: Any, kind: type | None = None, name: str = "", default: Any = msgspec.NODEFAULT) -> Any:
    entry = None if kind is None else entry_of(kind, name)
    if entry is not None and entry.example is not None and _plain(entry.example) != _plain(default):
        return entry.example
    match info:
        case types.StructType():
            made = {each.encode_name: _made(each.type, info.cls, each.name, _default(each)) for each in info.fields}
            if info.array_like:
                return list(made.values())
            return {info.tag_field: info.tag, **made} if info.tag_field else made
        case types.NamedTupleType():
            return [_made(each.type, info.cls, each.name) for each in info.fields]
        case types.VarTupleType(item_type=item):
            kinds = item.types if isinstance(item, types.UnionType) else (item,)
            return [_made(each) for each in kinds if not isinstance(each, types.NoneType)]
        case types.TupleType(item_types=items):
            return [_made(each) for each in items]
        case types.DictType():
            return {_made(info.key_type): _made(info.value_type)}
        case types.UnionType():
            return _made(next(each for each in info.types if not isinstance(each, types.NoneType)), kind, name, default)
        case types.LiteralType(values=values):
            return next((each for each in values if each != default), values[0])
        case types.BoolType():
            return default is not True
        case types.IntType():
            return _INSTANT if entry is not None and entry.unit == MS else 3
        case types.FloatType():
            return 0.5
        case types.StrType() | types.AnyType():
            return "words"
        case types.BytesType():
            return "AQIDBAUGBwg="
        case _:
            raise AssertionError(f"give {kind}.{name} an example in the glossary: {info}")


def _default(field: types.Field) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _plain(value: Any) -> Any:
    return value if value is msgspec.NODEFAULT else msgspec.to_builtins(value)
