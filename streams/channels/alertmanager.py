"""Open alerts as Alertmanager's v2 API takes them: who is on call hears of them through routes they have already.

An alert is named there by its labels, all of them, so its labels must be unique, and must not change while it is open.

    alertname     the leading rule
    severity      critical, warning, info
    opportunity   the deal: a deal has one alert at a time, so with it the labels are unique
    owner, team   for routing
    service       dealwatch

What is high-cardinality for Prometheus is not for Alertmanager: alerts are no time series, they are gone when they
end. Group by `owner` or `team`, not by `opportunity`. Rule, severity and owner do change: then the alert under its old
labels is ended in the same request that posts it under the new ones. Everything else is an annotation.

An alert ends by itself where nobody repeats it: `endsAt` lies four repeats ahead, as Prometheus does it, so a notifier
that is gone for good leaves no alert behind for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from streams.channels.outcome import SENT, Outcome, of_http
from streams.channels.wire import watched
from streams.notify.notice import Notice
from streams.notify.render import Message

_PATH = "/api/v2/alerts"
_TIMEOUT_S = (10.0, 20.0)
#: An alert is repeated so many times before it ends by itself.
REPEATS = 4


def is_standing(notice: Notice) -> bool:
    """Whether an alert goes on: a person who took it in hand, or wants to hear nothing, ends it for who is on call."""
    return notice.status == "open"


def labels_of(notice: Notice, team: str) -> dict[str, str]:
    """What names an alert in Alertmanager."""
    labels = {
        "alertname": notice.rule,
        "severity": notice.severity,
        "opportunity": notice.opportunity,
        "owner": notice.owner,
        "team": team,
        "service": "dealwatch",
    }
    return {name: value for name, value in labels.items() if value}


def standing(notice: Notice, team: str, message: Message, now: int, repeat_ms: int) -> dict[str, Any]:
    """An alert that goes on, until it is repeated no more; `message` has its words."""
    annotations = {
        "summary": message.title,
        "description": message.body,
        "alert_id": notice.id,
        "name": notice.name,
        "account": notice.account,
        "amount": f"{notice.amount} {notice.currency}".strip() if notice.amount is not None else "",
        "play": notice.play,
    }
    return {
        "labels": labels_of(notice, team),
        "annotations": {name: value for name, value in annotations.items() if value},
        "startsAt": _instant(notice.opened_at),
        "endsAt": _instant(now + REPEATS * repeat_ms),
        **({"generatorURL": message.link} if message.link else {}),
    }


def ended(notice: Notice, team: str, now: int) -> dict[str, Any]:
    """An alert that is over, under the labels that it had."""
    return {
        "labels": labels_of(notice, team),
        "startsAt": _instant(min(notice.opened_at, now - 1)),
        "endsAt": _instant(now),
    }


def post(url: str, alerts: Sequence[dict[str, Any]], delivery: str, now: int) -> Outcome:
    """Post alerts to `alertmanager[s]://[user:password@]host:port[/prefix]`."""
    schema, _, rest = url.partition("://")
    address = f"{'https' if schema == 'alertmanagers' else 'http'}://{rest.rstrip('/')}{_PATH}"
    try:
        with watched(delivery), requests.Session() as session:
            answer = session.post(address, json=list(alerts), timeout=_TIMEOUT_S, allow_redirects=False)
    except (requests.ConnectionError, requests.Timeout) as error:
        return Outcome("later", "no_answer", f"no answer ({type(error).__name__})")
    except (requests.RequestException, ValueError):
        return Outcome("refused", "bad_address", "the channel's address is none")
    if answer.status_code == requests.codes.ok:
        return SENT
    return of_http(answer.status_code, answer.headers.get("Retry-After"), now)


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
