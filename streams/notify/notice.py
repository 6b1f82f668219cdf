"""An alert as a message needs it: a screen of facts instead of the whole statement, since owners' states keep it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from streams.alerts.alert import Alert, Transition
from streams.state.watch import Severity, Status

#: Sentences of reasons and drivers that a message has room for.
_MOST_REASONS = 6
_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told of an alert. Instants are milliseconds since 1970 UTC; `amount` is a decimal string.

    `owner` is who is told: the assignee where there is one. `helps` is by how much the best next event would lower the
    probability; none where no model speaks. `rules` are those of all reasons, the leading one first.
    """

    id: str
    sequence: int
    transition: Transition
    status: Status
    severity: Severity
    rule: str
    opportunity: str
    owner: str
    opened_at: int
    at: int
    title: str
    name: str = ""
    account: str = ""
    stage: str = ""
    amount: str | None = None
    currency: str = ""
    reasons: tuple[str, ...] = ()
    clears_when: str = ""
    probability: float | None = None
    rank: int | None = None
    helps: float | None = None
    what_if: str = ""
    play: str = ""
    steps: tuple[str, ...] = ()
    by: str = ""
    note: str = ""
    resolution: str = ""


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert in a digest: a line of it. `how` says why it is there: passed over, only worth a digest, or ended."""

    id: str
    severity: Severity
    opportunity: str
    title: str
    how: Literal["waited", "info", "ended"]
    name: str = ""
    amount: str | None = None
    currency: str = ""


def notice_of(alert: Alert) -> Notice:
    """Take from an alert what a message needs."""
    risk, play = alert.risk, alert.play
    leading = alert.reasons[0] if alert.reasons else None
    better = None if risk is None else risk.what_if
    return Notice(
        id=alert.id,
        sequence=alert.sequence,
        transition=alert.transition,
        status=alert.status,
        severity=alert.severity,
        rule=alert.rule,
        opportunity=alert.opportunity,
        owner=alert.assignee or alert.owner,
        opened_at=alert.opened_at,
        at=alert.at,
        title=alert.title,
        name=alert.name,
        account=alert.account,
        stage=alert.stage,
        amount=alert.amount,
        currency=alert.currency,
        reasons=_reasons(alert),
        clears_when="" if leading is None else leading.clears_when,
        probability=None if risk is None else risk.probability,
        rank=None if risk is None else risk.rank,
        helps=None if better is None else better.helps,
        what_if="" if better is None else better.text,
        play="" if play is None else play.title,
        steps=() if play is None else play.steps,
        by=alert.by,
        note=alert.note,
        resolution=alert.resolution,
    )


def line_of(notice: Notice, how: Literal["waited", "info", "ended"]) -> Line:
    """Put a notice on a line."""
    return Line(
        id=notice.id,
        severity=notice.severity,
        opportunity=notice.opportunity,
        title=notice.resolution if how == "ended" and notice.resolution else notice.title,
        how=how,
        name=notice.name,
        amount=notice.amount,
        currency=notice.currency,
    )


def is_worse(severity: Severity, than: Severity) -> bool:
    """Whether a severity is above another one."""
    return _RANK[severity] > _RANK[than]


def rank_of(severity: Severity) -> int:
    """The severity as a number, 0 for info."""
    return _RANK[severity]


def _reasons(alert: Alert) -> tuple[str, ...]:
    """The other reasons' sentences, then the evidence of the leading one, then the model's drivers; none twice."""
    said = [reason.title for reason in alert.reasons[1:]]
    if alert.reasons:
        said += [driver.text for driver in alert.reasons[0].evidence]
    if alert.risk is not None:
        said += [driver.text for driver in alert.risk.drivers if (driver.log_odds or 0.0) > 0.0]
    return tuple(dict.fromkeys(each for each in said if each and each != alert.title))[:_MOST_REASONS]
