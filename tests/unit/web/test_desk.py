"""People's actions over HTTP: who may act, what is refused and why, and that one intention acts once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from streams.alerts.alert import encode_alert
from streams.errors import BrokerUnreachable
from streams.events import action
from streams.events.contract import encode
from streams.events.deal import StageChanged
from streams.events.decode import decode
from streams.events.envelope import Event, millis, moment_of
from streams.events.judgement import HoldCleared, HoldSet, UpdateRejected
from streams.web.acting import SOURCE
from streams.web.app import build_web
from streams.web.desk import MAX_BODY
from streams.web.gate import Gate
from streams.web.health import HealthNotes
from streams.web.live import Hub
from streams.web.read_model import ReadModel
from tests.builders import Timeline, a_call, a_proposal, an_opportunity, ms
from tests.unit.web.samples import Answer, a_deal, a_model, a_reason, an_alert, ask, ask_here, show

ALERT = an_alert().id
JSON = "application/json"
PAGE = "http://127.0.0.1:8000"


class Topic:
    """Where actions arrive; it may be away."""

    def __init__(self, away: BaseException | None = None) -> None:
        self.events: list[Event] = []
        self.away = away

    async def submit(self, event: Event) -> None:
        if self.away is not None:
            raise self.away
        self.events.append(event)


def an_app(
    topic: Topic | None, model: ReadModel | None = None, user_header: str = "", token: str | None = None
) -> Starlette:
    """Build the application around a warned deal whose partition has come to day 10."""
    if model is None:
        model = a_model(a_deal(reasons={"silent": a_reason(), "no_next_step": a_reason("info")}))
        model.on_alert(encode_alert(an_alert()))
    return build_web(
        model,
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        allowed_hosts=("deals.example", "portal.example:8443"),
        gate=Gate(token, lambda: 0.0, lambda: 0) if token else None,
        submit=topic.submit if topic else None,
        user_header=user_header,
    )


def said(**fields: Any) -> bytes:
    """A body; an acknowledgement of the alert where nothing else is said."""
    return msgspec.json.encode({"action": "acknowledge", "alert": ALERT, "key": "key-00001", "actor": "Mara", **fields})


def act(app: Starlette, body: bytes, **headers: str) -> Answer:
    """Ask as the page does."""
    return ask(app, "/api/actions", "POST", body, **{"content_type": JSON, "origin": PAGE, **headers})


@pytest.mark.parametrize(
    ("fields", "kind", "data"),
    [
        ({}, action.AlertAcknowledged, {}),
        ({"note": "calling"}, action.AlertAcknowledged, {"note": "calling"}),
        ({"action": "snooze", "days": 3, "rule": "silent"}, action.AlertSnoozed, {"rule": "silent"}),
        ({"action": "dismiss", "reason": "known"}, action.AlertDismissed, {"reason": "known"}),
        ({"action": "done"}, action.AlertDone, {}),
        ({"action": "assign", "to": " Tomas "}, action.AlertAssigned, {"to": "Tomas"}),
        ({"action": "assign", "to": ""}, action.AlertAssigned, {"to": ""}),
        ({"action": "reopen"}, action.AlertReopened, {}),
    ],
)
def test_each_action_becomes_its_event_at_the_time_of_its_deal(
    fields: dict[str, Any], kind: type[Event], data: dict[str, Any]
) -> None:
    """Whoever acts, when the deal's partition says, under the id that comes of the key; and the contract takes it."""
    topic = Topic()
    answer = act(an_app(topic), said(**fields))
    assert answer.status == 202
    (event,) = topic.events
    assert type(event) is kind
    assert (event.id, event.source, event.subject, event.at, event.actor) == (
        "page-key-00001", SOURCE, "opp-1", ms(10) + 1, "Mara",
    )  # fmt: skip
    shown = msgspec.to_builtins(event)["data"]
    assert {"alert": ALERT, **data}.items() <= shown.items()
    assert answer.json == {"event": event.id, "deal": "opp-1", "at": ms(10) + 1, "by": "Mara"}
    assert decode(encode(event), b"opp-1", ms(10)) == event


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({"days": 14}, ms(24)),
        ({"until": "2026-03-01"}, 1_772_323_200_000),
        ({"until": "2026-03-01T09:30+01:00"}, 1_772_353_800_000),
    ],
)
def test_a_snooze_counts_from_the_deals_own_time(fields: dict[str, Any], until: int) -> None:
    """Days from there; a date is its midnight in UTC."""
    topic = Topic()
    assert act(an_app(topic), said(action="snooze", **fields)).status == 202
    (event,) = topic.events
    assert isinstance(event, action.AlertSnoozed)
    assert millis(event.data.until) == until


def test_a_deal_is_held_and_released() -> None:
    """For a reason, until a day or open-ended; each after the one before, also while the deal's time stands still."""
    topic = Topic()
    app = an_app(topic)
    assert act(app, said(action="hold", alert="", deal="opp-1", reason="budget", days=5)).status == 202
    assert (
        act(app, said(action="hold", alert="", deal="opp-1", reason="legal", until="", key="key-00002")).status == 202
    )
    assert act(app, said(action="release", alert="", deal="opp-1", key="key-00003")).status == 202
    held, open_ended, released = topic.events
    assert isinstance(held, HoldSet)
    assert isinstance(open_ended, HoldSet)
    assert isinstance(released, HoldCleared)
    assert (held.data.reason, str(held.data.resume_date)) == ("budget", str(moment_of(ms(15)).date()))
    assert open_ended.data.resume_date is None
    assert [each.at - ms(10) for each in topic.events] == [1, 2, 3]


def a_proposing_app(topic: Topic) -> Starlette:
    """A deal whose proposal is out while its stage is the first."""
    timeline = Timeline().tell(an_opportunity(0), a_call(1), a_proposal(2)).until(10)
    model = ReadModel()
    show(model, timeline)
    return an_app(topic, model)


def test_a_proposed_update_is_accepted_as_it_was_shown_or_rejected() -> None:
    """The change itself, which names the update, or the word that it is not wanted; both by somebody."""
    topic = Topic()
    app = a_proposing_app(topic)
    [update] = ask(app, "/api/deals/opp-1").json["updates"]
    assert (update["field"], update["value"]) == ("stage", "Proposal")
    answer = {"alert": "", "deal": "opp-1", "update": update["id"]}
    assert act(app, said(action="accept", value="Proposal", **answer)).status == 202
    assert act(app, said(action="reject", note="a draft", key="key-00002", **answer)).status == 202
    changed, rejected = topic.events
    assert isinstance(changed, StageChanged)
    assert (changed.data.stage, changed.data.position, changed.data.update) == ("Proposal", 4, update["id"])
    assert isinstance(rejected, UpdateRejected)
    assert (rejected.data.update, rejected.data.note, rejected.actor) == (update["id"], "a draft", "Mara")


@pytest.mark.parametrize(
    ("fields", "status", "name", "sentence"),
    [
        ({"action": "accept"}, 400, "err-action-wrong", "say its id as update"),
        ({"action": "accept", "update": "up-" + "0" * 20}, 409, "err-update-over", "not proposed any more"),
        ({"action": "accept", "update": "THE", "value": "Offer"}, 409, "err-update-over", "has changed since"),
        ({"action": "hold", "update": "THE", "reason": "legal"}, 400, "err-action-wrong", "hold takes no update"),
    ],
)
def test_an_answer_to_what_is_not_proposed_is_refused(
    fields: dict[str, str], status: int, name: str, sentence: str
) -> None:
    """Nothing is changed by an old page."""
    topic = Topic()
    app = a_proposing_app(topic)
    [update] = ask(app, "/api/deals/opp-1").json["updates"]
    named = {key: update["id"] if value == "THE" else value for key, value in fields.items()}
    answer = act(app, said(alert="", deal="opp-1", **named))
    assert (answer.status, answer.json["error"]["id"]) == (status, name)
    assert sentence in answer.json["error"]["message"]
    assert topic.events == []


