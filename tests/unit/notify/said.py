"""Alerts, owners and days as the tests of delivery write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.alerts.alert import Alert, Transition
from streams.notify.hours import Span, Weekdays, WorkingTime
from streams.notify.notice import Notice
from streams.notify.policy import OwnerPolicy
from streams.notify.routes import Route
from streams.state.watch import Severity

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: Monday, midnight UTC.
MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
NINE_TO_FIVE = Span(9 * 60, 17 * 60)


def at(day: int = 0, hour: float = 0) -> int:
    """An instant: days after the Monday, and hours of the day (UTC)."""
    return MONDAY + day * DAY + round(hour * HOUR)


def open_hours(zone: str = "UTC", quiet: tuple[Span, ...] = (), digest: int | None = None) -> WorkingTime:
    """Working hours from nine to five."""
    return WorkingTime(ZoneInfo(zone), Weekdays(), NINE_TO_FIVE, quiet, digest)


def a_policy(**changes: Any) -> OwnerPolicy:
    """Five a day, two of them for criticals, everything to the channel `chat`; the fallback is `ops`."""
    given: dict[str, Any] = {"time": open_hours(), "routes": (Route(channels=("chat",)),), "fallback": ("ops",)}
    return OwnerPolicy(**{**given, **changes})


def a_notice(alert: str = "a", when: int = MONDAY, severity: Severity = "warning", **changes: Any) -> Notice:
    """An alert that has just opened."""
    given: dict[str, Any] = {
        "id": alert,
        "sequence": 1,
        "transition": "opened",
        "status": "open",
        "severity": severity,
        "rule": "silent",
        "opportunity": f"opp-{alert}",
        "owner": "rep-1",
        "opened_at": when,
        "at": when,
        "title": f"about {alert}",
        "amount": "1000",
        "currency": "EUR",
    }
    return Notice(**{**given, **changes})


def day_name(now: int) -> str:
    """An instant for a person who reads a failed test."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now)).isoformat()


def an_alert(
    alert: str, when: int, severity: Severity, sequence: int = 1, transition: Transition = "opened", **changes: Any
) -> Alert:
    """An alert's message as the tracker writes it."""
    status = transition if transition in ("acknowledged", "snoozed", "resolved") else "open"
    given: dict[str, Any] = {
        "id": alert,
        "sequence": sequence,
        "transition": transition,
        "status": status,
        "severity": severity,
        "rule": "silent",
        "opportunity": f"opp-{alert}",
        "name": f"Deal {alert}",
        "owner": "rep-1",
        "account": "",
        "stage": "Proposal",
        "amount": "1000",
        "currency": "EUR",
        "opened_at": when,
        "at": when,
        "title": "No answer for 12 days",
    }
    return Alert(**{**given, **changes})
