"""Dashboards over HTTP: asked of a server on a real port, which answers well, badly, or not at all."""

from __future__ import annotations

import asyncio
import re
import time
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette

from streams.config.settings import load
from streams.errors import SettingsWrong
from streams.web import dashboard_views
from streams.web.app import build_web
from streams.web.dashboards import prometheus
from streams.web.dashboards.definition import dashboards
from streams.web.guard import SECURITY_HEADERS
from streams.web.health import HealthNotes
from streams.web.live import Hub
from tests.unit.deploy.promql import selectors
from tests.unit.web.prometheus import Reply, a_prometheus, plausible, success
from tests.unit.web.samples import HOSTILE, a_deal, a_model, ask, ask_here

UIDS = list(dashboards())


def an_app(url: str = "") -> Starlette:
    """The page of a worker whose settings name a Prometheus at this address."""
    return build_web(
        a_model(a_deal()),
        Hub(),
        health=HealthNotes(ready=True, reasons=[]),
        metrics=lambda: (b"", "text/plain"),
        version="1",
        prometheus_url=url,
    )


@pytest.mark.parametrize("uid", UIDS)
def test_every_panel_of_a_dashboard_is_drawn_with_what_prometheus_says(uid: str) -> None:
    """All its queries are asked, each once, with nothing left in them that Prometheus does not know."""
    with a_prometheus() as there:
        answer = ask(an_app(there.url), f"/dashboards/{uid}?range=1h")
    assert answer.status == 200 and SECURITY_HEADERS.items() <= answer.headers.items()
    assert "no data" not in answer.text and 'class="problem"' not in answer.text
    asked = [each["query"] for each in there.queries()]
    assert len(asked) == sum(len(each.targets) for each in dashboards()[uid].panels)
    assert not [each for each in asked if "$" in each]
    assert {int(each["end"]) - int(each["start"]) for each in there.queries()} == {3_600}
    assert "style=" not in answer.text and "<script>" not in answer.text


def test_without_a_prometheus_the_pages_say_how_to_name_one_and_no_other_page_leads_there() -> None:
    """Plainly; there is nothing to be clicked that shows nothing."""
    app = an_app()
    for path in ("/dashboards", *(f"/dashboards/{uid}" for uid in UIDS)):
        answer = ask(app, path)
        assert answer.status == 200
        assert "No Prometheus is set" in answer.text and "DEALWATCH_PROMETHEUS_URL" in answer.text
    assert 'href="/dashboards"' not in ask(app, "/").text
    assert ask(app, f"/fragments/dashboards/{UIDS[0]}").status == 404
    with a_prometheus() as there:
        assert 'href="/dashboards"' in ask(an_app(there.url), "/").text


def test_a_dashboard_that_is_not_there_is_answered_with_those_that_are() -> None:
    """Whatever its name holds is text."""
    answer = ask(an_app(), f"/dashboards/{HOSTILE.replace('/', '')}")
    assert answer.status == 404 and "<script>" not in answer.text
    assert all(f'href="/dashboards/{uid}"' in answer.text for uid in UIDS)


def test_what_is_chosen_is_asked_for_and_kept_in_every_link() -> None:
    """Two jobs, a time that is over: in the queries, in the form, in the links to the other dashboards."""
    with a_prometheus() as there:
        answer = ask(
            an_app(there.url), "/dashboards/dealwatch-way?range=15m&to=1764400000&var-job=dealwatch-eu&var-deal=opp%2F1"
        )
    asked = [each for query in there.queries() for each in selectors(query["query"])]
    assert {each.matchers["job"] for each in asked} == {re.escape("dealwatch-eu")}
    assert {each["end"] for each in there.queries()} == {"1764399990"}
    assert 'href="/deals/opp%2F1"' in answer.text and "deal show opp/1 " in answer.text
    assert '<option value="dealwatch-eu" selected>' in answer.text
    links = re.findall(r'href="/dashboards/[\w-]+\?([^"]*)"', answer.text)
    kept = [dict(parse_qsl(each.replace("&amp;", "&"))) for each in links]
    assert len(kept) > 10 and all(each["var-job"] == "dealwatch-eu" for each in kept)
    assert "http-equiv" not in answer.text, "what is past does not change"


