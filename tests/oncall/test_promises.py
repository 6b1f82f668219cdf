"""Promises that are not kept, of alerts in time and of messages: each fault calls somebody, its runbook ends it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from deploy.prometheus.objectives import LATE_AFTER_S
from tests.integration.product.conftest import eventually
from tests.oncall.happenings import grown, pushed
from tests.oncall.watched import Watched
from tests.unit.notify.receivers import Answer, Hook, a_hook

DEALS = 25
#: No learner is there: days begin without waiting for it.
AT_ONCE = {"DEALWATCH_MODEL_WAIT_SECONDS": "0.1"}
DELIVERY = """
fallback = ["chat"]
[channels.chat]
url = "json://127.0.0.1:{port}/{path}"
rate = 200
[[routes]]
channels = ["chat"]
always = true
[hours]
working = "00:00-24:00"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server that knows one path."""
    with a_hook() as made:
        made.answer = lambda path, _before: Answer(200 if path == "/sales" else 404)
        yield made


@pytest.mark.runbook("DealwatchAlertsLate")
def test_alerts_that_waited_for_a_worker_call_and_it_is_over_when_the_backlog_is_caught_up(watched: Watched) -> None:
    """The worker stands still while its records come, as a machine does that swaps or is moved."""
    worker = watched.start(**AT_ONCE)
    watched.send(*(grown(number) for number in range(DEALS)))
    watched.caught_up()
    call = watched.call("DealwatchAlertsLate")
    worker.send(signal.SIGSTOP)
    watched.send(*(event for number in range(DEALS) for event in pushed(number)))
    time.sleep(LATE_AFTER_S + 0.5)
    worker.send(signal.SIGCONT)

    found = call.fires(severity="critical", slo="alerts-on-time")
    assert "99.5 % of alerts" in found["annotations"]["description"]
    call.diagnosis()
    assert call.doctor()["track group"]["verdict"] == "ok"

    watched.caught_up()
    call.ends()


@pytest.mark.runbook("DealwatchMessagesRefused")
def test_a_wrong_address_calls_and_a_mended_file_and_a_retry_tell_everybody(watched: Watched, hook: Hook) -> None:
    """The service does not know the channel's address; what it refused is sent again, and every message arrives."""
    file = watched.product.folder / "delivery.toml"
    file.write_text(DELIVERY.format(port=hook.port, path="slaes"))
    watched.product.extra |= {"DEALWATCH_DELIVERY": str(file), "COLUMNS": "200"}
    watched.start(**AT_ONCE)
    notifier = watched.start("notify")
    call = watched.call("DealwatchMessagesRefused")
    watched.send(*(grown(number) for number in range(DEALS)))
    watched.send(*(event for number in range(DEALS) for event in pushed(number)))

    call.fires(severity="critical", slo="messages-delivered")
    said = call.diagnosis(CHANNEL="chat")
    assert "http_404" in said["dealwatch notify outbox"] and "404" in said["dealwatch notify test CHANNEL"]

    file.write_text(DELIVERY.format(port=hook.port, path="sales"))
    call.mitigation("dealwatch notify check FILE", FILE=str(file))
    assert "chat: sent" in call.mitigation("dealwatch notify test CHANNEL", CHANNEL="chat")
    notifier.end()
    notifier.start().ready()
    call.mitigation("dealwatch notify retry")
    eventually(lambda: len(set(hook.keys())) >= DEALS, 60)
    call.ends()
