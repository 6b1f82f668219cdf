"""States, alerts and requests for the tests of the page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Message

from streams.alerts.alert import Alert, Driver, Reason, Transition, alert_id, encode_alert
from streams.alerts.lifecycle import leading
from streams.alerts.registry import RULES
from streams.state.codec import PARTITION_KEY, encode_deal, encode_partition
from streams.state.feeds import Feed, PartitionState
from streams.state.memory import DealState
from streams.state.opportunity import Opportunity, Status
from streams.state.watch import AlertState, Estimate, ReasonState, Severity, Watch
from streams.state.watch import Status as AlertStatus
from streams.web.read_model import ReadModel
from tests.builders import Timeline, advised, ms

HOSTILE = "<script>alert(1)</script>"
_PIECE = 1_000


def a_deal(
    name: str = "opp-1",
    *,
    status: Status = "open",
    owner: str = "rep-1",
    amount: str | None = "1000",
    currency: str = "EUR",
    reasons: dict[str, ReasonState] | None = None,
    alert: AlertState | None = None,
    inactivity: float = 0.5,
    title: str = "",
    at: float = 10,
    model: str = "inactivity-0",
) -> bytes:
    """Return a record of `deal.state`: a deal opened on day 0 and last looked at on day `at`."""
    facts = Opportunity(
        id=name,
        status=status,
        first_event_at=ms(0),
        last_event_at=ms(at),
        created_at=ms(0),
        events=1,
        name=title or f"Deal {name}",
        account="Acme",
        owner=owner,
        stage="discovery",
        amount=amount,
        currency=currency if amount else "",
        closed_at=None if status == "open" else ms(at),
    )
    estimates = {"inactivity": Estimate(inactivity, ms(at), model)} if status == "open" else {}
    if reasons and alert is None:
        alert = a_standing_alert(name, reasons)
    watch = Watch(origin=ms(0), reasons=reasons or {}, alert=alert, estimates=estimates)
    return encode_deal(DealState(facts=facts, watch=watch))


def a_reason(severity: Severity = "warning", *, day: float = 5) -> ReasonState:
    """Return a reason as a state holds it; its episode began on that day."""
    return ReasonState(ms(day), severity, ms(day))


def a_standing_alert(
    name: str, reasons: dict[str, ReasonState], *, sequence: int = 1, status: AlertStatus = "open"
) -> AlertState:
    """Return the alert of a state with these reasons: the worst leads, and it opened when that was told."""
    order = {rule.name: place for place, rule in enumerate(RULES)}
    rule = leading(reasons, order, ms(0))[0]
    first = reasons[rule]
    return AlertState(
        id=alert_id(name, rule, first.episode),
        sequence=sequence,
        status=status,
        severity=first.severity,
        rule=rule,
        opened_at=first.at,
        at=first.at,
    )


def an_alert(
    name: str = "opp-1",
    rule: str = "silent",
    severity: Severity = "warning",
    *,
    transition: Transition = "opened",
    sequence: int = 1,
    day: float = 5,
    at: float | None = None,
    title: str = "Silent for 12 days",
) -> Alert:
    """Return a message of `deal.alerts` about the episode that began on that day."""
    over = transition == "resolved"
    reason = Reason(
        rule=rule,
        rule_version=1,
        severity=severity,
        episode=ms(day),
        title=title,
        evidence=(Driver("no contact for 12 days"),),
        clears_when="the buyer makes contact",
    )
    return Alert(
        id=alert_id(name, rule, ms(day)),
        sequence=sequence,
        transition=transition,
        status="resolved" if over else "open",
        rule=rule,
        severity=severity,
        opportunity=name,
        name=f"Deal {name}",
        owner="rep-1",
        account="Acme",
        stage="discovery",
        amount="1000",
        currency="EUR",
        opened_at=ms(day),
        at=ms(day if at is None else at),
        title=title,
        reasons=() if over else (reason,),
        play=None if over else advised("book_next_step"),
        resolution="the buyer made contact" if over else "",
    )


def a_partition(day: float, feeds: dict[str, Feed] | None = None) -> bytes:
    """Return the record in which a partition says how far time has come."""
    return encode_partition(PartitionState(clock=ms(day), feeds=feeds or {}))


def heard(day: float) -> Feed:
    """Return a feed whose last heartbeat came on that day."""
    return Feed(heartbeat_at=ms(day))


def show(model: ReadModel, timeline: Timeline, partition: int = 0) -> None:
    """Let a read model read everything that a lived-through partition wrote."""
    for name, state in timeline.partition.deals.items():
        model.on_state(name.encode(), encode_deal(state), partition)
    model.on_state(PARTITION_KEY, encode_partition(timeline.partition.state), partition)
    for alert in timeline.alerts:
        model.on_alert(encode_alert(alert))


def a_model(*deals: bytes, day: float = 10) -> ReadModel:
    """Return a read model that has read these states."""
    model = ReadModel()
    for deal in deals:
        model.on_state(msgspec.json.decode(deal)["deal"]["facts"]["id"].encode(), deal)
    model.on_state(PARTITION_KEY, a_partition(day))
    return model


@dataclass(slots=True)
class Answer:
    """What an application sent back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)


def ask(app: ASGIApp, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    """Send one request and collect the answer; header names are given with `_` for `-`, empty ones left out."""
    return asyncio.run(ask_here(app, path, method, headers, body))


async def ask_here(
    app: ASGIApp, target: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """The same on the running event loop; the body comes in pieces, as from a network."""
    path, _, query = target.partition("?")
    named = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in (headers or {}).items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    answer = Answer()
    pieces = [body[start : start + _PIECE] for start in range(0, len(body), _PIECE)] or [b""]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            pairs = cast(list[tuple[bytes, bytes]], message["headers"])
            answer.headers = {name.decode(): value.decode() for name, value in pairs}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer
