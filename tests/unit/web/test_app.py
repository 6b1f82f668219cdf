"""The application over HTTP: who may ask, what is answered, and that nothing hostile gets through."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from streams.alerts.alert import encode_alert
from streams.errors import SettingsWrong
from streams.web.app import build_web
from streams.web.gate import Gate
from streams.web.guard import SECURITY_HEADERS, check_binding
from streams.web.health import HealthNotes
from streams.web.live import Hub, HubLimits
from streams.web.probes import build_probes
from streams.web.read_model import ReadModel
from streams.web.wanted import NOBODY
from tests.builders import TARGETS, some_models
from tests.unit.web.samples import HOSTILE, a_deal, a_model, a_reason, an_alert, ask

TOKEN = "0123456789abcdef"
STRANGE_ID = "006/../a?b=1#c %41<x>"
PAGES = (
    "/",
    "/inbox",
    "/api/inbox",
    "/deals/opp-1",
    "/deals/unknown",
    "/models",
    "/rules",
    "/inbox?status=due",
    "/api/rules",
    "/api/deals",
    "/api/summary",
    "/api/models",
    "/api/unknown",
    "/static/style.css",
)


def a_gate(token: str) -> Gate:
    """A gate at a time that stands still."""
    return Gate(token, lambda: 0.0, lambda: 0)


def an_app(
    model: ReadModel | None = None, health: HealthNotes | None = None, token: str | None = None, browsers: int = 9
) -> Starlette:
    """Build the application around a read model with one warned deal."""
    if model is None:
        model = a_model(a_deal(reasons={"silent": a_reason()}))
        model.on_alert(encode_alert(an_alert()))
        model.on_models(some_models())
    return build_web(
        model,
        Hub(HubLimits(browsers=browsers)),
        health=health or HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"deals 1\n", "text/plain; version=0.0.4; charset=utf-8"),
        version="1.2.3",
        allowed_hosts=("deals.example",),
        gate=a_gate(token) if token else None,
    )


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", ""])
def test_a_foreign_host_name_is_refused(host: str) -> None:
    """A site that points its own name at loopback (DNS rebinding) gets nothing."""
    answer = ask(an_app(), "/", host=host)
    assert answer.status == 400
    assert "Deal opp-1" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:6066", "localhost", "LOCALHOST:1", "[::1]:6066", "deals.example:443"])
def test_loopback_and_configured_names_are_served(host: str) -> None:
    """The names of loopback, with any port, and the configured ones are fine."""
    assert ask(an_app(), "/", host=host).status == 200


def test_without_a_page_probes_and_metrics_are_served_to_the_same_visitors_and_nothing_else() -> None:
    """The guard is the same; there is no deal to show."""
    probes = build_probes(
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"deals 1\n", "text/plain"),
        version="1",
        gate=a_gate("t"),
    )
    assert ask(probes, "/readyz").status == 200
    assert ask(probes, "/metrics").status == 401
    assert ask(probes, "/metrics", authorization="Bearer t").text == "deals 1\n"
    assert ask(probes, "/", authorization="Bearer t").status == 404
    assert ask(probes, "/metrics", host="evil.example", authorization="Bearer t").status == 400


def test_probes_are_answered_whatever_the_name() -> None:
    """An orchestrator asks by address."""
    assert ask(an_app(), "/healthz", host="10.1.2.3:6066").status == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(path: str) -> None:
    """Pages, fragments, JSON, files and errors alike: no inline code, no framing, no guessing, no other origin."""
    answer = ask(an_app(), path)
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/inbox", "/deals/opp-1", "/?q=%3Cb%3E"])
def test_pages_need_no_inline_code(path: str) -> None:
    """No style attribute, no handler, no inline script: the policy would refuse them."""
    text = ask(an_app(), path).text
    assert " style=" not in text
    assert " on" + "click=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count('<script type="module" src="/static/')


def test_other_sites_may_not_ask_but_may_link() -> None:
    """A request that another site lets the browser make is refused; following a link is not."""
    app = an_app()
    assert ask(app, "/live", sec_fetch_site="cross-site", sec_fetch_mode="cors").status == 403
    assert ask(app, "/", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status == 200
    assert ask(app, "/api/deals", sec_fetch_site="same-origin", sec_fetch_mode="cors").status == 200


def test_nothing_but_actions_can_be_changed_over_http() -> None:
    """Only reading exists elsewhere: every other method is refused on every other address."""
    app = an_app()
    for path in ("/", "/inbox", "/api/deals", "/api/inbox", "/deals/opp-1", "/live", "/metrics"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert ask(app, path, method).status == 405


def test_listening_beyond_loopback_needs_a_token() -> None:
    """The page holds a company's pipeline: it is not shown to a network by accident."""
    for address in ("127.0.0.1", "::1", "localhost"):
        check_binding(address, None)
    check_binding("0.0.0.0", TOKEN)
    for address in ("0.0.0.0", "10.0.0.1", "::", "deals.example"):
        with pytest.raises(SettingsWrong):
            check_binding(address, None)
    with pytest.raises(SettingsWrong, match="can be guessed"):
        check_binding("0.0.0.0", "secret")


