"""Who comes in: the token, sessions, the form, and who tries or does too much."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from streams.web.app import build_web
from streams.web.gate import COOKIE, FAILURE_EVERY_S, FAILURES, SESSION_S, Gate, Limiter, client_of
from streams.web.guard import ACTIONS, SECURITY_HEADERS
from streams.web.health import HealthNotes
from streams.web.live import Hub
from tests.fuzz.pages import Topic, a_page
from tests.strategies import law
from tests.unit.web.samples import Answer, a_deal, a_model, ask

TOKEN = "a-token-drawn-by-chance"
FORM = "application/x-www-form-urlencoded"
PAGE = "http://127.0.0.1:8000"
HTML = "text/html,application/xhtml+xml"


class Clock:
    """Seconds that go on when the test says so."""

    def __init__(self) -> None:
        self.s = 1_000_000.0

    def gate(self, token: str = TOKEN) -> Gate:
        """A gate in this time."""
        return Gate(token, lambda: self.s, lambda: int(self.s * 1000))


def an_app(gate: Gate | None) -> Starlette:
    """The application with a deal."""
    return build_web(
        a_model(a_deal()),
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"deals 1\n", "text/plain"),
        version="1.2.3",
        allowed_hosts=("deals.example",),
        gate=gate,
    )


def sign_in(app: Starlette, token: str = TOKEN, wanted: str = "/inbox?owner=x", **headers: str) -> Answer:
    """Fill in the form."""
    body = urlencode({"token": token, "next": wanted}).encode()
    return ask(app, "/login", "POST", body, **{"content_type": FORM, "origin": PAGE, **headers})


def session_of(answer: Answer) -> str:
    """The cookie of an answer, as a browser sends it back."""
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("path", ["/api/deals", "/api/inbox", "/fragments/board", "/live", "/metrics", "/version", "/"])
def test_programs_say_the_token_as_a_bearer(path: str) -> None:
    """Without it they are told what is missing, and nothing of the deals."""
    app = an_app(Clock().gate())
    none: dict[str, str] = {}
    for headers in (
        none,
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic OmE="},
        {"cookie": f"{COOKIE}=1.2.3"},
    ):
        answer = ask(app, path, "GET", b"", **headers)
        assert (answer.status, answer.json["error"]["id"]) == (401, "err-token")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert SECURITY_HEADERS.items() <= answer.headers.items()
    if path != "/live":  # it does not end
        assert ask(app, path, authorization=f"Bearer {TOKEN}").status == 200


@pytest.mark.parametrize(
    "path", ["/login/x", "/loginx", "/login/", "/static/", "/static/a/b", "/favicon.ico/x", "/healthz/x", "/nothing"]
)
def test_beside_the_form_nothing_is_open(path: str) -> None:
    """Where there is nothing a page says so, and people's names stand on it: it is for whoever holds the token."""
    topic = Topic()
    app = a_page(topic, gate=Clock().gate())
    sent = ask(app, path, accept=HTML)
    assert (sent.status, sent.headers["location"], sent.text) == (303, f"/login?next={quote(path, safe='')}", "")
    assert ask(app, path).json["error"]["id"] == "err-token"
    if path != "/login/":  # which is the form, for whoever is let through
        shown = ask(app, path, accept=HTML, authorization=f"Bearer {TOKEN}")
        assert shown.status == 404 and "rep-1" in shown.text


def test_a_person_is_shown_the_form_and_comes_to_what_they_asked_for() -> None:
    """By a page of ours first, so that a browser that has a session sends it."""
    app = an_app(Clock().gate())
    sent = ask(app, "/deals/opp-1?x=1&y=2", accept=HTML)
    assert (sent.status, sent.headers["location"]) == (303, f"/login?next={quote('/deals/opp-1?x=1&y=2', safe='')}")
    way = ask(app, sent.headers["location"], accept=HTML, sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert f"url=/login?here&amp;next={quote('/deals/opp-1?x=1&y=2', safe='')}" in way.text
    form = ask(app, f"/login?here&next={quote('/deals/opp-1?x=1&y=2', safe='')}", accept=HTML)
    assert 'value="/deals/opp-1?x=1&amp;y=2"' in form.text
    assert "Deal opp-1" not in form.text
    answer = sign_in(app, wanted="/deals/opp-1?x=1&y=2")
    assert (answer.status, answer.headers["location"]) == (303, "/deals/opp-1?x=1&y=2")
    assert "Deal opp-1" in ask(app, "/deals/opp-1", cookie=session_of(answer)).text
    let_on = ask(app, sent.headers["location"], cookie=session_of(answer))
    assert (let_on.status, let_on.headers["location"]) == (303, "/deals/opp-1?x=1&y=2")


def test_the_cookie_is_for_this_page_alone() -> None:
    """No script reads it, no other site sends it; where the page came by TLS nothing else does."""
    answer = sign_in(an_app(Clock().gate()))
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "path=/", f"max-age={SESSION_S}"} <= parts
    assert TOKEN not in answer.headers["set-cookie"]
    assert "secure" not in parts
    assert "strict-transport-security" not in answer.headers


def test_a_session_ends_and_is_bound_to_the_token() -> None:
    """After half a day, when somebody signs out, and when the token is another; a worker started anew knows it."""
    clock = Clock()
    app = an_app(clock.gate())
    cookie = session_of(sign_in(app))
    assert ask(app, "/api/deals", cookie=cookie).status == 200
    assert ask(an_app(clock.gate()), "/api/deals", cookie=cookie).status == 200
    assert ask(an_app(clock.gate("another-token-by-chance")), "/api/deals", cookie=cookie).status == 401
    out = ask(app, "/logout", "POST", cookie=cookie, origin=PAGE)
    assert (out.status, out.headers["location"]) == (303, "/login?here")
    assert f'{COOKIE}=""' in out.headers["set-cookie"]
    clock.s += SESSION_S + 1
    assert ask(app, "/api/deals", cookie=cookie).status == 401


