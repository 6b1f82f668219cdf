"""What was told of which rule: the reasons of alerts, one by one, as they came, got worse and went. Pure.

An alert has as many reasons as rules have something to say of the deal, so a rule's own figures are counted by reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from streams.alerts.alert import Alert, Reason
from streams.alerts.lifecycle import RANK
from streams.state.watch import Severity


class Telling(Struct, frozen=True, gc=False):
    """What happened to a reason of a rule on a deal, and when (milliseconds)."""

    opportunity: str
    rule: str
    at: int
    move: Literal["told", "worse", "over"]
    severity: Severity


def tellings(alerts: Iterable[Alert]) -> list[Telling]:
    """Compare each message of a deal with the one before it; messages of a deal are in order."""
    before: dict[str, dict[str, Reason]] = {}
    found: list[Telling] = []
    for alert in alerts:
        known = before.get(alert.opportunity, {})
        now = {each.rule: each for each in alert.reasons}
        for rule, each in known.items():
            if rule not in now or now[rule].episode != each.episode:
                found.append(Telling(alert.opportunity, rule, alert.at, "over", each.severity))
        for rule, each in now.items():
            was = known.get(rule)
            if was is None or was.episode != each.episode:
                found.append(Telling(alert.opportunity, rule, alert.at, "told", each.severity))
            elif RANK[each.severity] > RANK[was.severity]:
                found.append(Telling(alert.opportunity, rule, alert.at, "worse", each.severity))
        before[alert.opportunity] = now
    return found
