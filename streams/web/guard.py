"""Who may ask: the checks before any page, and the headers after it. One ASGI layer around the whole application.

The page listens on loopback and needs no token there. Three things can still reach it: a web site that renames
itself to 127.0.0.1 in the DNS (refused by the Host header), a web site that lets a browser ask here (refused by where
the request comes from; there is no CORS, so it could not read the answer anyway), and other users of the same machine
(a token). What changes anything must come from this very page, where a browser says where it comes from: another port
of the same machine is another site. And nobody may do more of it than a person can.

With a token a program says it with every request, as a bearer; a browser has a session for it (`gate`, `login`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.errors import SettingsWrong
from streams.web.api import Failure, Problem, to_json
from streams.web.gate import COOKIE, FAILURE_EVERY_S, SHORTEST_TOKEN, Gate, Limiter, client_of
from streams.web.login import LOGIN, way_to

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
#: For probes of an orchestrator, which know no token and ask by address.
OPEN_PATHS = ("/healthz", "/readyz")
#: Where the form is that asks for the token, and how it looks: these addresses and no other that begins like them. What
#: is answered where there is nothing is a page that people's names stand on.
_FOR_THE_FORM = re.compile(rf"{LOGIN}|/favicon\.ico|/static/[^/]+")
#: What scripts and programs ask for; where a token is missing they are told so, and not sent to the form.
_NO_PAGES = ("/api/", "/fragments/", "/live", "/metrics", "/version")
_READING = ("GET", "HEAD")
#: Actions at once by one client, and how many seconds give one more: more than a person's, less than a flood.
ACTIONS, ACTION_EVERY_S = 60, 1.0
#: What a browser leaves out of an origin.
_PORTS = {"http": ":80", "https": ":443"}

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
#: Where the browser came by TLS: from then on it comes by nothing else.
TRANSPORT_SECURITY = "max-age=31536000"


def check_binding(address: str, token: str | None) -> None:
    """Refuse to listen beyond loopback without a token that nobody guesses; raises `SettingsWrong`."""
    if is_loopback(address):
        return
    if not token:
        raise SettingsWrong(
            f"the page would listen on {address} for everybody; name a token for it (web_token), or let it listen on "
            "127.0.0.1"
        )
    if len(token) < SHORTEST_TOKEN:
        raise SettingsWrong(
            f"web_token: {len(token)} characters can be guessed; make one of at least {SHORTEST_TOKEN} by chance, as "
            "with `openssl rand -hex 24`"
        )


def _milliseconds() -> int:
    return int(monotonic() * 1000)


class Guard:
    """The ASGI layer: Host check, cross-site check, token or session, limits, security headers."""

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Iterable[str] = (),
        gate: Gate | None = None,
        has_form: bool = False,
        now_ms: Callable[[], int] = _milliseconds,
    ) -> None:
        """Guard `app`; `allowed_hosts` are names besides loopback's, with the port where browsers name one.

        `gate` knows the token, none where nothing is asked for; `has_form` says that there is a form that asks for it.
        """
        self._app = app
        self._configured = {host.lower() for host in allowed_hosts} - set(LOOPBACK_HOSTS)
        self._hosts = {*LOOPBACK_HOSTS, *map(_without_port, self._configured)}
        self._gate = gate
        self._has_form = has_form
        self._actions = Limiter(ACTIONS, ACTION_EVERY_S, now_ms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["strict-transport-security"] = TRANSPORT_SECURITY
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refuse(scope)
        await (refusal or self._app)(scope, receive, guarded_send)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["path"] in OPEN_PATHS:
            return self._refuse_strangers(scope, headers)
        if not self._is_allowed(headers.getlist("host")):
            return PlainTextResponse("This host name is not served here. [err-host-refused]\n", 400)
        return (
            self._refuse_strangers(scope, headers)
            or self._refuse_unknown(scope, headers)
            or self._refuse_floods(scope, headers)
        )

    def _refuse_strangers(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what other sites let a browser ask."""
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("Other sites may not ask here. [err-cross-site]\n", 403)
        if scope["method"] not in _READING and not self._is_own(headers):
            return PlainTextResponse("Only this page itself may act here. [err-cross-site]\n", 403)
        return None

    def _refuse_unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse whoever has neither token nor session; a person is shown where to get one."""
        if self._gate is None or (self._has_form and _FOR_THE_FORM.fullmatch(scope["path"])):
            return None
        if self._gate.holds(cookie_parser(headers.get("cookie", "")).get(COOKIE, "")):
            return None
        scheme, _, said = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            heard = self._gate.hear(said.strip(), client_of(scope))
            if heard == "right":
                return None
            if heard == "too often":
                return _too_often("too many wrong tokens from here", FAILURE_EVERY_S)
        elif self._has_form and _is_for_a_person(scope, headers):
            return RedirectResponse(way_to(scope["path"], scope["query_string"].decode("latin-1")), 303)
        challenge = {"www-authenticate": 'Bearer realm="Dealwatch"'}
        said = "the token is needed, as a bearer; in a browser reload the page and sign in"
        return _failure(401, "err-token", said, challenge)

    def _refuse_floods(self, scope: Scope, headers: Headers) -> Response | None:
        if scope["method"] in _READING or scope["path"] == LOGIN or self._actions.take(client_of(scope)):
            return None
        return _too_often("too many actions from here", ACTION_EVERY_S)

    def _is_own(self, headers: Headers) -> bool:
        """Whether a request comes from this page, or from no browser at all: browsers say where it comes from.

        A proxy may ask by another name than the browser did; then the origin must be one of the configured names, at
        the usual port or the one that is configured with it: at another port is another site.
        """
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        scheme, _, host = origin.lower().partition("://")
        if scheme not in _PORTS:
            return False
        usual = _PORTS[scheme]
        asked = headers.get("host", "").lower()
        return host in (asked, asked.removesuffix(usual)) or host.removesuffix(usual) in self._configured

    def _is_allowed(self, named: list[str]) -> bool:
        return len(named) == 1 and _without_port(named[0].lower()) in self._hosts


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _is_for_a_person(scope: Scope, headers: Headers) -> bool:
    """Whether somebody wants to see a page."""
    wants = "text/html" in headers.get("accept", "")
    return scope["method"] == "GET" and wants and not scope["path"].startswith(_NO_PAGES)


def _failure(status: int, name: str, message: str, headers: dict[str, str]) -> Response:
    body = to_json(Failure(Problem(name, message)))
    return Response(body, status, headers, media_type="application/json")


def _too_often(what: str, seconds: float) -> Response:
    return _failure(429, "err-too-often", f"{what}; wait a moment", {"retry-after": f"{seconds:.0f}"})


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own, where nobody else comes."""
    if address == "localhost":
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
