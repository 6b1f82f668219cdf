"""Where a deal stands in the table: its open alerts, how severe it is, and how much is at stake.

Two topics tell about alerts: `deal.state` holds which are open (the slots), `deal.alerts` holds what they say. They are
read independently, so either may be ahead. For one rule of one deal the later word counts: the later episode, and
within an episode the greater sequence. An alert whose message is gone (retention) is still listed, from its slot.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from streams.alerts.alert import Alert, alert_id
from streams.alerts.plays import Play
from streams.alerts.registry import RULES, play_for
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE
from streams.state.opportunity import Opportunity
from streams.state.watch import Severity, Slot, Watch
from streams.web.alert_log import Episode

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
#: Greater is worse; a deal without an open alert comes after all of them.
RANK: dict[str, int] = {"critical": 3, "warning": 2, "info": 1, "": 0}
_ORDER = {rule.name: place for place, rule in enumerate(RULES)}
_TARGET = {rule.name: rule.target for rule in RULES}
_CLEARS = {rule.name: rule.clears_when for rule in RULES}


class OpenAlert(Struct, frozen=True):
    """An alert that is open now; `said` is its message, none where the topic no longer holds it."""

    id: str
    rule: str
    severity: Severity
    opened_at: int
    said: Alert | None = None

    @property
    def clears_when(self) -> str:
        """What would end it, in words."""
        return self.said.clears_when if self.said else _CLEARS.get(self.rule, "")

    def play(self, facts: Opportunity) -> Play:
        """What was recommended with it."""
        return self.said.play if self.said and self.said.play else play_for(self.rule, facts)


class Standing(Struct, frozen=True):
    """An open deal as the table knows it. `stake` is amount x probability of the risk its worst alert is about."""

    facts: Opportunity
    watch: Watch
    partition: int
    alerts: tuple[OpenAlert, ...]
    amount: Decimal | None
    stake: float

    @property
    def worst(self) -> OpenAlert | None:
        """The alert to speak of first."""
        return self.alerts[0] if self.alerts else None

    @property
    def at_risk(self) -> bool:
        """Whether an open alert is more than an info: what is only kept badly is not at risk."""
        return RANK[self.severity] > RANK["info"]

    @property
    def severity(self) -> str:
        """The worst open alert's severity, empty where there is none."""
        return self.alerts[0].severity if self.alerts else ""

    @property
    def place(self) -> tuple[int, float, str]:
        """The place in the table: smaller comes first, and no two deals are equal."""
        return (-RANK[self.severity], -self.stake, self.facts.id)


def standing(facts: Opportunity, watch: Watch, partition: int, episodes: Iterable[Episode]) -> Standing:
    """Put together what state and alerts say of an open deal; raises `ArithmeticError` for an amount that is none."""
    alerts = _open_alerts(facts.id, watch, list(episodes))
    target = _TARGET.get(alerts[0].rule, INACTIVITY) if alerts else INACTIVITY
    amount = None if facts.amount is None else Decimal(facts.amount)
    return Standing(facts, watch, partition, alerts, amount, _stake(amount, watch, target))


def _open_alerts(opportunity: str, watch: Watch, episodes: list[Episode]) -> tuple[OpenAlert, ...]:
    told = {(each.last.rule, each.last.episode): each for each in episodes}
    found: list[OpenAlert] = []
    for rule, slot in watch.slots.items():
        episode = told.pop((rule, slot.episode), None)
        said = episode.said if episode else None
        if episode and episode.sequence > slot.sequence:
            if said and not episode.ended:
                found.append(OpenAlert(episode.id, rule, said.severity, said.opened_at, said))
        elif slot.state == "open":
            name = episode.id if episode else alert_id(opportunity, rule, slot.episode)
            found.append(OpenAlert(name, rule, slot.severity, slot.opened_at, said))
    for episode in told.values():
        said = episode.said
        if said and not episode.ended and _is_later(said, watch.slots.get(said.rule)):
            found.append(OpenAlert(episode.id, said.rule, said.severity, said.opened_at, said))
    return tuple(sorted(found, key=_urgency))


def _is_later(said: Alert, slot: Slot | None) -> bool:
    return slot is None or said.opened_at > slot.opened_at


def _urgency(alert: OpenAlert) -> tuple[int, int, str]:
    return (-RANK[alert.severity], _ORDER.get(alert.rule, len(_ORDER)), alert.id)


def _stake(amount: Decimal | None, watch: Watch, target: str) -> float:
    if amount is None:
        return 0.0
    # A silence that has reached its horizon is not asked about any more: what counts is whether it goes on.
    asked = INACTIVITY if target == SILENCE and SILENCE not in watch.estimates else target
    estimate = watch.estimates.get(asked)
    if estimate is None:
        # Slippage is not asked once the close date is over: then it has happened.
        return float(amount) if target == SLIPPAGE else 0.0
    return float(amount) * estimate.probability
