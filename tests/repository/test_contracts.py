"""What consumers are given, AsyncAPI, OpenAPI and schemas, is what the code writes, whole, and well-formed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from starlette.routing import Route

from streams.config.settings import load
from streams.config.topics import Topics, plan
from streams.contracts.asyncapi import asyncapi_of
from streams.contracts.contract import Contract
from streams.contracts.documents import documents
from streams.contracts.glossary import GLOSSARY, entry_of
from streams.contracts.openapi import OPERATIONS, openapi_document
from streams.contracts.registry import CONTRACTS, PUBLIC
from streams.contracts.schema import classes_of, fields_of, schema_of
from tests.fuzz.pages import Topic as Sink
from tests.fuzz.pages import a_page

PROBES = ("/healthz", "/readyz", "/metrics", "/version")
DOCS = Path(__file__).parents[2] / "docs"
OFFICIAL = Path(__file__).parent / "official"
#: Without what the environment of the tests says.
TOPICS: Topics = plan(load(prefix="", partitions=4))
STALE = "is not what the code says; run `make contracts`, look at the difference, and commit it"


def role(contract: Contract) -> str:
    """A contract as people name it."""
    return contract.role


def schema(contract: Contract) -> dict[str, Any]:
    """The schema of a topic's values."""
    return schema_of(contract, getattr(TOPICS, contract.role).name)


def fields(contract: Contract) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every field that a topic's schema names: type, field, and its schema."""
    for kind, definition in schema(contract).get("$defs", {}).items():
        for name, field in definition.get("properties", {}).items():
            yield kind, name, field
        for item in definition.get("prefixItems", ()):
            yield kind, item["title"], item


def test_every_topic_has_a_contract_and_no_other() -> None:
    """Who adds a topic says what is on it."""
    assert [getattr(TOPICS, each.role) for each in CONTRACTS] == list(TOPICS.all)


def test_the_documents_are_what_the_code_says() -> None:
    """Whoever changes a type writes the documents anew, and sees in the difference what consumers will see."""
    wanted = documents(TOPICS)
    for name, text in wanted.items():
        path = DOCS / name
        assert path.is_file(), f"docs/{name} is missing; run `make contracts`"
        as_written = path.read_text(encoding="utf-8") == text  # a comparison in the assertion would print both files
        assert as_written, f"docs/{name} {STALE}"
    kept = {str(each.relative_to(DOCS)) for each in DOCS.glob("schemas/*")}
    assert kept <= wanted.keys(), "a schema that is no topic's any more: remove it"


@pytest.mark.parametrize("contract", PUBLIC, ids=role)
def test_every_schema_is_one_and_every_example_in_it_is_valid(contract: Contract) -> None:
    """Each is valid under the metaschema of draft 2020-12, and the examples of fields under their fields."""
    whole = schema(contract)
    Draft202012Validator.check_schema(whole)
    registry: Registry[Any] = Registry().with_resource("urn:whole", Resource.from_contents(whole))
    for kind, name, field in fields(contract):
        for example in field.get("examples", ()):
            under = {"$schema": whole["$schema"], **field, "$defs": whole["$defs"]}
            problems = list(Draft202012Validator(under, registry=registry).iter_errors(example))
            assert problems == [], f"{kind}.{name}: {problems}"


@pytest.mark.parametrize("contract", PUBLIC, ids=role)
def test_every_field_says_what_it_means(contract: Contract) -> None:
    """Each type and each field has a description; a number that counts something has a unit."""
    definitions = schema(contract).get("$defs", {})
    assert [kind for kind, each in definitions.items() if not each.get("description")] == []
    assert [f"{kind}.{name}" for kind, name, field in fields(contract) if not field.get("description")] == []


@pytest.mark.parametrize("contract", PUBLIC, ids=role)
def test_every_instant_and_span_says_in_what_it_counts(contract: Contract) -> None:
    """Nobody guesses whether a number is seconds or milliseconds."""
    named = re.compile(r"(^|_)(at|due|since|until|entered|epoch|heading|parent|days|ms|seconds)$")
    numbers = [each for each in fields(contract) if named.search(each[1]) and "integer" in json.dumps(each[2])]
    assert [f"{kind}.{name}" for kind, name, field in numbers if "x-unit" not in field] == []


def test_the_glossary_has_no_word_that_no_field_has() -> None:
    """What is renamed or taken away leaves no trace."""
    used: set[str] = set()
    for contract in PUBLIC:
        for kind in classes_of(contract):
            for name in fields_of(kind):
                entry = entry_of(kind, name)
                used.update(word for word, each in GLOSSARY.items() if each is entry)
    assert sorted(GLOSSARY.keys() - used - {"type"}) == []


def test_the_official_schema_of_asyncapi_is_unchanged() -> None:
    """The document is held against what the AsyncAPI Initiative published, not against something near it."""
    digest = sha256((OFFICIAL / "asyncapi-3.0.0.json").read_bytes()).hexdigest()
    assert digest in (OFFICIAL / "README.md").read_text(encoding="utf-8")


def test_the_asyncapi_document_is_valid_and_what_it_refers_to_is_there() -> None:
    """The committed document is valid under the official schema, and no reference in it is dead."""
    document = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    official = json.loads((OFFICIAL / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    errors = Draft7Validator(official).iter_errors(document)
    assert [f"{each.json_path}: {each.message[:200]}" for each in errors] == []
    assert document == asyncapi_of(TOPICS)
    referred = list(references(document))
    assert len(referred) > len(PUBLIC)
    for reference in referred:
        file, _, pointer = reference.partition("#")
        place: Any = json.loads((DOCS / file).read_text(encoding="utf-8")) if file else document
        for step in pointer.strip("/").split("/"):
            assert step in place, reference
            place = place[step]


def test_the_official_schema_refuses_what_is_no_asyncapi() -> None:
    """The check above can fail, deep inside of a binding, too."""
    official = json.loads((OFFICIAL / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    broken = asyncapi_of(TOPICS)
    broken["channels"]["alerts"]["bindings"]["kafka"]["partitions"] = "four"
    assert not Draft7Validator(official).is_valid(broken)


def references(value: Any) -> Iterator[str]:
    """Yield every `$ref` in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_address_of_programs_is_in_the_openapi_document_and_no_other() -> None:
    """Who adds an address under /api says what it takes and answers; the methods are those of the routes."""
    routes = a_page(Sink()).routes
    served = {
        (route.path.replace(":path}", "}"), method.lower())
        for route in routes
        if isinstance(route, Route) and (route.path.startswith("/api/") or route.path in PROBES)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert {(each.path, each.method) for each in OPERATIONS} == served


def test_the_openapi_document_is_valid_and_every_schema_in_it() -> None:
    """References lead somewhere, types and fields say what they mean where they have a docstring or a comment."""
    document = openapi_document()
    schemas = document["components"]["schemas"]
    for each in schemas.values():
        Draft202012Validator.check_schema(each)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named <= schemas.keys()
    assert [name for name, each in schemas.items() if not each.get("description")] == []
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) == len(OPERATIONS)
