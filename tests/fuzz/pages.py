"""The page with something on it, to be asked all kinds of things: deals, alerts, plays, models, and a way to act."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser

from starlette.applications import Starlette

from streams.events.contract import encode
from streams.events.decode import decode
from streams.events.envelope import Event
from streams.events.rejection import Rejection
from streams.web.app import build_web
from streams.web.gate import Gate
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.read_model import ReadModel
from tests.builders import Timeline, a_call, a_market, a_policy, a_proposal, an_opportunity, some_moving_models
from tests.unit.web.samples import show

TOKEN = "a token that nobody guesses"
#: A page's own address, as browsers say it.
ORIGIN = "http://127.0.0.1:8787"


class Markup(HTMLParser):
    """No code but our own files, and no address of another site: whatever was said came back as text."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        assert tag not in ("iframe", "object", "embed", "base", "style"), tag
        assert tag != "script" or (said.get("src") or "").startswith("/static/"), attrs
        for name, value in attrs:
            assert not name.startswith("on") and name != "style", attrs
            if name in ("href", "src", "action", "formaction"):
                assert (value or "").startswith(("/", "#", "?")) and not (value or "").startswith(("//", "/\\")), attrs


class Topic:
    """Where actions arrive: what arrives must be what the intake takes."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def submit(self, event: Event) -> None:
        """Take an event; it is held to the contract, as it is where it comes from Kafka."""
        found = decode(encode(event), event.subject.encode(), 1 << 52)
        assert not isinstance(found, Rejection), f"{event}: {found}"
        assert found == event
        self.events.append(event)


@cache
def lived() -> Timeline:
    """A partition with a market of deals, and one deal that calls for an update of its record."""
    line = Timeline(some_moving_models(), a_policy())
    for event in a_market(deals=8, days=30):
        line.tell(event)
    return line.tell(an_opportunity(31), a_call(32), a_proposal(33)).until(60)


def a_full_model() -> ReadModel:
    """A read model that has read it all."""
    model = ReadModel()
    model.on_models(some_moving_models())
    show(model, lived())
    return model


def a_page(topic: Topic, *, gate: Gate | None = None, user_header: str = "") -> Starlette:
    """Build the page; whoever holds no token is refused where there is a gate."""
    return build_web(
        a_full_model(),
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"deals 1\n", "text/plain; version=0.0.4; charset=utf-8"),
        version="1.2.3",
        allowed_hosts=("deals.example",),
        gate=gate,
        submit=topic.submit,
        user_header=user_header,
    )