@law(200)
@given(place=st.integers(0, 200), letter=st.sampled_from("0123456789abcdef.x"))
def test_a_session_that_was_altered_is_none(place: int, letter: str) -> None:
    """Whatever one changes of it, and whatever is sent in its place."""
    gate = Clock().gate()
    session = gate.begin()
    altered = session[: place % len(session)] + letter + session[place % len(session) + 1 :]
    assert gate.holds(altered) == (altered == session)


@pytest.mark.parametrize("session", ["", ".", "..", "1.2.3", "9" * 5000, "é.é.é", "99999999999.0.", "\x00.x.y"])
def test_nonsense_is_no_session(session: str) -> None:
    """And no error."""
    assert not Clock().gate().holds(session)


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\r\nx: y", "/ä"],
)
def test_the_form_leads_to_no_other_site(wanted: str) -> None:
    """Whatever a link to the form says."""
    app = an_app(Clock().gate())
    assert sign_in(app, wanted=wanted).headers["location"] == "/"
    assert "evil" not in ask(app, f"/login?here&next={quote(wanted, safe='')}").text


def test_wrong_tokens_are_soon_not_listened_to() -> None:
    """From that address alone, by form and by bearer, also the right one; who is signed in goes on."""
    clock = Clock()
    app = an_app(clock.gate())
    cookie = session_of(sign_in(app))
    for _ in range(FAILURES):
        assert sign_in(app, "wrong").status == 401
    spent = sign_in(app)
    assert (spent.status, spent.headers["retry-after"]) == (429, "30")
    assert "set-cookie" not in spent.headers
    bearer = ask(app, "/api/deals", authorization=f"Bearer {TOKEN}")
    assert (bearer.status, bearer.json["error"]["id"]) == (429, "err-too-often")
    assert ask(app, "/api/deals", cookie=cookie).status == 200
    assert ask(app, "/healthz").status == 200
    clock.s += FAILURE_EVERY_S
    assert sign_in(app).status == 303


def test_nobody_acts_more_often_than_a_person() -> None:
    """Beyond that it is refused with a reason that the page can say, and reading goes on."""
    clock = Clock()
    app = an_app(clock.gate())
    cookie = session_of(sign_in(app))
    asked = [ask(app, "/api/actions", "POST", b"{}", cookie=cookie, origin=PAGE).status for _ in range(ACTIONS + 5)]
    assert set(asked[:ACTIONS]) == {403}  # it only shows here
    assert asked[-1] == 429
    assert ask(app, "/api/deals", cookie=cookie).status == 200


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec_fetch_site": "same-site"}, {"origin": "null"}]
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_another_site_signs_nobody_in_or_out(path: str, headers: dict[str, str]) -> None:
    """A form on another page, or on another port of this machine, is refused."""
    app = an_app(Clock().gate())
    body = urlencode({"token": TOKEN}).encode()
    answer = ask(app, path, "POST", body, content_type=FORM, **headers)
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_nothing_is_changed_by_a_get() -> None:
    """Every address that is no POST says the same twice, and a GET where only POST is gets nothing."""
    app = an_app(Clock().gate())
    cookie = session_of(sign_in(app))
    reading = [route for route in app.routes if "POST" not in (getattr(route, "methods", None) or ())]
    assert {getattr(route, "path", "") for route in app.routes if route not in reading} == {
        "/api/actions",
        "/login",
        "/logout",
    }
    for path in ("/api/actions", "/logout"):
        assert ask(app, path, cookie=cookie).status == 405
    assert ask(app, "/api/deals", cookie=cookie).status == 200


def test_without_a_token_there_is_no_form() -> None:
    """On loopback nothing is asked for, and nothing pretends to."""
    app = an_app(None)
    assert ask(app, "/login").status == 404
    assert ask(app, "/api/deals").status == 200


def test_too_long_a_form_and_one_that_is_none_are_no_token() -> None:
    """Nothing is read beyond what a form can be."""
    app = an_app(Clock().gate())
    assert sign_in(app, wanted="/" + "x" * 5000).status == 401
    assert sign_in(app, content_type="application/json").status == 401


def test_a_limiter_counts_by_client_and_forgets_who_rests() -> None:
    """One more after each interval, never more than at once in the beginning."""
    now = [0]
    limiter = Limiter(2, 10.0, lambda: now[0])
    assert [limiter.take("a") for _ in range(3)] == [True, True, False]
    assert limiter.take("b")
    now[0] = 10_000
    assert [limiter.take("a") for _ in range(2)] == [True, False]
    now[0] = 10_000_000
    assert [limiter.take("a") for _ in range(3)] == [True, True, False]


def test_clients_are_told_apart_by_address() -> None:
    """Of IPv6 by network: one customer has more addresses than anybody can count."""
    assert client_of({"client": ("10.0.0.1", 5)}) == client_of({"client": ("10.0.0.1", 9)}) == "10.0.0.1"
    assert client_of({"client": ("2001:db8::1", 1)}) == client_of({"client": ("2001:db8::2", 1)})
    assert client_of({"client": ("2001:db8::1", 1)}) != client_of({"client": ("2001:db8:0:1::1", 1)})
    assert client_of({"client": ("::ffff:10.0.0.1", 1)}) != client_of({"client": ("::ffff:10.0.0.2", 1)})
    assert client_of({}) == client_of({"client": None}) == ""
