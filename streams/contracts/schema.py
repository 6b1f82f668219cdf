"""A topic's values as a JSON Schema (draft 2020-12), made from the types that write and read them.

What a field means comes from its comment in the source, a field's `Meta`, or the glossary; what a type means from its
docstring. Additional fields are allowed everywhere: a consumer must take a value to which a field was added.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as types

from streams.contracts.comments import comments_of
from streams.contracts.contract import Contract, Message, Schema
from streams.contracts.glossary import entry_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Python's end of a text, which JSON Schema's regular expressions do not know.
_PYTHON_END = r"\Z"


def schema_of(contract: Contract, topic: str) -> Schema:
    """Return the schema of the values on a topic; `topic` is its name.

    A tombstone has no value, so no schema: Kafka's `null` is not JSON's.
    """
    kinds = _kinds(contract)
    head: Schema = {
        "$schema": DIALECT,
        "$id": file_name(topic),
        "title": topic,
        "description": contract.meaning,
    }
    if not kinds:
        return {**head, "$comment": "Any bytes; none of it need be JSON."}
    _, components = msgspec.json.schema_components(kinds)
    classes = {each.__name__: each for each in classes_of(contract)}
    assert classes.keys() >= components.keys(), "two types of one topic have one name"
    definitions = {name: described(classes[name], schema) for name, schema in components.items()}
    refs = [{"$ref": f"#/$defs/{each.__name__}"} for each in kinds]
    body: Schema = refs[0] if len(refs) == 1 else {"oneOf": refs}
    return {**head, **body, "$defs": definitions}


def file_name(topic: str) -> str:
    """Return the name of the file with a topic's schema."""
    return f"{topic}.schema.json"


def definition_of(message: Message) -> str | None:
    """Return where in its topic's schema a message's value is described; none where it is any bytes, or nothing."""
    kind = message.value
    return None if kind is None or kind is msgspec.Raw else f"#/$defs/{kind.__name__}"


def classes_of(contract: Contract) -> Iterator[type]:
    """Yield every type that a topic's values are made of."""
    return types_below(_kinds(contract))


def types_below(kinds: list[type]) -> Iterator[type]:
    """Yield every type that values of these types are made of, themselves among them."""
    seen: set[type] = set()
    waiting: list[Any] = list(types.multi_type_info(kinds))
    while waiting:
        info = waiting.pop()
        kind = getattr(info, "cls", None)
        if kind is not None:
            if kind in seen:
                continue
            seen.add(kind)
            yield kind
        for name in getattr(info, "__struct_fields__", ()):
            held = getattr(info, name)
            for each in held if isinstance(held, tuple) else (held,):
                if isinstance(each, types.Type):
                    waiting.append(each)
                elif isinstance(each, types.Field):
                    waiting.append(each.type)


def fields_of(kind: type) -> tuple[str, ...]:
    """The names of a type's fields, in order: those of a struct or of a named tuple."""
    names: tuple[str, ...] = getattr(kind, "__struct_fields__", ()) or getattr(kind, "_fields", ())
    return names


def _kinds(contract: Contract) -> list[type]:
    """The types of those messages that have one."""
    return [each.value for each in contract.messages if each.value is not None and each.value is not msgspec.Raw]


def described(kind: type, schema: Schema) -> Schema:
    """Return a type's schema with what it and its fields mean."""
    made: Schema = _portable(schema)
    if kind.__doc__ and "description" in made:
        made["description"] = inspect.cleandoc(kind.__doc__)
    for name, field in made.get("properties", {}).items():
        made["properties"][name] = _described(kind, name, field)
    if "prefixItems" in made:
        names = fields_of(kind)
        made["prefixItems"] = [
            {"title": name, **_described(kind, name, item)}
            for name, item in zip(names, made["prefixItems"], strict=True)
        ]
    return made


def _described(kind: type, name: str, schema: Schema) -> Schema:
    """Return a field's schema with its meaning, its unit, and an example."""
    entry = entry_of(kind, name)
    meaning = comments_of(kind).get(name) or schema.get("description") or (entry.meaning if entry else "")
    if not meaning and name == getattr(getattr(kind, "__struct_config__", None), "tag_field", None):
        meaning = "Which kind of value it is."
    told: Schema = {"description": meaning} if meaning else {}
    if entry is not None and entry.unit:
        told["x-unit"] = entry.unit
    rest = {word: value for word, value in schema.items() if word != "description"}
    if entry is not None and entry.example is not None and "examples" not in rest and "enum" not in rest:
        rest["examples"] = [entry.example]
    return {**told, **rest}


def _portable(schema: Any) -> Any:
    """Return a schema in the words that every validator knows."""
    if isinstance(schema, dict):
        made = {name: _portable(value) for name, value in schema.items()}
        if "pattern" in made and isinstance(made["pattern"], str):
            made["pattern"] = made["pattern"].replace(_PYTHON_END, "$")
        return made
    return [_portable(each) for each in schema] if isinstance(schema, list | tuple) else schema
