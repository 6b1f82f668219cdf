"""What anybody may ask of the page: requests of every address, changed, from browsers, programs and strangers.

A request is JSON, so that its places can be changed as those of an event: method, target, headers, body.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec import Struct, ValidationError, convert
from msgspec.json import encode

from streams.web.gate import COOKIE, Gate
from streams.web.guard import OPEN_PATHS, SECURITY_HEADERS
from streams.web.login import LOGIN
from tests.fuzz.mutate import mutated_json
from tests.fuzz.pages import ORIGIN, TOKEN, Markup, Topic, a_page, lived
from tests.unit.web.samples import Answer, ask_here

_JSON = {"content-type": "application/json", "origin": ORIGIN}
_FORM = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
_HTML = {"accept": "text/html"}
_HOST = "127.0.0.1:8787"
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "post", "FOO")
#: What is put into addresses; percent-encoded, as browsers do it, and not.
_WORDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='x",
    "javascript:alert(1)",
    "\u202e",
    "\x00",
)
_HOSTILE = (
    *map(quote, _WORDS),
    *(
        "//evil.example",
        "/%2F/evil.example",
        "%5C%5Cevil",
        "../",
        "%2e%2e%2f",
        "%00",
        "%ff",
        "%u0041",
        "%",
        "%0d%0aX-Y:z",
        ";",
        "#",
    ),
    *(
        "9" * 400,
        "-1",
        "1e9",
        "%D9%A1",
        "~nobody",
        "all",
        "critical",
        "a" * 5_000,
        "&" * 200,
        "[]",
        "{{7*7}}",
        "<b>",
        "'",
    ),
)
_PARAMETERS = (
    "q",
    "owner",
    "rule",
    "severity",
    "page",
    "size",
    "show",
    "status",
    "team",
    "limit",
    "next",
    "here",
    "since",
    "x[]",
)
_HEADERS = (
    *(
        ("host", each)
        for each in ("evil.example", "127.0.0.1", "localhost:1", "[::1]", "[", "", "deals.example:443", "a@127.0.0.1")
    ),
    *(
        ("origin", each)
        for each in ("null", "https://evil.example", ORIGIN, "http://127.0.0.1:1", "file://", "http://deals.example:9")
    ),
    *(("sec-fetch-site", each) for each in ("cross-site", "same-site", "none", "same-origin", "x")),
    *(
        ("authorization", each)
        for each in ("Bearer", "Bearer x", "bearer  ", f"Bearer {TOKEN}", f"Basic {TOKEN}", "Bearer " + "a" * 9_000)
    ),
    *(
        ("cookie", each)
        for each in (f"{COOKIE}=1.2.3", f"{COOKIE}=", "a=b; " * 50, f'{COOKIE}="\\377"', f"{COOKIE}={'9' * 5_000}.a.b")
    ),
    *(("accept", each) for each in ("text/html", "application/json", "*/*", "")),
    *(
        ("content-type", each)
        for each in ("application/json; charset=utf-16", "text/plain", "multipart/form-data; boundary=x")
    ),
    *(("x-forwarded-for", "9.9.9.9"), ("last-event-id", "x-9999999999"), ("x-http-method-override", "POST")),
)
#: What every answer of a guarded page may say to whoever holds nothing.
_OPEN = (*OPEN_PATHS, LOGIN, "/static/", "/favicon.ico")


class Request(Struct, frozen=True):
    """One request."""

    method: str
    target: str
    headers: dict[str, str] = {}
    body: str = ""


def actions() -> tuple[bytes, ...]:
    """Return bodies of actions that are right, of every kind."""
    alert = next(each for each in reversed(lived().alerts) if each.status != "resolved")
    deal = alert.opportunity
    acts: list[dict[str, Any]] = [
        {"action": "acknowledge", "alert": alert.id, "note": "calling"},
        {"action": "snooze", "alert": alert.id, "days": 7, "rule": alert.rule},
        {"action": "snooze", "alert": alert.id, "until": "2100-01-01T09:30+14:00"},
        {"action": "dismiss", "alert": alert.id, "reason": "known", "rule": alert.rule},
        {"action": "done", "alert": alert.id},
        {"action": "assign", "alert": alert.id, "to": "rep-2"},
        {"action": "reopen", "alert": alert.id},
        {"action": "hold", "deal": deal, "reason": "budget", "until": "2100-01-01"},
        {"action": "hold", "deal": deal, "reason": "holiday", "days": 3650},
        {"action": "release", "deal": deal},
    ]
    made = ({**act, "actor": "Mara", "key": f"key-{number:05}"} for number, act in enumerate(acts))
    return tuple(encode(each) for each in made)


def requests() -> tuple[bytes, ...]:
    """Return requests that are right, of every address."""
    deals = list(lived().partition.deals)
    reading = [
        *("/", "/inbox", "/models", "/rules", "/login", "/healthz", "/readyz", "/metrics", "/version", "/favicon.ico"),
        *("/static/page.js", "/static/style.css", "/fragments/board", "/fragments/inbox", "/fragments/models"),
        *("/fragments/rules", "/api/deals", "/api/inbox", "/api/alerts", "/api/summary", "/api/models", "/api/rules"),
        *(f"/{where}/{name}" for where in ("deals", "fragments/deals", "api/deals") for name in deals[:2]),
        *("/?owner=rep-1&severity=critical&q=deal&show=all&page=2&size=1", "/inbox?status=due&team=emea&rule=silent"),
        *("/login?here&next=/deals/opp-1%3Fa%3Db", "/login?next=//evil.example", "/api/alerts?limit=3&rule=silent"),
        *("/login/x", "/loginx", "/static/", "/static/a/b", "/favicon.ico/x", "/healthz/x", "/nothing"),
    ]
    made = [Request("GET", target, _HTML) for target in reading]
    made += [Request("POST", "/api/actions", _JSON, body.decode()) for body in actions()]
    made += [
        Request("POST", "/login", _FORM, f"token={TOKEN.replace(' ', '+')}&next=%2Fdeals%2Fopp-1"),
        Request("POST", "/login", _FORM, "token=wrong&next=https%3A%2F%2Fevil.example"),
        Request("POST", "/login", _FORM, "&".join(f"token{number}=1" for number in range(20))),
        Request("POST", "/logout", _FORM),
        Request("HEAD", "/live"),
    ]
    return tuple(encode(each) for each in made)


@st.composite
def asked(draw: DrawFn) -> bytes:
    """Return one of the requests with another method, target, header or body, or several of them."""
    request = convert(json.loads(draw(st.sampled_from(requests()))), Request)
    method, target, headers, body = request.method, request.target, dict(request.headers), request.body
    for way in draw(st.lists(st.sampled_from(("method", "target", "query", "header", "drop", "body")), max_size=3)):
        if way == "method":
            method = draw(st.sampled_from(_METHODS))
        elif way == "target":
            at = draw(st.integers(1, len(target)))
            target = target[:at] + draw(st.sampled_from(_HOSTILE)) + target[at:]
        elif way == "query":
            sign = "&" if "?" in target else "?"
            target += f"{sign}{draw(st.sampled_from(_PARAMETERS))}={draw(st.sampled_from(_HOSTILE))}"
        elif way == "header":
            name, value = draw(st.sampled_from(_HEADERS))
            headers[name] = value
        elif way == "drop" and headers:
            del headers[draw(st.sampled_from(sorted(headers)))]
        else:
            body = draw(mutated_json((body.encode(),))).decode("utf-8", "replace")
    return encode(Request(method, target, headers, body))


def action(value: bytes) -> None:
    """What the page takes as an action is an event that the intake takes; everything else is refused with a reason."""
    topic = Topic()
    headers = {"host": _HOST, **_JSON}
    answer = asyncio.run(ask_here(a_page(topic), "/api/actions", "POST", headers, value))
    assert answer.status < 500, answer.text
    assert len(topic.events) == (answer.status == 202)
    assert answer.status == 202 or answer.json["error"]["message"]


def open_page(value: bytes) -> None:
    """A page on loopback answers whatever it is asked, without a failure; what it lets through is an event."""
    request = _read(value)
    if request is None:
        return
    topic = Topic()
    answer = asyncio.run(_ask(a_page(topic), request, {}))
    _answered(request, answer)
    assert bool(topic.events) == (answer.status == 202)
    if topic.events:
        assert request.method == "POST"


def guarded_page(value: bytes) -> None:
    """A page with a token says nothing of any deal to whoever has none, and the same as ever to whoever has."""
    request = _read(value)
    if request is None:
        return
    gate = Gate(TOKEN, lambda: 0.0, lambda: 0)
    topic = Topic()
    app = a_page(topic, gate=gate)
    answer = asyncio.run(_ask(app, request, {}))
    _answered(request, answer)
    knows = TOKEN in json.dumps(request.headers) or TOKEN in request.body.replace("+", " ")
    if not knows:
        assert not topic.events
        cookie = answer.headers.get("set-cookie", "")
        assert not cookie or "max-age=0" in cookie.lower()
        assert answer.status not in (200, 202) or request.target.startswith(_OPEN)
        said = answer.text.replace(request.target, "")
        assert not any(name in said for name in secret_names() if name not in request.target)
        assert "<time" not in said
    allowed = asyncio.run(_ask(app, request, {"cookie": f"{COOKIE}={gate.begin()}"}))
    _answered(request, allowed)
    assert allowed.status != 401 or request.target.startswith(LOGIN)


@cache
def secret_names() -> frozenset[str]:
    """What stands on pages and nobody without a token may hear: ids of deals, and the people who have them."""
    deals = lived().partition.deals
    return frozenset(deals) | {each.facts.owner for each in deals.values() if each.facts.owner}


def _read(value: bytes) -> Request | None:
    """A request that a server would pass on; none where HTTP itself has no such thing."""
    try:
        request = convert(json.loads(value), Request)
    except (ValueError, RecursionError, ValidationError):
        return None
    words = (request.method, *request.headers, *request.headers.values())
    is_http = all(each.isascii() and each.isprintable() for each in (*words, request.target)) and request.method
    if (
        not is_http
        or not request.target.startswith("/")
        or (request.target.startswith("/live") and request.method == "GET")
    ):
        return None
    return request


async def _ask(app: Any, request: Request, more: dict[str, str]) -> Answer:
    headers = {"host": _HOST, **{name.lower(): each for name, each in request.headers.items()}, **more}
    body = request.body.encode("utf-8", "surrogatepass")
    return await ask_here(app, request.target, request.method, headers, body)


def _answered(request: Request, answer: Answer) -> None:
    """No failure, the headers, no code but ours, and away to no other site."""
    assert 200 <= answer.status < 500, answer.text[:300]
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    assert "access-control-allow-origin" not in answer.headers
    where = answer.headers.get("location", "/")
    assert where.startswith("/") and not where.startswith(("//", "/\\")), where
    if answer.headers.get("content-type", "").startswith("text/html"):
        Markup().feed(answer.text)
    if answer.headers.get("content-type", "").startswith("application/json"):
        assert answer.json is not None