@pytest.mark.parametrize(
    "path", ["/", "/inbox", "/deals/opp-1", "/fragments/board", "/fragments/inbox", "/fragments/deals/opp-1"]
)
def test_a_hostile_name_is_text(path: str) -> None:
    """Whatever a CRM calls its deals, owners and stages is shown, not run."""
    model = a_model(a_deal(title=HOSTILE, owner=f'" autofocus onfocus="{HOSTILE}', reasons={"silent": a_reason()}))
    model.on_alert(encode_alert(an_alert(title=HOSTILE)))
    text = ask(an_app(model), path).text
    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert '" autofocus' not in text


def test_hostile_filters_come_back_as_text() -> None:
    """What stands in the URL is shown in the form, escaped."""
    for page in ("/", "/inbox"):
        text = ask(an_app(), f"{page}?q={quote(HOSTILE)}&owner={quote(HOSTILE)}&rule={quote(HOSTILE)}").text
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text


def test_any_id_has_an_address_of_its_own() -> None:
    """Slashes, question marks, hashes, percent signs and spaces of an id are encoded in links and found again."""
    model = a_model(a_deal(STRANGE_ID, reasons={"silent": a_reason()}))
    app = an_app(model)
    address = f"/deals/{quote(STRANGE_ID, safe='')}"
    assert f'href="{address}"' in ask(app, "/").text
    assert ask(app, address).status == 200
    row = ask(app, "/api/deals").json["deals"][0]
    assert (row["id"], row["url"]) == (STRANGE_ID, address)
    assert ask(app, f"/api{address}").json["deal"]["id"] == STRANGE_ID


def test_a_rank_stands_beside_a_probability() -> None:
    """In the table's answer, in the deal's, and in words on its page; without enough open deals nowhere."""
    model = a_model(a_deal(inactivity=0.5, reasons={"silent": a_reason()}))
    models = some_models(inactivity=0.5)
    model.on_models(models)
    app = an_app(model)
    assert ask(app, "/api/deals").json["deals"][0]["risks"]["inactivity"]["rank"] is None
    assert ask(app, "/api/deals/opp-1").json["risks"][0]["statement"]["rank"] is None
    assert "of 100 open deals" not in ask(app, "/deals/opp-1").text
    quantiles = tuple(step / 40 for step in range(15)) + (0.6,) * 6
    targets = {name: replace(each, quantiles=quantiles) for name, each in models.targets.items()}
    model.on_models(replace(models, targets=targets))
    assert ask(app, "/api/deals").json["deals"][0]["risks"]["inactivity"]["rank"] == 73
    assert ask(app, "/api/deals/opp-1").json["risks"][0]["statement"]["rank"] == 73
    assert "higher than 73 of 100 open deals; 20" in ask(app, "/deals/opp-1").text


def test_an_unknown_deal_is_a_404_as_page_and_as_json() -> None:
    """People get a page that says why, programs an error with a fixed id."""
    app = an_app()
    page = ask(app, "/deals/nope%3Cb%3E")
    assert page.status == 404
    assert "This deal is not known here" in page.text
    assert "<b>" not in page.text.replace("</b>", "").split("nope")[1][:20]
    error = ask(app, "/api/deals/nope")
    assert error.status == 404
    assert error.headers["content-type"] == "application/json"
    assert error.json["error"]["id"] == "err-not-found"


def test_an_unknown_address_is_json_unless_a_browser_asks() -> None:
    """Errors fit who asked."""
    app = an_app()
    assert ask(app, "/api/nothing").json["error"]["id"] == "err-not-found"
    page = ask(app, "/nothing", accept="text/html,*/*")
    assert page.status == 404
    assert "There is no such page" in page.text


def test_ready_only_when_the_runtime_says_so_and_otherwise_why() -> None:
    """`/readyz` is 503 with the reasons until the worker does its work; the page says so too."""
    health = HealthNotes()
    app = an_app(health=health)
    answer = ask(app, "/readyz")
    assert answer.status == 503
    assert answer.json["error"] == {"id": "err-not-ready", "message": "starting"}
    assert "Not ready: starting." in ask(app, "/").text
    assert ask(app, "/healthz").status == 200
    health.ready, health.reasons = True, []
    assert ask(app, "/readyz").json == {"ready": True}
    assert "Not ready" not in ask(app, "/").text
    health.alive, health.reasons = False, ["the event loop was blocked for 40 s"]
    assert ask(app, "/healthz").status == 503
    assert ask(app, "/readyz").json["error"]["message"] == "the event loop was blocked for 40 s"


def test_metrics_and_version_are_passed_on() -> None:
    """The bytes of the registry with its own media type, and the version."""
    app = an_app()
    metrics = ask(app, "/metrics")
    assert (metrics.body, metrics.headers["content-type"]) == (
        b"deals 1\n",
        "text/plain; version=0.0.4; charset=utf-8",
    )
    assert ask(app, "/version").json == {"version": "1.2.3"}


