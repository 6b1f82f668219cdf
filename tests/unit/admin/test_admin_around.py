"""What doctor says of Prometheus and of the collector of traces, which are real servers here."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from streams.admin.diagnosis_around import around, prometheus, traces
from streams.config.settings import load


def scraped(*roles: str) -> bytes:
    """What Prometheus says of the programs that it scrapes."""
    found = [{"metric": {"role": each}, "value": [0, "1"]} for each in roles]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()


@contextmanager
def a_server(answer: bytes, status: int = 200, queried: bytes = scraped("track"), **headers: str) -> Iterator[str]:
    """Answer every request alike, but queries of Prometheus; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(queried if self.path.startswith("/api/v1/query?") else answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def rules(*of: Mapping[str, Any]) -> bytes:
    """What Prometheus says of alerting rules."""
    return json.dumps({"status": "success", "data": {"groups": [{"rules": list(of)}]}}).encode()


def rule(name: str, state: str = "inactive", health: str = "ok", severity: str = "warning") -> Mapping[str, Any]:
    """One of them."""
    return {"name": name, "health": health, "state": state, "labels": {"severity": severity}, "alerts": []}


def test_what_fires_is_named_with_its_runbook_and_what_is_pending_is_not() -> None:
    """So whoever was paged, or should have been, finds the page to read."""
    burns = rule("DealwatchAlertsLate", "firing"), rule("DealwatchAlertsLate")
    said = rules(*burns, rule("DealwatchStalled", "pending"), rule("Other", "firing"))
    with a_server(said) as url:
        check = prometheus(url)
    assert (check.verdict, check.name) == ("warn", "prometheus")
    assert check.found.endswith("has 3 alerting rules of ours; firing: DealwatchAlertsLate")
    assert check.todo == "see deploy/runbooks/DealwatchAlertsLate.md"


def test_what_calls_people_is_a_failure_and_comes_first() -> None:
    """An objective burns fast (critical) or slowly (warning) under one name; a rule that is broken hides neither."""
    slow, fast = rule("DealwatchAlertsLate", "firing"), rule("DealwatchAlertsLate", severity="critical")
    with a_server(rules(slow, fast)) as url:
        assert prometheus(url).verdict == "warn"
    down = rule("DealwatchDown", "firing", severity="critical")
    with a_server(rules(slow, fast, down, rule("DealwatchFlapping", health="err"))) as url:
        check = prometheus(url)
    assert check.verdict == "fail" and "cannot evaluate DealwatchFlapping" in check.found
    assert check.found.endswith("firing: DealwatchDown (critical), DealwatchAlertsLate")
    assert check.todo == "see deploy/runbooks/DealwatchDown.md, deploy/runbooks/DealwatchAlertsLate.md"
    with a_server(rules({**down, "labels": None})) as url:
        assert prometheus(url).verdict == "warn"


def test_rules_that_are_not_loaded_or_cannot_be_evaluated_are_no_silence() -> None:
    """Nothing fires there either."""
    with a_server(rules(rule("Other"))) as url:
        assert "none of our alerting rules" in prometheus(url).found
    with a_server(rules(rule("DealwatchDown", health="err"))) as url:
        assert "cannot evaluate DealwatchDown" in prometheus(url).found
    with a_server(rules(rule("DealwatchDown"))) as url:
        assert (prometheus(url).verdict, prometheus(url).found) == (
            "ok",
            f"{url} has 1 alerting rule of ours; none fires",
        )


def test_programs_that_are_not_scraped_are_named() -> None:
    """No alert can tell of them, and no panel; where one fires for them, its runbook comes first."""
    seen = scraped("track", "learn")
    with a_server(rules(rule("DealwatchDown")), queried=seen) as url:
        check = prometheus(url, ("track", "learn", "allot", "send"))
        assert prometheus(url, ("track", "learn")).verdict == "ok"
    assert check.verdict == "warn" and check.found.endswith("; it scrapes no allot, no send") and check.todo
    with a_server(rules(rule("DealwatchDown", "firing")), queried=seen) as url:
        check = prometheus(url, ("send",))
    assert check.found.endswith("; it scrapes no send; firing: DealwatchDown")
    assert check.todo == "see deploy/runbooks/DealwatchDown.md"


def test_who_sends_is_looked_for_where_somebody_is_to_be_told() -> None:
    """Without a delivery file nobody needs to run it."""
    with a_server(rules(rule("DealwatchDown")), queried=scraped("track", "learn")) as url:
        [without] = around(load(prometheus_url=url))
        [told] = around(load(prometheus_url=url, delivery="delivery.toml"))
    assert (without.verdict, told.verdict) == ("ok", "warn")


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b"{}", b'{"data": {"groups": [1]}}', b'{"data": null}', b"\xff"]
)
def test_who_answers_otherwise_is_no_prometheus(answer: bytes) -> None:
    """Whatever it says, the doctor goes on."""
    with a_server(answer) as url:
        check = prometheus(url)
    assert check.verdict == "warn" and "does not answer as Prometheus does" in check.found


def test_nobody_there_is_said_and_another_address_is_not_asked() -> None:
    """The settings name whom to ask."""
    with a_server(b"") as url:
        pass
    assert prometheus(url).verdict == "warn"
    with a_server(rules(rule("DealwatchDown"))) as other, a_server(b"", 302, Location=other) as url:
        assert "does not answer as Prometheus does" in prometheus(url).found


def test_a_collector_need_not_have_a_page() -> None:
    """It takes traces at a path of its own, by POST."""
    with a_server(b"", 404) as url:
        assert traces(url).verdict == "ok"
    assert traces(url).verdict == "warn"


def test_what_the_settings_do_not_name_is_not_looked_at() -> None:
    """And is not warned of."""
    assert not list(around(load()))