@pytest.mark.parametrize(
    ("body", "status", "name", "sentence"),
    [
        (b"{", 400, "err-action-wrong", "no JSON"),
        (b"[]", 400, "err-action-wrong", "object"),
        (said(action="delete"), 400, "err-action-wrong", "one of acknowledge, snooze"),
        (said(key="x"), 400, "err-action-wrong", "key: "),
        (said(key="x" * 65), 400, "err-action-wrong", "key: "),
        (said(colour="red"), 400, "err-action-wrong", "colour"),
        (said(actor="  "), 400, "err-action-wrong", "who does it"),
        (said(alert=""), 400, "err-action-wrong", "about an alert"),
        (said(action="hold", reason="budget"), 400, "err-action-wrong", "about a deal"),
        (said(days=3), 400, "err-action-wrong", "acknowledge takes no days"),
        (said(note="x" * 501), 400, "err-action-wrong", "note: "),
        (said(action="snooze"), 400, "err-action-wrong", "for how long"),
        (said(action="snooze", days=0), 400, "err-action-wrong", "days: "),
        (said(action="snooze", days=3, until="2026-03-01"), 400, "err-action-wrong", "not both"),
        (said(action="snooze", until="soon"), 400, "err-action-wrong", "no date"),
        (said(action="snooze", until="2026-03-01T10:00"), 400, "err-action-wrong", "time zone"),
        (said(action="snooze", until="2001-03-01"), 400, "err-action-wrong", "is over: for this deal it is"),
        (said(action="snooze", days=3, rule="slipping"), 400, "err-action-wrong", "it has silent, no_next_step"),
        (said(action="dismiss"), 400, "err-action-wrong", "one of known, wrong"),
        (said(action="assign"), 400, "err-action-wrong", "whose it is"),
        (said(action="hold", deal="opp-1", reason="boredom"), 400, "err-action-wrong", "one of budget, holiday"),
        (said(action="release", deal="opp-9"), 404, "err-not-found", "no deal opp-9"),
        (said(alert="al-00000000000000000000"), 404, "err-not-found", "no alert al-0"),
        (said(note="x" * MAX_BODY), 413, "err-too-large", "bytes"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(body: bytes, status: int, name: str, sentence: str) -> None:
    """A fixed id, words that say what is wrong, and nothing is handed in."""
    topic = Topic()
    answer = act(an_app(topic), body)
    assert (answer.status, answer.json["error"]["id"]) == (status, name), answer.text
    assert sentence in answer.json["error"]["message"]
    assert topic.events == []


def test_an_alert_that_is_over_can_only_be_taken_back_where_a_person_ended_it() -> None:
    """One that ended by itself has nothing to take back; one before another alert is history."""
    model = a_model(a_deal())
    for name, by in (("opp-1", ""), ("opp-2", "Mara")):
        model.on_state(name.encode(), a_deal(name))
        model.on_alert(encode_alert(an_alert(name)))
        over = an_alert(name, transition="resolved", sequence=2, at=7)
        model.on_alert(encode_alert(msgspec.structs.replace(over, by=by)))
    topic = Topic()
    app = an_app(topic, model)
    mine = an_alert("opp-2").id
    for body in (said(), said(action="reopen"), said(alert=mine)):
        answer = act(app, body)
        assert (answer.status, answer.json["error"]["id"]) == (409, "err-alert-over")
    assert act(app, said(action="reopen", alert=mine)).status == 202
    model.on_alert(encode_alert(an_alert("opp-2", day=9)))
    assert act(app, said(action="reopen", alert=mine, key="key-00002")).status == 409
    assert len(topic.events) == 1


def test_a_closed_deal_is_not_acted_on() -> None:
    """It rests for good, and its alert is history."""
    model = a_model(a_deal(status="won"))
    model.on_alert(encode_alert(an_alert()))
    app = an_app(Topic(), model)
    assert act(app, said()).json["error"]["id"] == "err-alert-over"
    assert act(app, said(action="release", alert="", deal="opp-1")).json["error"]["id"] == "err-deal-closed"


def test_one_intention_acts_once() -> None:
    """The same key gives the same answer and no second event, also when the alert is over or time went on meanwhile."""
    topic = Topic()
    model = a_model(a_deal(reasons={"silent": a_reason()}))
    model.on_alert(encode_alert(an_alert()))
    app = an_app(topic, model)
    first = act(app, said(action="done"))
    model.on_alert(encode_alert(an_alert(transition="resolved", sequence=2, at=12)))
    assert act(app, said(action="done")).body == first.body
    assert len(topic.events) == 1
    other = act(app, said(action="dismiss", reason="known"))
    assert (other.status, other.json["error"]["id"]) == (409, "err-key-reused")
    assert act(app, said(action="done", actor="Tomas")).status == 409


def test_two_clicks_at_once_send_one_and_the_same_event() -> None:
    """Both may be under way before either is answered: the deal knows the second by its bytes."""
    topic = Topic()
    app = an_app(topic)
    headers = {"content-type": JSON}

    async def twice() -> list[Answer]:
        one = ask_here(app, "/api/actions", "POST", headers, said())
        other = ask_here(app, "/api/actions", "POST", headers, said())
        return list(await asyncio.gather(one, other))

    assert [each.status for each in asyncio.run(twice())] == [202, 202]
    assert len({encode(each) for each in topic.events}) == 1


@pytest.mark.parametrize("away", [BrokerUnreachable("gone"), TimeoutError()])
def test_where_kafka_does_not_answer_the_same_is_sent_again(away: Exception) -> None:
    """503 says so; the next try with the same key sends the very same event, whatever time it is by then."""
    topic = Topic(away)
    model = a_model(a_deal(reasons={"silent": a_reason()}))
    app = an_app(topic, model)
    alert = said()
    answer = act(app, alert)
    assert (answer.status, answer.json["error"]["id"]) == (503, "err-broker-unreachable")
    assert answer.headers["retry-after"] == "5"
    topic.away = None
    model.on_state(b"opp-1", a_deal(reasons={"silent": a_reason()}, at=12))
    assert act(app, alert).status == 202
    assert topic.events[0].at == ms(10) + 1


def test_a_page_that_only_shows_takes_nothing_and_offers_nothing() -> None:
    """No button, no dialogue, no script for them; and a refusal that names the setting."""
    app = an_app(None)
    answer = act(app, said())
    assert (answer.status, answer.json["error"]["id"]) == (403, "err-read-only")
    assert "web_actions" in answer.json["error"]["message"]
    for path in ("/", "/inbox", "/deals/opp-1", "/fragments/inbox", "/fragments/deals/opp-1"):
        text = ask(app, path).text
        assert "data-act=" not in text
        assert "acting.js" not in text
    assert 'data-act="acknowledge"' in ask(an_app(Topic()), "/inbox").text


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken(kind: str) -> None:
    """What a form of another site could send without asking first is refused."""
    topic = Topic()
    answer = act(an_app(topic), said(), content_type=kind)
    assert (answer.status, topic.events) == (415, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": "file://127.0.0.1:8000"},
        {"origin": "http://deals.example:99"},
        {"host": "deals.example", "origin": "http://deals.example:99"},
        {"origin": "https://portal.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
    ],
)
def test_other_sites_may_not_act(headers: dict[str, str]) -> None:
    """Wherever a browser says that the request comes from elsewhere, another port of this machine included."""
    topic = Topic()
    assert (act(an_app(topic), said(), **headers).status, topic.events) == (403, [])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ""},
        {"origin": PAGE, "sec_fetch_site": "same-origin"},
        {"host": "deals.example", "origin": "https://deals.example"},
        {"host": "deals.example:443", "origin": "https://deals.example"},
        {"origin": "https://deals.example"},
        {"origin": "https://portal.example:8443"},
    ],
)
def test_the_page_itself_and_programs_may_act(headers: dict[str, str]) -> None:
    """Also behind a proxy that asks by another name than the browser did."""
    assert act(an_app(Topic()), said(), **headers).status == 202


def test_the_token_is_needed_for_actions_too() -> None:
    """As for everything else."""
    app = an_app(Topic(), token="s3cret")
    assert act(app, said()).status == 401
    assert act(app, said(), authorization="Bearer s3cret").status == 202


def test_a_proxy_says_who_acts_and_the_body_does_not() -> None:
    """Its header wins; without a name in it nobody acts, and the page shows who it is."""
    topic = Topic()
    app = an_app(topic, user_header="x-forwarded-user")
    assert act(app, said(actor="somebody else"), x_forwarded_user="Zoë Müller").status == 202
    assert topic.events[0].actor == "Zoë Müller"
    nobody = act(app, said(key="key-00002"))
    assert (nobody.status, nobody.json["error"]["id"]) == (403, "err-no-user")
    text = ask(app, "/inbox", x_forwarded_user="Zoë <b>").text
    assert 'data-user="Zoë &lt;b&gt;"' in text
    assert 'id="ask-who"' not in text
    assert 'id="ask-who"' in ask(an_app(Topic()), "/inbox").text