def test_files_are_versioned_and_kept_by_browsers() -> None:
    """Their addresses change with their content, so they may be cached for ever; pages may not be cached."""
    app = an_app()
    text = ask(app, "/").text
    address = text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    style = ask(app, address)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]
    assert ask(app, "/").headers["cache-control"] == "no-store"
    assert ask(app, "/favicon.ico").headers["content-type"] == "image/svg+xml"
    for name in ("nope.css", "..%2Fapp.py", "%2Fetc%2Fpasswd"):
        assert ask(app, f"/static/{name}").status == 404


def test_the_page_and_the_api_tell_the_same() -> None:
    """One table, two spellings: the filters of the URL apply to both."""
    model = a_model(
        a_deal("a", owner="kim", reasons={"silent": a_reason()}),
        a_deal("b", reasons={"silent": a_reason("critical")}),
        a_deal("c"),
    )
    app = an_app(model)
    assert [each["id"] for each in ask(app, "/api/deals").json["deals"]] == ["b", "a"]
    assert [each["id"] for each in ask(app, "/api/deals?show=all&size=1&page=3").json["deals"]] == ["c"]
    assert ask(app, "/api/deals?owner=kim").json["total"] == 1
    text = ask(app, "/?owner=kim").text
    assert "Deal a" in text
    assert "Deal b" not in text
    assert '<option value="kim" selected>' in text


def test_the_owner_filter_has_a_value_of_its_own_for_each_choice() -> None:
    """Nobody is not everybody, also where there is no such deal (any more)."""
    model = a_model(
        a_deal("a", owner="", reasons={"silent": a_reason()}), a_deal("b", owner="kim", reasons={"silent": a_reason()})
    )
    app = an_app(model)
    assert [each["id"] for each in ask(app, f"/api/deals?owner={NOBODY}").json["deals"]] == ["a"]
    text = ask(app, f"/?owner={NOBODY}").text
    owners = text[text.index('name="owner"') : text.index("</select>", text.index('name="owner"'))]
    values = re.findall(r'<option value="([^"]*)"', owners)
    assert sorted(values) == ["", "kim", NOBODY]
    assert f'value="{NOBODY}" selected>nobody (1)' in owners
    assert "nobody (0)" in ask(an_app(a_model()), f"/?owner={NOBODY}").text


def test_alerts_and_summary_come_as_json() -> None:
    """The latest messages in full, newest first, and the counts of the header."""
    app = an_app()
    alerts = ask(app, "/api/alerts?limit=5&severity=warning").json["alerts"]
    assert [(each["rule"], each["transition"]) for each in alerts] == [("silent", "opened")]
    assert ask(app, "/api/alerts?limit=0").json["alerts"] == []
    assert ask(app, "/api/alerts?limit=-1").status == 200
    summary = ask(app, "/api/summary").json
    assert summary["alerts"] == {"warning": 1}
    assert summary["amount_at_risk"] == [{"currency": "EUR", "amount": "1000", "deals": 1}]


def test_an_empty_system_says_what_to_expect() -> None:
    """Before the first event every page works and tells what will come."""
    app = an_app(ReadModel())
    text = ask(app, "/").text
    assert "No deals yet" in text
    assert "no event yet" in text
    assert "No models yet" in text
    assert ask(app, "/api/deals").json == {"as_of": None, "total": 0, "page": 1, "pages": 1, "deals": []}


def test_no_deal_at_risk_and_no_deal_found_are_different_things() -> None:
    """A quiet day offers all deals, a filter without hits offers to clear it."""
    app = an_app(a_model(a_deal()))
    assert "No open deal is at risk" in ask(app, "/").text
    assert "No deal passes these filters" in ask(app, "/?q=zzz").text


def test_too_many_browsers_are_told_to_come_later() -> None:
    """Live streams are capped; whoever is refused hears why and when to try again."""
    answer = ask(an_app(browsers=0), "/live")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "30"
    assert answer.json["error"]["id"] == "err-too-many-browsers"


def test_asking_about_the_stream_does_not_open_it() -> None:
    """A HEAD request is answered at once; it would hold a place among the browsers for ever otherwise."""
    answer = ask(an_app(), "/live", "HEAD")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=9999999999", "page=x", "size=1000000", "size=0", "severity=zzz", "show=%00"]
)
def test_senseless_filters_are_taken_as_not_given(query: str) -> None:
    """People edit URLs by hand: nothing there makes an error."""
    assert ask(an_app(), f"/?{query}").status == 200
    assert len(ask(an_app(), f"/api/deals?{query}").json["deals"]) == 1


def test_what_the_models_have_learned_is_answered_as_values() -> None:
    """With the epoch and each target's curves; empty before the first models."""
    found = ask(an_app(), "/api/models").json
    assert (found["epoch"], [each["target"] for each in found["targets"]]) == (0, list(TARGETS))
    assert len(found["targets"][0]["features"]) == 28
    assert ask(an_app(ReadModel()), "/api/models").json == {"epoch": None, "notices": [], "targets": []}
