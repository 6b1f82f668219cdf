"""The alerts as they stand: transitions of `deal.alerts` folded to the latest of each alert."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from streams.alerts.alert import Alert, decode_alert
from streams.state.watch import Severity

_ORDER: dict[Severity, int] = {"critical": 0, "warning": 1, "info": 2}


def alert_of(value: bytes | None) -> Alert | None:
    """Read one record value of `deal.alerts`; none for anything else."""
    try:
        return None if value is None else decode_alert(value)
    except msgspec.DecodeError:
        return None


def latest(transitions: Iterable[Alert]) -> list[Alert]:
    """Return the latest transition of each alert, the most severe first, then the youngest."""
    by_id: dict[str, Alert] = {}
    for alert in transitions:
        known = by_id.get(alert.id)
        if known is None or alert.sequence >= known.sequence:
            by_id[alert.id] = alert
    return sorted(by_id.values(), key=lambda alert: (_ORDER[alert.severity], -alert.opened_at, alert.id))


def is_open(alert: Alert) -> bool:
    """Whether an alert's latest transition leaves it open."""
    return alert.status != "resolved"


def select(
    alerts: Iterable[Alert], rule: str | None = None, severity: str | None = None, owner: str | None = None
) -> list[Alert]:
    """Return the alerts that have a reason of a rule, of a severity and of an owner, each where given."""
    return [
        alert
        for alert in alerts
        if (rule in (None, alert.rule) or any(each.rule == rule for each in alert.reasons))
        and severity in (None, alert.severity)
        and owner in (None, alert.owner)
    ]
