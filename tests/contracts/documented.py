"""A record of Kafka held against the documents that consumers are given: key, headers and value, nothing else known.

The schemas let fields pass that they do not name, as a consumer must. A check must not: `strict` closes them, so that a
field that the documents keep silent about is seen, too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCS = Path(__file__).parents[2] / "docs"
Schema = dict[str, Any]
_MOST_TOLD = 3


class Record(Protocol):
    """A record as read from Kafka."""

    @property
    def key(self) -> bytes | None:
        """Its key."""

    @property
    def value(self) -> bytes | None:
        """Its value."""

    @property
    def headers(self) -> Mapping[str, bytes]:
        """Its headers."""


class Documented:
    """The AsyncAPI document and the schemas of a folder, as a judge of records."""

    def __init__(self, folder: Path = DOCS) -> None:
        """Read `asyncapi.yaml` and the schemas beside it."""
        self._document: Schema = yaml.safe_load((folder / "asyncapi.yaml").read_text(encoding="utf-8"))
        self._channels = {each["address"]: each for each in self._document["channels"].values()}
        self._kinds: dict[str, list[_Kind]] = {}
        for address, channel in self._channels.items():
            whole = json.loads((folder / "schemas" / f"{address}.schema.json").read_text(encoding="utf-8"))
            forms: Registry[Any] = Registry().with_resources(
                [
                    ("open", DRAFT202012.create_resource(whole)),
                    ("closed", DRAFT202012.create_resource(by_tag(strict(whole)))),
                ]
            )
            self._kinds[address] = [_Kind(each, self._local, whole, forms) for each in channel["messages"].values()]
        self.checked: dict[str, Counter[str]] = {address: Counter() for address in self._channels}

    def names(self) -> dict[str, list[str]]:
        """The names of all messages, by topic."""
        return {address: [each.name for each in kinds] for address, kinds in self._kinds.items()}

    def check(self, topic: str, record: Record) -> list[str]:
        """Count a record, and return what is wrong with it, each with where; it must be one kind of message exactly."""
        value = _parsed(record.value)
        tag = value.get("type") if isinstance(value, dict) else None
        kinds = [each for each in self._kinds[topic] if not each.tags or tag in each.tags]
        if not kinds:
            return [f"{topic}: no message of this topic has the type {tag!r}"]
        fitting = [each.name for each in kinds if next(each.problems(record, value), None) is None]
        if len(fitting) == 1:
            self.checked[topic][fitting[0]] += 1
            return []
        if fitting:
            return [f"{topic}: this is {' and '.join(fitting)} at once: {record.value!r}"]
        found = {each.name: list(each.problems(record, value)) for each in kinds}
        name, nearest = min(found.items(), key=lambda each: len(each[1]))
        return [f"{topic}: no message of this topic; as {name}: {each}" for each in nearest[:_MOST_TOLD]]

    def _local(self, reference: str) -> Schema:
        place: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        found: Schema = place
        return found


class _Kind:
    """One kind of message: what its key, its headers and its value must be."""

    def __init__(self, message: Schema, local: Any, whole: Schema, forms: Registry[Any]) -> None:
        self.name: str = message["name"]
        self._key = Draft202012Validator(message["bindings"]["kafka"]["key"])
        headers = message.get("headers", {"type": "object"})
        self._header_schemas = local(headers["$ref"]) if "$ref" in headers else headers
        self._headers = Draft202012Validator({**self._header_schemas, "additionalProperties": False})
        payload = message["payload"]
        self._any_bytes = payload.get("format") == "binary"
        reference = payload.get("schema", {}).get("$ref", "")
        self._nothing = not reference
        pointer = reference.partition("#")[2]
        self._open = Draft202012Validator({"$ref": f"open#{pointer}"}, registry=forms)
        self._closed = Draft202012Validator({"$ref": f"closed#{pointer}"}, registry=forms)
        definition: Schema = whole
        for step in pointer.strip("/").split("/"):
            definition = definition.get(step, {})
        self.tags: list[str] = definition.get("properties", {}).get("type", {}).get("enum", [])

    def problems(self, record: Record, value: Any) -> Iterator[str]:
        """Yield what keeps a record from being this kind of message."""
        key = None if record.key is None else record.key.decode(errors="replace")
        yield from (f"key {key!r}: {each.message}" for each in self._key.iter_errors(key))
        headers = {name: self._text(name, value) for name, value in record.headers.items()}
        yield from (f"headers {each.json_path}: {each.message}" for each in self._headers.iter_errors(headers))
        if self._any_bytes:
            return
        if record.value is None or self._nothing:
            if not (record.value is None and self._nothing):
                yield "it has no value" if record.value is None else "it has a value"
            return
        if self._closed.is_valid(value):  # then it is valid under the schema that lets more pass, too
            return
        for said, validator in (("value", self._open), ("value, strictly", self._closed)):
            for each in validator.iter_errors(value):
                deepest = best_match([each]) or each  # of alternatives the one that came nearest
                yield f"{said} {deepest.json_path}: {deepest.message[:300]}"

    def _text(self, name: str, value: bytes) -> str:
        binary = self._header_schemas.get("properties", {}).get(name, {}).get("format") == "binary"
        return value.decode("latin-1") if binary else value.decode()


def _parsed(value: bytes | None) -> Any:
    """The value as JSON; what is none is a text that no schema takes."""
    try:
        return None if value is None else json.loads(value)
    except ValueError as error:
        return f"no JSON: {error}"


def by_tag(schema: Any) -> Any:
    """Return an equal schema in which a value's `type` leads to its one alternative, which all others need not refuse.

    Of 39 kinds of events in a deal's state the plain form tries each, which takes a hundred times as long.
    """
    if isinstance(schema, list):
        return [by_tag(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    mapping = schema.get("discriminator", {}).get("mapping")
    if not mapping or "anyOf" not in schema:
        return {name: by_tag(each) for name, each in schema.items()}
    chain: Schema = {"properties": {"type": {"enum": list(mapping)}}, "required": ["type"]}
    for tag, place in mapping.items():
        chain = {"if": {"properties": {"type": {"const": tag}}}, "then": {"$ref": place}, "else": chain}
    return chain


def strict(schema: Any) -> Any:
    """Return a schema that refuses what it does not name: fields of objects, and places of tuples."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: each if name in ("examples", "default", "enum") else strict(each) for name, each in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    if isinstance(schema.get("prefixItems"), list):
        made["items"] = False
    return made
