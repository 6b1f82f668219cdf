"""The page's JSON as one OpenAPI 3.1 document: what `/api/*` takes and answers, and what probes and programs ask for.

Answers are described by the types that make them (`streams/web/api.py`, `acting.py`, `desk.py`); a route without an
operation here, or the other way round, fails a test, and so does an answer that its schema does not allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from streams.contracts.contract import JSON, Schema
from streams.contracts.schema import described, types_below
from streams.web.acting import Asked
from streams.web.api import AlertList, DealAnswer, DealList, Failure, InboxAnswer, ModelsAnswer, RulesAnswer
from streams.web.desk import Receipt
from streams.web.figures import Summary
from streams.web.gate import COOKIE
from streams.web.inbox import STATUSES
from streams.web.revenue_api import AttributionAnswer, CoachingAnswer, ForecastAnswer, MatrixAnswer, PipelineAnswer

OPENAPI: Final = "3.1.0"
_REFS: Final = "#/components/schemas/{name}"
_ABOUT: Final = (
    "What the page shows, as JSON, and what people do about it. Instants are milliseconds since 1970-01-01 UTC. "
    "Fields, kinds of events and values of enumerations are added, none is renamed or retyped: pass over what you do "
    "not know. On loopback nothing is asked for; elsewhere the token, as a bearer. A wrong or missing one is 401, too "
    "many wrong ones 429; a foreign host name is 400, what another site asks 403."
)


class Alive(Struct, frozen=True):
    """The process can go on."""

    alive: bool


class Ready(Struct, frozen=True):
    """The worker does its work."""

    ready: bool


class Version(Struct, frozen=True):
    """Which version runs."""

    version: str


class Parameter(NamedTuple):
    """A parameter of a query; what makes no sense is taken as not given."""

    name: str
    meaning: str
    schema: Schema


class Operation(NamedTuple):
    """What an address answers: its type, and the statuses of refusals besides those of every address."""

    path: str
    summary: str
    answer: type | None
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[tuple[int, str], ...] = ()
    method: str = "get"
    body: type | None = None
    is_open: bool = False


_TEXT: Final[Schema] = {"type": "string"}
_SEVERITY = Parameter("severity", "critical, warning or info; all where none is given", _TEXT)
_OWNER = Parameter("owner", "an owner's id; `~nobody` for what has none", _TEXT)
_RULE = Parameter("rule", "a rule's name", _TEXT)
_PAGED = (
    Parameter("q", "words that are all to be found in names, owners and ids", _TEXT),
    Parameter("page", "which page, from 1", _TEXT),
    Parameter("size", "how many a page, at most 200", _TEXT),
)
_OF_A_UNIT = (
    Parameter("period", "a fiscal period, as `FY2027-Q1`; the running quarter where none is given", _TEXT),
    Parameter("level", "company, region, team, rep, product or lead_source; the company where none is given", _TEXT),
    Parameter("name", "the name of the unit; the company has none", _TEXT),
)
_NO_DEAL = (404, "No state of this opportunity was read.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/api/deals",
        "Deals by how much they are at risk.",
        DealList,
        (_OWNER, _RULE, _SEVERITY, Parameter("show", "`all`: also deals that are not at risk", _TEXT), *_PAGED),
    ),
    Operation("/api/deals/{id}", "One deal in full.", DealAnswer, refusals=(_NO_DEAL,)),
    Operation(
        "/api/inbox",
        "Alerts that press, by whose they are, and what plays without an alert ask for.",
        InboxAnswer,
        (
            Parameter(
                "status", f"one of {', '.join(filter(None, STATUSES))}; all that press where none is given", _TEXT
            ),
            *(_OWNER, Parameter("team", "a team's name", _TEXT), _SEVERITY, _RULE, *_PAGED),
        ),
    ),
    Operation(
        "/api/alerts",
        "The latest messages of alerts, newest first.",
        AlertList,
        (Parameter("limit", "how many, at most 200; 50 where none is given", _TEXT), _SEVERITY, _RULE),
    ),
    Operation("/api/summary", "How the whole stands.", Summary),
    Operation("/api/models", "What the models have learned.", ModelsAnswer),
    Operation("/api/rules", "The rules as they are set, and what people said of their alerts.", RulesAnswer),
    Operation(
        "/api/revenue/forecast", "The forecast of a unit for a period, all versions.", ForecastAnswer, _OF_A_UNIT
    ),
    Operation("/api/revenue/pipeline", "What a pipeline is and what changed it.", PipelineAnswer, _OF_A_UNIT),
    Operation("/api/revenue/matrix", "The relationship-process matrix of teams.", MatrixAnswer),
    Operation(
        "/api/revenue/coaching",
        "The coach's sheets, as far as whoever asks may read them: a rep's is the rep's alone for a working day.",
        CoachingAnswer,
        (
            Parameter("level", "`rep` or `team`, with a name: only this sheet", _TEXT),
            Parameter("name", "whose sheet; all that may be read where no level is given", _TEXT),
        ),
        refusals=((404, "There is no such sheet."),),
    ),
    Operation(
        "/api/revenue/attribution",
        "What channels or campaigns are credited with, what a touch changes, lead sources, and what ended alerts.",
        AttributionAnswer,
        (Parameter("by", "`campaign`; channels where it is anything else", _TEXT),),
    ),
    Operation(
        "/api/actions",
        "Hand in what somebody does about an alert, a deal or a forecast; docs/page.md has every field of each.",
        Receipt,
        refusals=(
            (400, "A field is missing, wrong, or says nothing about this action."),
            (403, "The page only shows, or the proxy names nobody, or another site asks."),
            (404, "No such alert, deal or forecast is known here."),
            (409, "It is over already, or the key was used for something else."),
            (413, "The body is too long."),
            (415, "The body is no JSON."),
            (503, "Kafka does not answer; the same again, with the same key, is safe."),
        ),
        method="post",
        body=Asked,
    ),
    Operation("/healthz", "Whether the process can go on.", Alive, refusals=((503, "It cannot."),), is_open=True),
    Operation("/readyz", "Whether it does its work.", Ready, refusals=((503, "Not yet, or no more."),), is_open=True),
    Operation("/version", "Which version runs.", Version),
    Operation("/metrics", "Prometheus' text format.", None),
)


def openapi_document() -> Schema:
    """Return the document."""
    kinds = _kinds()
    _, components = msgspec.json.schema_components(kinds, ref_template=_REFS)
    classes = _classes(kinds)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Dealwatch",
            "version": version("dealwatch"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8787", "description": "A worker on this machine."}],
        "paths": _paths(),
        "components": {
            "schemas": {name: described(classes[name], schema) for name, schema in components.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The token, as `web_token` names it."},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Given at /login."},
            },
        },
    }


def _paths() -> Schema:
    found: dict[str, Schema] = {}
    for each in OPERATIONS:
        found.setdefault(each.path, {})[each.method] = _operation(each)
    return found


def _operation(each: Operation) -> Schema:
    status = "202" if each.method == "post" else "200"
    content = {"text/plain": {"schema": _TEXT}} if each.answer is None else _json(each.answer)
    made: Schema = {
        "operationId": f"{each.method}_{each.path.strip('/').replace('/', '_').replace('{id}', 'one')}",
        "summary": each.summary,
        "parameters": [
            {"name": one.name, "in": "query", "description": one.meaning, "schema": one.schema}
            for one in each.parameters
        ],
        "responses": {
            status: {"description": _first_words(each.answer) or each.summary, "content": content},
            **{str(code): {"description": why, "content": _json(Failure)} for code, why in each.refusals},
        },
        "security": [{}] if each.is_open else [{}, {"token": []}, {"session": []}],
    }
    if "{id}" in each.path:
        meaning = "the opportunity's id, percent-encoded"
        made["parameters"].insert(
            0, {"name": "id", "in": "path", "required": True, "description": meaning, "schema": _TEXT}
        )
    if each.body is not None:
        made["requestBody"] = {"required": True, "content": _json(each.body)}
    if not each.is_open:
        refused = {"description": "Token and session are missing or wrong.", "content": _json(Failure)}
        made["responses"]["401"] = refused
        made["responses"]["429"] = {
            "description": "Too often; `retry-after` says when again.",
            "content": _json(Failure),
        }
    return made


def _json(kind: type) -> Schema:
    return {JSON: {"schema": {"$ref": _REFS.format(name=kind.__name__)}}}


def _first_words(kind: type | None) -> str:
    return "" if kind is None else " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def _kinds() -> list[type]:
    kinds: dict[type, None] = {Failure: None}
    for each in OPERATIONS:
        kinds |= dict.fromkeys(kind for kind in (each.answer, each.body) if kind is not None)
    return list(kinds)


def _classes(kinds: Iterable[type]) -> dict[str, type]:
    return {each.__name__: each for each in types_below(list(kinds))}
