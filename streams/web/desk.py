"""Where people's actions are handed in: `POST /api/actions`, JSON in, and 202 when Kafka has the event.

The way into the log is a function that the composition root hands in; this room knows nothing of Kafka. What was
handed in is remembered by its key for a while, so that a second click, or a browser that tries again, sends the very
same event. The worker that owns the deal says what comes of it, on `deal.alerts`, which the page follows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from streams.errors import BrokerUnreachable
from streams.events.envelope import Event, moment_of
from streams.revenue.company import LEVELS, Unit
from streams.web.acting import (
    ABOUT_A_DEAL,
    ABOUT_A_FORECAST,
    Asked,
    Refused,
    about_alert,
    about_deal,
    about_forecast,
    read_asked,
)
from streams.web.pages.actions import Acting
from streams.web.probes import failure, json_answer
from streams.web.read_model import ReadModel
from streams.web.revenue_model import RevenueModel

#: Appends an event where actions arrive, and returns when it is there for good; raises `BrokerUnreachable`.
Submit = Callable[[Event], Awaitable[None]]

MAX_BODY = 8 * 1024
_MAX_NAME = 200
#: Handed in under their keys: a browser tries again within minutes, if at all.
_REMEMBERED = 1_000


class Receipt(Struct, frozen=True):
    """What was appended: the event's id, its deal, its time (milliseconds, the deal's own), and who did it.

    A figure for a forecast is of no deal: `deal` is empty.
    """

    event: str
    deal: str
    at: int
    by: str


@dataclass(slots=True)
class _Handed:
    asked: Asked
    event: Event
    done: bool = False


class Desk:
    """Takes actions in, if there is a way for them; `acting` says what a page may offer to whoever asks."""

    def __init__(
        self,
        model: ReadModel,
        submit: Submit | None,
        user_header: str = "",
        patience_s: float = 5.0,
        revenue: RevenueModel | None = None,
    ) -> None:
        """Hand in with `submit`, none where the page only shows; wait for it for so many seconds.

        `user_header` names the header in which a proxy says who asks; without one the browser says it. `revenue` knows
        which forecasts there are.
        """
        self._model = model
        self._revenue = revenue or RevenueModel()
        self._submit = submit
        self._user_header = user_header
        self._patience_s = patience_s
        self._handed: dict[str, _Handed] = {}

    def acting(self, request: Request) -> Acting:
        """What this page may offer."""
        return Acting(allowed=self._submit is not None, by_proxy=bool(self._user_header), user=self._user(request))

    async def post(self, request: Request) -> Response:
        """Answer `POST /api/actions`."""
        try:
            return json_answer(await self._take(request), 202)
        except Refused as refusal:
            return failure(refusal.status, refusal.id, refusal.sentence)
        except (BrokerUnreachable, TimeoutError):
            said = "Kafka does not answer. Trying again with the same key is safe: it acts once."
            return failure(503, BrokerUnreachable.id, said, {"retry-after": "5"})

    async def _take(self, request: Request) -> Receipt:
        if self._submit is None:
            raise Refused(403, "err-read-only", "this page only shows; the setting web_actions lets people act on it")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, "err-not-json", "say it as JSON, with content-type application/json")
        asked = read_asked(await _body(request))
        actor = self._actor(request, asked)
        handed = self._handed.get(asked.key)
        if handed is None:
            handed = _Handed(asked, self._event(asked, actor))
            self._remember(handed)
        elif handed.asked != asked or handed.event.actor != actor:
            raise Refused(409, "err-key-reused", "this key was used for something else; make a new one")
        if not handed.done:
            async with asyncio.timeout(self._patience_s):
                await self._submit(handed.event)
            handed.done = True
        event = handed.event
        return Receipt(event.id, event.subject, event.at, event.actor)

    def _event(self, asked: Asked, actor: str) -> Event:
        """What happened, after all that its author can have seen: events of one instant have no order of their own."""
        if asked.action in ABOUT_A_FORECAST:
            event = about_forecast(asked, self._model.as_of, is_known=self._has_forecast(asked), actor=actor)
        elif asked.action in ABOUT_A_DEAL:
            proposed = self._model.updates(asked.deal) if asked.update else ()
            event = about_deal(asked, self._model.deal_now(asked.deal), actor, proposed)
        else:
            event = about_alert(asked, self._model.alert_now(asked.alert), actor)
        handed = (each.event.at for each in self._handed.values() if each.event.subject == event.subject)
        return replace(event, time=moment_of(max((event.at, *handed)) + 1))

    def _has_forecast(self, asked: Asked) -> bool:
        level = next((each for each in LEVELS if each == asked.level), None)
        return level is not None and self._revenue.forecast(asked.period, Unit(level, asked.unit)) is not None

    def _actor(self, request: Request, asked: Asked) -> str:
        if self._user_header:
            user = self._user(request)
            if not user:
                raise Refused(403, "err-no-user", f"nobody is named in the header {self._user_header}")
            return user
        actor = asked.actor.strip()
        if not actor:
            raise Refused(400, "err-action-wrong", "an action says who does it: a name, as actor")
        return actor

    def _user(self, request: Request) -> str:
        """Who asks, as a proxy says: in UTF-8, which HTTP libraries take for Latin-1."""
        said = request.headers.get(self._user_header, "") if self._user_header else ""
        with suppress(UnicodeError):
            said = said.encode("latin-1").decode()
        return said.strip()[:_MAX_NAME]

    def _remember(self, handed: _Handed) -> None:
        self._handed[handed.asked.key] = handed
        while len(self._handed) > _REMEMBERED:
            del self._handed[next(iter(self._handed))]


async def _body(request: Request) -> bytes:
    """The body, which is read no further than it may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, "err-too-large", f"more than {MAX_BODY:,} bytes")
    return bytes(body)
