"""The documents that the contracts are published as: text by file name, as they stand under `docs/`."""

from __future__ import annotations

import json
from typing import Any

import yaml

from streams.config.topics import Topics
from streams.contracts.asyncapi import SCHEMAS, asyncapi_of
from streams.contracts.openapi import openapi_document
from streams.contracts.registry import PUBLIC
from streams.contracts.schema import file_name, schema_of

ASYNCAPI_FILE = "asyncapi.yaml"
OPENAPI_FILE = "openapi.json"
_WIDTH = 120
_HEAD = "# Generated from streams/contracts by `make contracts`; change it there.\n"


def documents(topics: Topics) -> dict[str, str]:
    """Return every document by its path below the folder of documents."""
    texts = {ASYNCAPI_FILE: asyncapi_text(topics), OPENAPI_FILE: schema_text(openapi_document())}
    for contract in PUBLIC:
        topic = getattr(topics, contract.role).name
        texts[f"{SCHEMAS}/{file_name(topic)}"] = schema_text(schema_of(contract, topic))
    return texts


def asyncapi_text(topics: Topics) -> str:
    """Return the AsyncAPI document as YAML."""
    return _HEAD + yaml.dump(asyncapi_of(topics), Dumper=_Plain, sort_keys=False, width=_WIDTH, allow_unicode=True)


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as indented JSON."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


class _Plain(yaml.SafeDumper):
    """Writes what is there, without names for values that are there twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer to another place of the document."""
        return True
