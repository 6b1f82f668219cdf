"""All public topics as one AsyncAPI 3.0 document with Kafka bindings; schemas of values are files beside it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from streams.config.topics import Topic, Topics
from streams.contracts.contract import BYTES, Contract, Header, Key, Message, Schema
from streams.contracts.registry import PUBLIC
from streams.contracts.schema import definition_of, file_name

ASYNCAPI: Final = "3.0.0"
#: Folder of the schemas, beside the document.
SCHEMAS: Final = "schemas"
_BINDING: Final = {"bindingVersion": "0.5.0"}
_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_ABOUT: Final = """\
Deal events in; states, alerts, lessons, models and dead letters out. Operations are those of Dealwatch: what it
receives, you send. Topics deliver at least once: repeats are recognised by what their descriptions say. Take what you
know and pass over the rest: fields, event types and values of enumerations are added, none is renamed or retyped.
"""


def asyncapi_of(topics: Topics) -> Schema:
    """Return the document for the topics of one environment."""
    channels: Schema = {}
    operations: Schema = {}
    headers: Schema = {}
    for contract in PUBLIC:
        topic: Topic = getattr(topics, contract.role)
        channels[contract.role] = _channel(contract, topic)
        if contract.headers:
            headers[_headers_id(contract)] = _headers(contract.headers)
        operations[f"{contract.direction}_{contract.role}"] = _operation(contract, contract.direction)
        if contract.also_sent:
            some = [{"$ref": f"#/channels/{contract.role}/messages/{_id(each)}"} for each in contract.also_sent]
            operations[f"send_{contract.role}"] = {**_operation(contract, "send"), "messages": some}
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Dealwatch",
            "version": version("dealwatch"),
            "description": _ABOUT.replace("\n", " ").strip(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{broker}",
                "protocol": "kafka",
                "variables": {"broker": {"default": "localhost:9092", "description": "A broker of your Kafka."}},
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {"schemas": headers},
    }


def _operation(contract: Contract, action: str) -> Schema:
    return {
        "action": action,
        "title": f"Dealwatch {action}s: {contract.title.lower()}",
        "channel": {"$ref": f"#/channels/{contract.role}"},
    }


def _headers_id(contract: Contract) -> str:
    return f"headers_of_{contract.role}"


def _channel(contract: Contract, topic: Topic) -> Schema:
    configuration: Schema = {"cleanup.policy": [topic.configs["cleanup.policy"]]}
    for name in ("retention.ms", "max.message.bytes"):
        if name in topic.configs:
            configuration[name] = int(topic.configs[name])
    return {
        "address": topic.name,
        "title": contract.title,
        "description": contract.meaning,
        "messages": {_id(each.name): _message(contract, topic, each) for each in contract.messages},
        "bindings": {
            "kafka": {"partitions": topic.partitions, "topicConfiguration": configuration, **_BINDING},
        },
    }


def _id(name: str) -> str:
    """A name as identifiers may have it."""
    return name.replace(".", "_")


def _message(contract: Contract, topic: Topic, message: Message) -> Schema:
    made: Schema = {"name": message.name, "contentType": contract.content_type}
    if meaning := message.meaning or _first_words(message.value):
        made["summary"] = meaning
    place = definition_of(message)
    if place is not None:
        target = {"$ref": f"./{SCHEMAS}/{file_name(topic.name)}{place}"}
        made["payload"] = {"schemaFormat": _SCHEMA_FORMAT, "schema": target}
    elif contract.content_type == BYTES:
        made["payload"] = {"type": ["string", "null"], "format": "binary"}
    else:
        made["payload"] = {"type": "null"}
    if contract.headers:
        made["headers"] = {"$ref": f"#/components/schemas/{_headers_id(contract)}"}
    made["bindings"] = {"kafka": {"key": _key(message.key), **_BINDING}}
    return made


def _first_words(kind: type | None) -> str:
    """The first paragraph of a type's docstring."""
    return " ".join((getattr(kind, "__doc__", None) or "").partition("\n\n")[0].split())


def _headers(headers: tuple[Header, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {each.name: _header(each) for each in headers},
        "required": [each.name for each in headers if each.required],
    }


def _header(header: Header) -> Schema:
    made: Schema = {"type": "string", "description": header.meaning}
    if header.bytes_long is not None:
        made |= {"format": "binary", "minLength": header.bytes_long, "maxLength": header.bytes_long}
    if header.pattern is not None:
        made["pattern"] = header.pattern
    if header.values:
        made["enum"] = list(header.values)
    if header.example is not None:
        made["examples"] = [header.example]
    return made


def _key(key: Key) -> Schema:
    if key.pattern is None:
        return {"type": "null", "description": key.meaning}
    made: Schema = {"type": ["string", "null"] if key.optional else "string", "description": key.meaning}
    if key.pattern:
        made["pattern"] = key.pattern
    if key.example is not None:
        made["examples"] = [key.example]
    return made
