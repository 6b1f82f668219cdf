"""Where a deal stands in the table: its alert with every reason, how severe it is, and how much is at stake.

Two topics tell about an alert: `deal.state` holds what it is and which reasons it has, `deal.alerts` holds what it
says. They are read independently, so either may be ahead; the greater sequence counts, or the later alert. An alert
whose message is gone (retention) is still shown, from the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.alert import Alert, Reason
from streams.alerts.lifecycle import leading
from streams.alerts.plays import Play
from streams.alerts.registry import RULES
from streams.labels.outcome import INACTIVITY, SILENCE, SLIPPAGE
from streams.state.opportunity import Opportunity
from streams.state.watch import AlertState, ReasonState, Severity, Status, Watch
from streams.web.alert_log import Episode

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
#: Greater is worse; a deal without an open alert comes after all of them.
RANK: dict[str, int] = {"critical": 3, "warning": 2, "info": 1, "": 0}
_ORDER = {rule.name: place for place, rule in enumerate(RULES)}
_TARGET = {rule.name: rule.target for rule in RULES}
_CLEARS = {rule.name: rule.clears_when for rule in RULES}


class OpenReason(Struct, frozen=True):
    """One reason of an alert; `said` is what it says, none where the topic no longer holds that."""

    rule: str
    severity: Severity
    episode: int
    snoozed_until: int | None = None
    said: Reason | None = None

    @property
    def clears_when(self) -> str:
        """What would end it, in words."""
        return self.said.clears_when if self.said else _CLEARS.get(self.rule, "")


class SetAside(Struct, frozen=True):
    """A reason of an open alert that a person ended, and whether they found it useful (done) or not."""

    rule: str
    by: str
    useful: bool


class OpenAlert(Struct, frozen=True, kw_only=True):
    """The alert that is open now; `said` is its latest message, none where the topic no longer holds it."""

    id: str
    sequence: int
    status: Status
    severity: Severity
    #: The leading reason's.
    rule: str
    opened_at: int
    reasons: tuple[OpenReason, ...]
    acknowledged_by: str = ""
    assignee: str = ""
    #: Of its reasons those that people ended, while others go on.
    set_aside: tuple[SetAside, ...] = ()
    said: Alert | None = None

    @property
    def wakes_at(self) -> int | None:
        """When the first of its snoozed reasons presses again; none where none is snoozed."""
        return min((each.snoozed_until for each in self.reasons if each.snoozed_until is not None), default=None)

    @property
    def play(self) -> Play | None:
        """What was recommended with it; none where nothing was, or the topic no longer holds the message."""
        return self.said.play if self.said else None

    @property
    def advice(self) -> str:
        """What to do, in a line; why nothing is recommended where that is meant so."""
        if self.play is not None:
            return self.play.title
        return "No play, to see what difference it makes" if self.said and self.said.withheld else ""


class Standing(Struct, frozen=True):
    """An open deal as the table knows it. `stake` is amount x probability of the risk its alert is about."""

    facts: Opportunity
    watch: Watch
    partition: int
    alert: OpenAlert | None
    amount: Decimal | None
    stake: float

    @property
    def at_risk(self) -> bool:
        """Whether its alert presses and is more than an info: what is only kept badly is not at risk."""
        return RANK[self.severity] > RANK["info"]

    @property
    def severity(self) -> str:
        """The severity of its alert; empty where there is none, or somebody wants to hear nothing of it."""
        return self.alert.severity if self.alert and self.alert.status != "snoozed" else ""

    @property
    def place(self) -> tuple[int, float, str]:
        """The place in the table: smaller comes first, and no two deals are equal."""
        return (-RANK[self.severity], -self.stake, self.facts.id)


def standing(facts: Opportunity, watch: Watch, partition: int, episodes: Iterable[Episode]) -> Standing:
    """Put together what state and alerts say of an open deal; raises `ArithmeticError` for an amount that is none."""
    alert = _open_alert(watch, list(episodes))
    if alert is not None and (ended := _set_aside(watch, alert)):
        alert = replace(alert, set_aside=ended)
    target = INACTIVITY if alert is None else _TARGET.get(alert.rule, INACTIVITY)
    amount = None if facts.amount is None else Decimal(facts.amount)
    return Standing(facts, watch, partition, alert, amount, _stake(amount, watch, target))


def _open_alert(watch: Watch, episodes: list[Episode]) -> OpenAlert | None:
    state = watch.alert
    latest = max(episodes, key=lambda each: (each.last.opened_at, each.last.at), default=None)
    if latest is not None and (state is None or _is_later(latest, state)):
        return None if latest.ended or latest.said is None else _as_said(latest.said)
    if state is None or state.is_over:
        return None
    said = next((each.said for each in episodes if each.id == state.id), None)
    return _as_kept(state, watch.reasons, said)


def _set_aside(watch: Watch, alert: OpenAlert) -> tuple[SetAside, ...]:
    """The reasons that people ended since the alert opened, and that taking back would bring back."""
    if watch.alert is None or watch.alert.id != alert.id:
        return ()
    holds = {each.rule for each in alert.reasons}
    return tuple(
        SetAside(rule, each.vote.by, each.vote.useful)
        for rule, each in watch.reasons.items()
        if each.gone and each.vote is not None and each.at >= alert.opened_at and rule not in holds
    )


def _is_later(episode: Episode, state: AlertState) -> bool:
    if episode.id == state.id:
        return episode.sequence > state.sequence
    return episode.last.opened_at > state.opened_at


def _as_said(said: Alert) -> OpenAlert:
    return OpenAlert(
        id=said.id,
        sequence=said.sequence,
        status=said.status,
        severity=said.severity,
        rule=said.rule,
        opened_at=said.opened_at,
        reasons=tuple(
            OpenReason(each.rule, each.severity, each.episode, each.snoozed_until, each) for each in said.reasons
        ),
        acknowledged_by=said.acknowledged_by,
        assignee=said.assignee,
        said=said,
    )


def _as_kept(state: AlertState, reasons: dict[str, ReasonState], said: Alert | None) -> OpenAlert:
    words = {} if said is None else {(each.rule, each.episode): each for each in said.reasons}
    return OpenAlert(
        id=state.id,
        sequence=state.sequence,
        status=state.status,
        severity=state.severity,
        rule=state.rule,
        opened_at=state.opened_at,
        reasons=tuple(
            OpenReason(rule, each.severity, each.episode, each.snoozed_until, words.get((rule, each.episode)))
            for rule in leading(reasons, _ORDER, state.at)
            for each in (reasons[rule],)
        ),
        acknowledged_by=state.acknowledged_by,
        assignee=state.assignee,
        said=said,
    )


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
