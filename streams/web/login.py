"""The way in for browsers: a form that asks for the token, and the cookie that is given for it.

The cookie is strict: a browser leaves it out where another site, or a message, links here. So who comes without it is
sent to the form by a page of ours first; from there the browser sends it, and who has one is let through unasked.
"""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from streams.web.assets import Assets
from streams.web.gate import COOKIE, FAILURE_EVERY_S, SESSION_S, Gate, client_of
from streams.web.pages.login import form, on_the_way, signed_in

LOGIN = "/login"
_LOGOUT = "/logout"
_MAX_BODY = 4 * 1024
_MOST_FIELDS = 8
_FORM = "application/x-www-form-urlencoded"


def way_to(path: str, query: str) -> str:
    """The address of the form, from which one comes to what was asked for."""
    wanted = path + (f"?{query}" if query else "")
    return f"{LOGIN}?next={quote(wanted, safe='')}"


class Login:
    """The form, what comes of it, and the way out."""

    def __init__(self, gate: Gate, assets: Assets) -> None:
        """Let in whoever the gate lets in."""
        self._gate = gate
        self._assets = assets

    @property
    def routes(self) -> list[Route]:
        """The addresses. Only POST changes anything."""
        return [
            Route(LOGIN, self.show),
            Route(LOGIN, self.enter, methods=["POST"]),
            Route(_LOGOUT, self.leave, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Ask for the token, or let on whoever has a session."""
        wanted = _local(request.query_params.get("next", ""))
        if self._gate.holds(request.cookies.get(COOKIE, "")):
            if "next" in request.query_params:
                return RedirectResponse(wanted, 303)
            return HTMLResponse(signed_in(self._assets))
        if "here" not in request.query_params:
            return HTMLResponse(on_the_way(f"{LOGIN}?here&next={quote(wanted, safe='')}"))
        return HTMLResponse(form(self._assets, wanted))

    async def enter(self, request: Request) -> Response:
        """Take the token; where it is right, give a session for it."""
        said = await _fields(request)
        wanted = _local(said.get("next", ""))
        heard = self._gate.hear(said.get("token", "").strip(), client_of(request.scope))
        if heard == "too often":
            problem = f"Too many wrong tokens from here. Try again in {FAILURE_EVERY_S:.0f} seconds. [err-too-often]"
            return HTMLResponse(form(self._assets, wanted, problem), 429, {"retry-after": f"{FAILURE_EVERY_S:.0f}"})
        if heard == "wrong":
            return HTMLResponse(form(self._assets, wanted, "That is not the token. [err-token]"), 401)
        answer = RedirectResponse(wanted, 303)
        answer.set_cookie(
            COOKIE,
            self._gate.begin(),
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def leave(self, request: Request) -> Response:
        """Take the cookie back."""
        answer = RedirectResponse(f"{LOGIN}?here", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return answer


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; none where it is no form, or too long for one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            return {}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS, keep_blank_values=True)
    except ValueError:  # more fields than the form has
        return {}
    return {name: values[0] for name, values in found.items()}


def _local(address: str) -> str:
    """An address of this page; anything else, such as another site's, is the beginning."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"
