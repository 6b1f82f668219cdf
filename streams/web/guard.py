"""Who may ask: the checks before any page, and the headers after it. One ASGI layer around the whole application.

The page listens on loopback and needs no password there. Three things can still reach it: a web site that renames
itself to 127.0.0.1 in the DNS (refused by the Host header), a web site that lets a browser ask here (refused by where
the request comes from; there is no CORS, so it could not read the answer anyway), and other users of the same machine
(`token`). What changes anything must come from this very page, where a browser says where it comes from: another port
of the same machine is another site.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable
from hmac import compare_digest
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.errors import SettingsWrong

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
#: For probes of an orchestrator, which know no token and ask by address.
OPEN_PATHS = ("/healthz", "/readyz")
_READING = ("GET", "HEAD")
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


def check_binding(address: str, token: str | None) -> None:
    """Refuse to listen beyond loopback without a token; raises `SettingsWrong`."""
    if token or _is_loopback(address):
        return
    raise SettingsWrong(
        f"the page would listen on {address} for everybody; set a token for it, or let it listen on 127.0.0.1"
    )


class Guard:
    """The ASGI layer: Host check, cross-site check, token, security headers."""

    def __init__(self, app: ASGIApp, allowed_hosts: Iterable[str] = (), token: str | None = None) -> None:
        """Guard `app`; `allowed_hosts` are names besides loopback's, without port."""
        self._app = app
        self._configured = {host.lower() for host in allowed_hosts} - set(LOOPBACK_HOSTS)
        self._hosts = {*LOOPBACK_HOSTS, *self._configured}
        self._token = token

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
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refuse(scope)
        await (refusal or self._app)(scope, receive, guarded_send)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        probe = scope["path"] in OPEN_PATHS
        if not probe and not self._is_allowed(headers.getlist("host")):
            return PlainTextResponse("This host name is not served here. [err-host-refused]\n", 400)
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("Other sites may not ask here. [err-cross-site]\n", 403)
        if scope["method"] not in _READING and not self._is_own(headers):
            return PlainTextResponse("Only this page itself may act here. [err-cross-site]\n", 403)
        if self._token is not None and not probe and not _knows(headers.get("authorization", ""), self._token):
            challenge = {"www-authenticate": 'Basic realm="Dealwatch", charset="UTF-8"'}
            return PlainTextResponse("The token is needed, as the password. [err-token]\n", 401, challenge)
        return None

    def _is_own(self, headers: Headers) -> bool:
        """Whether a request comes from this page, or from no browser at all: browsers say where it comes from.

        A proxy may ask by another name than the browser did; then the origin must be one of the configured names.
        """
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        origin = headers.get("origin")
        if origin is None:
            return True
        scheme, _, host = origin.lower().partition("://")
        if scheme not in _PORTS:
            return False
        return host in (asked := headers.get("host", "").lower(), asked.removesuffix(_PORTS[scheme])) or (
            _without_port(host) in self._configured
        )

    def _is_allowed(self, named: list[str]) -> bool:
        return len(named) == 1 and _without_port(named[0].lower()) in self._hosts


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _knows(authorization: str, token: str) -> bool:
    """Whether a request carries the token: as a bearer, or as the password of a browser's own dialogue."""
    scheme, _, said = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            said = b64decode(said, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return compare_digest(said.strip().encode(), token.encode())


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
