"""Open alerts in Alertmanager: the form of its v2 API, labels that name one alert, repeats, and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from streams.alerts.policy import Policy, TeamRules
from streams.channels.outcome import SENT
from streams.channels.send import Channels
from streams.config.delivery import read_delivery
from streams.notify.delivery import Delivery, for_alert
from streams.notify.notice import Notice
from tests.unit.notify.receivers import Answer, Hook, a_hook
from tests.unit.notify.said import HOUR, MINUTE, MONDAY, a_notice

TEAMS = Policy(owners={"rep-1": TeamRules(team="emea")})
NOW = MONDAY + 10 * HOUR
OPEN = a_notice("al-1", MONDAY, "critical", name="Acme", play="Call", owner="rep-1")
#: `postableAlert` of Alertmanager's api/v2/openapi.yaml: its fields, and which of them is required.
FIELDS = {"startsAt", "endsAt", "annotations", "labels", "generatorURL"}
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Alertmanager:
    """What is firing, by its labels, as Alertmanager would have it after each post that it takes."""

    def __init__(self) -> None:
        """Know of nothing."""
        self.alerts: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}

    def take(self, posted: Any) -> None:
        """Check a body against the API's definition, and take it."""
        assert isinstance(posted, list)
        for alert in posted:
            assert set(alert) <= FIELDS, alert
            assert alert["labels"].get("alertname")
            for labels in (alert["labels"], alert.get("annotations", {})):
                for name, value in labels.items():
                    assert LABEL.fullmatch(name) and isinstance(value, str) and value, (name, value)
            starts, ends = (datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt"))
            assert starts.tzinfo is not None and starts < ends
            self.alerts[tuple(sorted(alert["labels"].items()))] = alert

    def firing(self, now: int) -> list[dict[str, str]]:
        """The labels of what is not over at an instant."""
        return [
            alert["labels"]
            for alert in self.alerts.values()
            if datetime.fromisoformat(alert["endsAt"]).timestamp() * 1000 > now
        ]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a web server."""
    with a_hook() as made:
        yield made


def channels(folder: Path, hook: Hook, now: int = NOW) -> Channels:
    """Alertmanager under a path prefix, with a password."""
    path = folder / "delivery.toml"
    path.write_text(
        'fallback = ["ops"]\n[channels.ops]\nurl = "json://127.0.0.1:9"\n'
        f'[channels.oncall]\nurl = "alertmanager://us:pw@127.0.0.1:{hook.port}/am/"\nrepeat_seconds = 60\n'
    )
    return Channels(read_delivery(path, TEAMS, "https://deals.example.org"), lambda: now)


def said(notice: Notice) -> Delivery:
    """An alert to the channel."""
    return for_alert(notice, "oncall", NOW, None)


def received(hook: Hook) -> Alertmanager:
    """All that was posted, checked."""
    made = Alertmanager()
    for request in hook.taken:
        assert request.path == "/am/api/v2/alerts"
        assert request.headers["authorization"].startswith("Basic ")
        made.take(request.json)
    return made


def test_an_open_alert_is_posted_under_labels_that_name_it(hook: Hook, tmp_path: Path) -> None:
    """Rule, severity, deal, owner and team; all else is an annotation. It ends by itself after four repeats."""
    assert channels(tmp_path, hook).deliver(said(OPEN)) == SENT

    made = received(hook)
    [alert] = made.alerts.values()
    assert alert["labels"] == {
        "alertname": "silent",
        "severity": "critical",
        "opportunity": "opp-al-1",
        "owner": "rep-1",
        "team": "emea",
        "service": "dealwatch",
    }
    assert alert["annotations"]["summary"] == "Critical: Acme (1,000 EUR)"
    assert alert["annotations"]["alert_id"] == "al-1"
    assert alert["generatorURL"] == "https://deals.example.org/deals/opp-al-1"
    assert made.firing(NOW + 3 * MINUTE) and not made.firing(NOW + 4 * MINUTE)


def test_repeated_it_goes_on(hook: Hook, tmp_path: Path) -> None:
    """Each repeat moves the end; all alerts of the channel are in one request."""
    other = a_notice("al-2", severity="critical")
    channels(tmp_path, hook).deliver(said(OPEN))
    assert channels(tmp_path, hook, NOW + 3 * MINUTE).repeat("oncall", [OPEN, other]) == SENT

    assert len(received(hook).firing(NOW + 6 * MINUTE)) == 2
    assert len(hook.taken) == 2


@pytest.mark.parametrize("status", ["resolved", "acknowledged", "snoozed"])
def test_it_ends_when_it_is_resolved_or_taken_in_hand(hook: Hook, tmp_path: Path, status: Any) -> None:
    """Under the labels that it has there, whatever the last message says."""
    to = channels(tmp_path, hook)
    to.deliver(said(OPEN))
    over = replace(OPEN, sequence=2, status=status, transition=status, severity="warning", at=NOW)

    assert to.deliver(said(over), before=OPEN) == SENT

    made = received(hook)
    assert len(made.alerts) == 1
    assert made.firing(NOW) == []


def test_under_new_labels_the_old_ones_end_in_the_same_request(hook: Hook, tmp_path: Path) -> None:
    """Escalated it would otherwise fire twice, until the first is forgotten."""
    to = channels(tmp_path, hook)
    milder = replace(OPEN, severity="warning")
    to.deliver(said(milder))

    assert to.deliver(said(replace(OPEN, sequence=2)), before=milder) == SENT

    assert [each["severity"] for each in received(hook).firing(NOW)] == ["critical"]
    assert [len(request.json) for request in hook.taken] == [1, 2]


def test_a_refusal_and_an_absence_are_told_apart(hook: Hook, tmp_path: Path) -> None:
    """A bad request will never be a good one; a server that is away may come back."""
    hook.answer = lambda _path, before: Answer(400 if before == 0 else 503)
    to = channels(tmp_path, hook)
    assert [to.deliver(said(OPEN)).kind for _ in range(2)] == ["refused", "later"]
