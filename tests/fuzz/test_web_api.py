"""The page's JSON is what docs/openapi.json says, whatever is asked of it.

schemathesis asks what the document allows and what it does not, other types, other methods, too much; the real
application answers.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from streams.contracts.openapi import OPERATIONS, openapi_document
from streams.web.guard import SECURITY_HEADERS
from tests.fuzz.pages import ORIGIN, Topic, a_page, lived
from tests.strategies import law

SCHEMA = schemathesis.openapi.from_dict(openapi_document())
TOPIC = Topic()
APP = a_page(TOPIC)
SCHEMA.app = APP
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 25
#: Deals that there are; nobody invents their ids.
KNOWN = ("", *lived().partition.deals)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.path)
def test_every_answer_is_what_the_document_says(operation: Any) -> None:
    """Whatever is asked: no failure of ours, a status and a body that are documented, and the headers that protect."""
    api = SCHEMA[operation.path][operation.method.upper()]

    @law(EXAMPLES)
    @given(
        api.as_strategy() | api.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
        st.sampled_from(KNOWN),
    )
    def ask(case: Case[Any], known: str) -> None:
        if known and "id" in case.path_parameters:
            case.path_parameters["id"] = known
        answer = case.call(base_url=ORIGIN)
        case.validate_response(answer, checks=CHECKS)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == [value]

    ask()