def test_without_a_script_the_page_is_asked_for_anew_by_itself() -> None:
    """Only then, and as often as was chosen: with a script the panels alone are."""
    with a_prometheus() as there:
        said = ask(an_app(there.url), "/dashboards/dealwatch-alerts?refresh=10s").text
        assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in said
        assert 'data-refresh="10"' in said
        assert "http-equiv" not in ask(an_app(there.url), "/dashboards/dealwatch-alerts?refresh=off").text
        part = ask(an_app(there.url), "/fragments/dashboards/dealwatch-alerts").text
    assert part.startswith('<div id="dashboard"') and "<html" not in part


def test_an_address_in_the_query_string_is_asked_nothing() -> None:
    """Where to ask comes from the settings alone."""
    with a_prometheus() as there, a_prometheus() as other:
        query = "&".join(f"{name}={other.url}" for name in ("prometheus_url", "url", "var-page", "var-datasource"))
        assert ask(an_app(there.url), f"/dashboards/dealwatch-way?{query}").status == 200
        assert there.asked and not other.asked


def refused(path: str, fields: dict[str, str]) -> Reply:
    """Prometheus does not like one query."""
    if "error_budget" in fields.get("query", ""):
        return Reply(422, b'{"status":"error","errorType":"execution","error":"too <many> samples"}')
    return plausible(path, fields)


def test_what_prometheus_says_of_one_query_stands_in_its_panel() -> None:
    """The others are drawn."""
    with a_prometheus(refused) as there:
        said = ask(an_app(there.url), "/dashboards/dealwatch-overview").text
    assert said.count("Prometheus says: too &lt;many&gt; samples") == 1
    assert said.count('class="plot"') > 3


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(200, b"<html>hello</html>"), "what answers there is no Prometheus"),
        (Reply(500, b""), "what answers there is no Prometheus"),
        (Reply(302, b"", {"location": "http://127.0.0.1:1/"}), "sends us elsewhere"),
        (Reply(200, b" " * 200_000), "more than can be shown"),
        (success({"resultType": "matrix", "result": [{"metric": 1}]}), "what answers there is no Prometheus"),
    ],
)
def test_whoever_answers_wrongly_is_named_in_one_sentence(
    reply: Reply, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for all panels; nothing is followed, and no more is read than fits."""
    monkeypatch.setattr(prometheus, "MOST_BYTES", 100_000)
    with a_prometheus(lambda _path, _fields: reply) as there:
        answer = ask(an_app(there.url), "/dashboards/dealwatch-models")
    assert answer.status == 200 and answer.text.count(sentence) == 1


def test_where_nobody_answers_the_page_says_where_it_asked() -> None:
    """One sentence, with the address of the settings."""
    with a_prometheus() as there:
        url = there.url
    answer = ask(an_app(url), "/dashboards/dealwatch-models")
    assert answer.status == 200 and answer.text.count(f"Prometheus at {url} does not answer") == 1


def test_a_prometheus_that_is_slow_holds_up_neither_the_page_nor_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the worker goes on meanwhile; after a while the page says that it waited in vain."""
    monkeypatch.setattr(dashboard_views, "WITHIN_S", 0.5)

    def slow(path: str, fields: dict[str, str]) -> Reply:
        time.sleep(1.5)
        return plausible(path, fields)

    async def both(url: str) -> tuple[str, int]:
        turns = 0
        made = asyncio.ensure_future(ask_here(an_app(url), "/dashboards/dealwatch-models"))
        while not made.done():
            await asyncio.sleep(0.005)
            turns += 1
        return made.result().text, turns

    with a_prometheus(slow) as there:
        said, turns = asyncio.run(both(there.url))
    assert said.count("Prometheus did not answer within") == 1
    assert turns > 10


def test_more_dashboards_at_once_than_a_worker_should_make_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would wait for one another, and the worker for them."""
    monkeypatch.setattr(dashboard_views, "_WAITING", 4)

    async def many(url: str) -> list[int]:
        app = an_app(url)
        answers = await asyncio.gather(*(ask_here(app, "/fragments/dashboards/dealwatch-models") for _ in range(6)))
        return [each.status for each in answers]

    with a_prometheus() as there:
        assert sorted(asyncio.run(many(there.url))) == [200] * 4 + [503] * 2


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:9090",
        "file:///etc/passwd",
        "http://",
        "http://a:b@host:9090",
        "http://host/?x",
        "http://ho st",
        "http://h:99999",
    ],
)
def test_a_setting_that_is_no_address_is_refused(address: str) -> None:
    """Before anything starts; a password in it would be shown on the page."""
    with pytest.raises(SettingsWrong, match="prometheus_url: write an address like"):
        load(prometheus_url=address)
    assert load(prometheus_url="https://prometheus.example/below").prometheus_url
